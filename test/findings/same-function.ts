/** Whether two functions that one piece of source has made do the same: they were given the same. */
import { Session } from 'node:inspector';

const session = new Session();
session.connect();

/** Where the debugger leaves a value for us, and we for it. */
const handover = 'mmucheck.handover';
const shared = globalThis as Record<string, unknown>;

/** Functions are the same when their sources are, and what these name has the same values where each was made. */
export function isSame(a: unknown, b: unknown, assumed = new Map<unknown, unknown>()): boolean {
  if (Object.is(a, b) || (assumed.has(a) && assumed.get(a) === b)) return true;
  if (typeof a !== typeof b || a === null || b === null) return false;
  assumed.set(a, b); //  A function may name itself.
  if (typeof a === 'function' && typeof b === 'function') {
    if (String(a) !== String(b)) return false;
    const [ofA, ofB] = [scopesOf(a), scopesOf(b)];
    return namesIn(String(a)).every((name) => isSame(valueOf(name, ofA), valueOf(name, ofB), assumed));
  }
  if (typeof a !== 'object') return false;
  const [inA, inB] = [a, b] as [Record<PropertyKey, unknown>, Record<PropertyKey, unknown>];
  const keys = Reflect.ownKeys(inA);
  return (
    keys.length === Reflect.ownKeys(inB).length &&
    keys.every((key) => key in inB && isSame(inA[key], inB[key], assumed))
  );
}

function namesIn(source: string): string[] {
  return [...new Set(source.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu))];
}

function valueOf(name: string, scopes: readonly Readonly<Record<string, unknown>>[]): unknown {
  return scopes.find((scope) => name in scope)?.[name];
}

const known = new WeakMap<object, Record<string, unknown>[]>();

/** The variables around a function that it can see, the innermost first. The debugger knows them, and nobody else does. */
function scopesOf(of: object): Record<string, unknown>[] {
  const scopes = known.get(of) ?? askedScopesOf(of);
  known.set(of, scopes);
  return scopes;
}

function askedScopesOf(of: object): Record<string, unknown>[] {
  shared[handover] = of;
  const { result } = ask('Runtime.evaluate', { expression: `globalThis[${JSON.stringify(handover)}]` });
  const internal = ask('Runtime.getProperties', { objectId: result?.objectId }).internalProperties ?? [];
  const scopes = internal.find(({ name }) => name === '[[Scopes]]')?.value?.objectId;
  const each = ask('Runtime.getProperties', { objectId: scopes, ownProperties: true }).result as unknown as Property[];
  return each.flatMap(({ value }) => {
    if (value?.objectId === undefined || value.description === 'Global') return [];
    const functionDeclaration = `function () { globalThis[${JSON.stringify(handover)}] = this.object; }`;
    ask('Runtime.callFunctionOn', { objectId: value.objectId, functionDeclaration });
    return [shared[handover] as Record<string, unknown>];
  });
}

interface Remote {
  readonly objectId?: string;
  readonly description?: string;
}
interface Property {
  readonly name: string;
  readonly value?: Remote;
}

/** The debugger answers at once. */
function ask(method: string, params: object): { result?: Remote; internalProperties?: Property[] } {
  let answer: object = {};
  session.post(method, params, (error, told) => {
    if (error) throw new Error(`${method}: ${error.message}`);
    answer = told ?? {};
  });
  return answer;
}
