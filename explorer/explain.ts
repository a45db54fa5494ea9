/**
 * Why a claim is false in a state: the claim is evaluated once more, on a view that keeps what is read, and told are the elements for
 * which it came out false, with what was read of them.
 */
import {
  type ArrayPart,
  type Claim,
  type Instance,
  type LockPart,
  type Part,
  type Plain,
  placeOf,
  pointOf,
  running,
  type ThreadPart,
  type ThreadsPart,
  valueIn,
  viewOf,
} from '#notation';

/** What was read in one evaluation of a callback, or of the claim as a whole. */
interface Frame {
  /** `gfn 0`, `vcpu0`; empty for the claim. */
  readonly label: string;
  /** What was read, in words, by what it was read from. */
  readonly reads: Map<string, string>;
  /** The quantifiers that were evaluated in it, in order. */
  readonly inner: Quantified[];
}

/** `every` or `some` of a row: which it was, what it came to, and the frames that show it. */
interface Quantified {
  readonly kind: 'not every' | 'every' | 'some' | 'none';
  /** The set that the row is indexed by. */
  readonly of: string;
  readonly frames: readonly Frame[];
}

/** As many lines, and as many pieces in one, as are still read. */
const mostLines = 8;
const mostPieces = 8;

/**
 * Why a claim is false in a state, in lines of any length; the lines about an element are indented under the first. Empty where the
 * claim read nothing that could be told.
 */
export function whyFalse(instance: Instance, state: Plain, claim: Claim<never>): string[] {
  const recorder = new Recorder(instance, state);
  running.thread = -1;
  try {
    if (claim(recorder.view as never)) return [];
  } catch {
    return []; //  An explanation changes no verdict.
  }
  const lines = told(recorder.top, [], new Set());
  //  Where every quantifier came out true, something was denied: then all of it is told.
  const all = recorder.top.inner.flatMap(({ frames }) => frames);
  const enough = lines.length > 0 ? lines : all.flatMap((each) => told(each, [each.label], new Set()));
  return capped(enough, mostLines, (more) => `and ${more} more lines`);
}

/** Why no thread can step: where each that is inside its function stands, and who holds the lock that it waits for. */
export function whyStuck(instance: Instance, state: Plain): string[] {
  const { threads } = instance;
  return threads.flatMap((thread) => {
    const point = pointOf(thread, state);
    if (point === 0 || point === thread.program.end) return [];
    const locks = (thread.program.points[point] ?? []).flatMap(({ operation }) =>
      operation.kind === 'lock' ? [operation.lock] : [],
    );
    const held = locks.map((lock) => lockText(instance, state, instance.root.fields[lock] as LockPart));
    return [[`${thread.path} ${placeText(thread, point)}`, ...held].join(', ')];
  });
}

/** The lines about a frame. What has been told around it is not told again. */
function told({ reads, inner }: Frame, labels: readonly string[], known: ReadonlySet<string>): string[] {
  const fresh = [...reads].filter(([path]) => !known.has(path));
  const now = new Set([...known, ...fresh.map(([path]) => path)]);
  const nested: string[] = [];
  const clauses: string[] = [];
  for (const { kind, of, frames } of inner) {
    const around = (frame: Frame) => flat(frame, now);
    if (kind === 'none') clauses.push(`  no ${of}: ${pieces(frames.map(around), '; ')}`);
    else if (kind !== 'every') nested.push(...frames.flatMap((frame) => told(frame, [...labels, frame.label], now)));
  }
  const texts = fresh.map(([, text]) => text);
  const own = pieces(texts, ', ');
  if (own === '' && clauses.length === 0) return nested;
  //  What is said of a thread names it.
  const named = labels.filter((label) => ![...reads.keys()].some((path) => `${path}.`.startsWith(`${label}.`)));
  const first = `${named.join(', ')}${named.length > 0 ? ': ' : ''}${own}`.trimEnd();
  return [...(first === '' ? clauses.map((each) => each.trimStart()) : [first, ...clauses]), ...nested];
}

/** Everything that was read in a frame and inside it, in one line. */
function flat(frame: Frame, known: ReadonlySet<string>): string {
  const all = new Map<string, string>();
  const visit = ({ reads, inner }: Frame): void => {
    for (const [path, text] of reads) if (!known.has(path)) all.set(path, text);
    for (const { frames } of inner) frames.forEach(visit);
  };
  visit(frame);
  return all.size > 0 ? pieces([...all.values()], ', ') : frame.label;
}

