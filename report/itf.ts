/** A trace in the Informal Trace Format of Apalache and Quint, which their viewers and libraries read. */
import type { Trace } from '#explorer';
import type { Instance, LeafPart, LockPart, Part, Plain, ThreadPart } from '#notation';
import { nextOf } from './points.ts';
import { replayLine } from './replay-line.ts';

/** What a trace is written down for. */
export interface ItfOptions {
  readonly version: string;
  /** The claim that it violates, and its sentence. */
  readonly claim?: { readonly name: string; readonly sentence?: string | undefined } | undefined;
}

/** A value of the format, with its type as Apalache writes types. */
interface Typed {
  readonly type: string;
  readonly value: unknown;
}

/**
 * The document. Every field of the model's state is a variable; beside them stand the step that led to a state, under the names that
 * Quint has for it.
 */
export function itf(trace: Trace, { root, threads }: Instance, { version, claim }: ItfOptions): string {
  const fields = Object.entries(root.fields);
  const typed = trace.states.map((state, i) => ({
    ...actionOf(trace, i),
    ...Object.fromEntries(
      fields.map(([name, part]) => [lawful(name), typedOf(part, (state as Fields)[name] as Plain, threads)]),
    ),
  }));
  const [first = {}] = typed;
  const document = {
    '#meta': {
      format: 'ITF',
      'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
      source: `${trace.model}/${trace.variant}`,
      status: claim === undefined ? 'ok' : 'violation',
      description: `written by mmucheck ${version}`,
      varTypes: Object.fromEntries(Object.entries(first).map(([name, { type }]) => [name, type])),
      mmucheck: {
        model: trace.model,
        variant: trace.variant,
        bounds: trace.bounds,
        ...(claim === undefined ? {} : { claim: claim.name, sentence: claim.sentence }),
        ...(trace.failure === undefined ? {} : { failure: trace.failure }),
        replay: replayLine(trace),
      },
    },
    vars: Object.keys(first),
    states: typed.map((state, index) => ({
      '#meta': { index },
      ...Object.fromEntries(Object.entries(state).map(([name, { value }]) => [name, value])),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

type Fields = Readonly<Record<string, Plain>>;

/** The step that led to a state: `init` to the first. */
function actionOf({ steps }: Trace, at: number): Record<string, Typed> {
  const { thread, step, args } = steps[at - 1] ?? { thread: '', step: 'init', args: [] };
  const picks = { type: '{ args: Seq(Int), thread: Str }', value: { args: args.map(int), thread } };
  return { 'mbt::actionTaken': { type: 'Str', value: step }, 'mbt::nondetPicks': picks };
}

function int(value: number): unknown {
  return { '#bigint': String(value) };
}

/** A field's name: one that begins with # would be taken for a word of the format. */
function lawful(name: string): string {
  return name.startsWith('#') ? `_${name}` : name;
}

function typedOf(part: Part, state: Plain, threads: readonly ThreadPart[]): Typed {
  switch (part.kind) {
    case 'leaf':
      return part.local || part.type === 'pointer' ? option(part, state) : single(part, state);
    case 'lock':
      return lock(part, state as never, threads);
    case 'array':
    case 'threads': {
      const each = part.elements.map((element, i) =>
        typedOf(element, (state as readonly Plain[])[i] as Plain, threads),
      );
      return { type: `Seq(${each[0]?.type})`, value: each.map(({ value }) => value) };
    }
    case 'thread': {
      const { point } = state as { point: number };
      return record({ at: { type: 'Str', value: nextOf(part, point) }, ...fieldsOf(part.fields, state, threads) });
    }
    case 'struct':
      return record(fieldsOf(part.fields, state, threads));
  }
}

function fieldsOf(
  fields: Readonly<Record<string, Part>>,
  state: Plain,
  threads: readonly ThreadPart[],
): Record<string, Typed> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, part]) => [
      lawful(name),
      typedOf(part, (state as Fields)[name] as Plain, threads),
    ]),
  );
}

function record(fields: Readonly<Record<string, Typed>>): Typed {
  const entries = Object.entries(fields);
  return {
    type: `{ ${entries.map(([name, { type }]) => `${name}: ${type}`).join(', ')} }`,
    value: Object.fromEntries(entries.map(([name, { value }]) => [name, value])),
  };
}

function single({ type }: LeafPart, value: Plain): Typed {
  if (type === 'bool') return { type: 'Bool', value };
  return type === 'oneOf' ? { type: 'Str', value } : { type: 'Int', value: int(value as number) };
}

/** What may be nothing, NULL or a local that is none: a variant, which has the same type in every state. */
function option(part: LeafPart, state: Plain): Typed {
  const nothing = state === null || (part.type === 'pointer' && state === -1);
  const { type, value } = single(part, state);
  return some(type, nothing ? undefined : value);
}

function some(type: string, value: unknown): Typed {
  const tagged = value === undefined ? { tag: 'None', value: { '#tup': [] } } : { tag: 'Some', value };
  return { type: `None(UNIT) | Some(${type})`, value: tagged };
}

/** A lock: its holder, and those who have it for reading. */
function lock(
  { readers }: LockPart,
  state: { readonly owner: number; readonly readers: readonly number[] },
  threads: readonly ThreadPart[],
): Typed {
  const owner = threads[state.owner - 1]?.path;
  const reading = threads.filter(({ number }) => state.readers[number] === 1).map(({ path }) => path);
  return record({
    owner: some('Str', owner),
    ...(readers.length > 0 ? { readers: { type: 'Set(Str)', value: { '#set': reading } } } : {}),
  });
}