function pieces(texts: readonly string[], separator: string): string {
  return capped(texts, mostPieces, (more) => `and ${more} more`).join(separator);
}

function capped(texts: readonly string[], most: number, rest: (more: number) => string): string[] {
  return texts.length <= most ? [...texts] : [...texts.slice(0, most - 1), rest(texts.length - most + 1)];
}

/** A state as claims see it, that keeps what they read of it. */
class Recorder {
  readonly instance: Instance;
  readonly state: Plain;
  readonly view: object;
  readonly top: Frame = { label: '', reads: new Map(), inner: [] };
  readonly stack: Frame[] = [this.top];

  constructor(instance: Instance, state: Plain) {
    this.instance = instance;
    this.state = state;
    this.view = this.wrap(viewOf(instance, state) as object, instance.root);
  }

  note(path: string, text: string): void {
    this.stack.at(-1)?.reads.set(path, text);
  }

  wrap(view: object, part: Part): object {
    return new Proxy(view, {
      get: (target, key, self) => {
        if (part.kind === 'lock') return this.ofLock(part, target, key);
        const child = childOf(part, key);
        if (child === undefined && 'elements' in part && (key === 'every' || key === 'some'))
          return (test: Test) => this.quantified(key, part, self, test);
        if (key === placeOf && part.kind === 'thread')
          this.note(part.path, `${part.path} ${placeText(part, pointOf(part, this.state))}`);
        const value: unknown = Reflect.get(target, key);
        if (child === undefined) return value;
        if (child.kind !== 'leaf') return this.wrap(value as object, child);
        this.note(child.path, `${child.path} = ${child.type === 'pointer' && value === -1 ? 'NULL' : String(value)}`);
        return value;
      },
    });
  }

  ofLock(part: LockPart, target: object, key: string | symbol): unknown {
    const value: unknown = Reflect.get(target, key);
    if (key !== 'name') this.note(part.path, lockText(this.instance, this.state, part));
    return typeof value === 'function' ? value.bind(target) : value;
  }

  /** Evaluates a quantifier: as far as it decides, so that it comes out as it does; the rest for what there is to tell. */
  quantified(word: 'every' | 'some', part: ArrayPart | ThreadsPart, row: Row, test: Test): boolean {
    const decides = word === 'some';
    const frames: { frame: Frame; result: boolean }[] = [];
    let decided = false;
    for (const [id, element] of part.elements.entries()) {
      const frame: Frame = {
        label: element.kind === 'thread' ? element.path : `${part.index.name} ${id}`,
        reads: new Map(),
        inner: [],
      };
      this.stack.push(frame);
      try {
        const result = Boolean(test(row[id], id, row));
        frames.push({ frame, result });
        decided ||= result === decides;
      } catch (error) {
        if (!decided) throw error;
      } finally {
        this.stack.pop();
      }
    }
    const those = frames.filter(({ result }) => result === decides).map(({ frame }) => frame);
    const all = frames.map(({ frame }) => frame);
    const inner: Quantified['kind'] = decides ? (decided ? 'some' : 'none') : decided ? 'not every' : 'every';
    const shown = inner === 'some' ? those.slice(0, 1) : inner === 'not every' ? those : all;
    this.stack.at(-1)?.inner.push({ kind: inner, of: part.index.name, frames: shown });
    return decides ? decided : !decided;
  }
}

type Test = (value: unknown, id: number, row: unknown) => unknown;
type Row = Readonly<Record<number, unknown>>;

function childOf(part: Part, key: string | symbol): Part | undefined {
  if (typeof key === 'symbol' || part.kind === 'leaf' || part.kind === 'lock') return undefined;
  if ('elements' in part) return /^\d+$/.test(key) ? part.elements[Number(key)] : undefined;
  return Object.hasOwn(part.fields, key) ? part.fields[key] : undefined;
}

/** Where a thread is: what it does next. */
function placeText({ program }: ThreadPart, point: number): string {
  if (point === 0) return 'is idle';
  if (point === program.end) return 'has ended';
  return `is at ${(program.points[point] ?? []).map(({ label }) => label).join(' or ')}`;
}

function lockText(instance: Instance, state: Plain, { path, owner, readers }: LockPart): string {
  const holder = instance.threads[(valueIn(instance, state, owner) as number) - 1];
  const reading = instance.threads.filter((_, i) => readers[i] && valueIn(instance, state, readers[i]) === 1);
  const who = holder?.path ?? (reading.length > 0 ? `${reading.map((each) => each.path).join(', ')} (read)` : 'free');
  return `${path} = ${who}`;
}
