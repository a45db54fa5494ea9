/** The parts of a state in full, once its bounds are known: what every array, struct, thread and lock consists of. */
import type { Program } from './program.ts';
import type { IdSet } from './sets.ts';
import type { LockKind } from './shape.ts';

/** One value of the state. It is kept as an integer `low..high`; a local outside its life is `low - 1`. */
export interface LeafPart {
  readonly kind: 'leaf';
  readonly type: 'bool' | 'bit' | 'upTo' | 'oneOf' | 'member' | 'pointer' | 'point';
  readonly path: string;
  readonly low: number;
  readonly high: number;
  readonly local: boolean;
  /** Whether threads load and store it without a lock, through their store buffers where the memory order has any. */
  readonly memory: boolean;
  /** The row of the one thread that stores there, and the path of the word that it is a field of. */
  readonly writer?: string | undefined;
  readonly word?: string | undefined;
  readonly names: readonly string[];
  readonly set: IdSet | undefined;
}

/** Named parts. */
export interface StructPart {
  readonly kind: 'struct';
  readonly path: string;
  readonly fields: Readonly<Record<string, Part>>;
}

/** A row of parts. */
export interface ArrayPart {
  readonly kind: 'array';
  readonly path: string;
  readonly index: IdSet;
  readonly pool: boolean;
  readonly elements: readonly Part[];
}

/** One thread: its point and its locals. `number` counts over all threads of the state. */
export interface ThreadPart {
  readonly kind: 'thread';
  readonly path: string;
  /** The field of the state it stands in, and its place there. */
  readonly row: string;
  readonly id: number;
  readonly number: number;
  readonly program: Program;
  readonly point: LeafPart;
  readonly fields: Readonly<Record<string, Part>>;
}

/** A row of threads. */
export interface ThreadsPart {
  readonly kind: 'threads';
  readonly path: string;
  readonly index: IdSet;
  readonly elements: readonly ThreadPart[];
}

/** A lock: who holds it alone (0 for nobody, else the thread's number plus 1), and a bit for each reader. */
export interface LockPart {
  readonly kind: 'lock';
  readonly path: string;
  readonly type: LockKind;
  readonly owner: LeafPart;
  readonly readers: readonly LeafPart[];
}

/** Any part of a state. */
export type Part = LeafPart | StructPart | ArrayPart | ThreadPart | ThreadsPart | LockPart;

/** Every leaf of a part, in the order of declaration. */
export function* leavesOf(part: Part): Generator<LeafPart> {
  switch (part.kind) {
    case 'leaf':
      yield part;
      return;
    case 'lock':
      yield part.owner;
      yield* part.readers;
      return;
    case 'thread':
      yield part.point;
      for (const field of Object.values(part.fields)) yield* leavesOf(field);
      return;
    case 'struct':
      for (const field of Object.values(part.fields)) yield* leavesOf(field);
      return;
    default:
      for (const each of part.elements) yield* leavesOf(each);
  }
}

/**
 * What the state keeps for one member of a set, wherever an array or a row of threads is indexed by it: for each member, its leaves.
 * Members for which all of these are zero, and to which nothing points, cannot be told apart.
 */
export function leavesByMember(root: Part, set: string): LeafPart[][] {
  const byMember: LeafPart[][] = [];
  const visit = (part: Part): void => {
    if (part.kind === 'leaf' || part.kind === 'lock') return;
    const children = 'elements' in part ? part.elements : Object.values(part.fields);
    for (const [id, child] of children.entries()) {
      if ('index' in part && part.index.name === set) (byMember[id] ??= []).push(...leavesOf(child));
      else visit(child);
    }
  };
  visit(root);
  return byMember;
}

const knownRowLeaves = new WeakMap<Part, readonly LeafPart[]>();

/** The leaves of a part that are elements of rows of single values. */
export function rowLeavesOf(root: Part): readonly LeafPart[] {
  const known = knownRowLeaves.get(root);
  if (known) return known;
  const found: LeafPart[] = [];
  const visit = (part: Part): void => {
    if (part.kind === 'leaf' || part.kind === 'lock') return;
    for (const child of 'elements' in part ? part.elements : Object.values(part.fields)) {
      if (part.kind === 'array' && child.kind === 'leaf') found.push(child);
      else visit(child);
    }
  };
  visit(root);
  knownRowLeaves.set(root, found);
  return found;
}

/** The integer a leaf starts as. */
export function zeroOf(leaf: LeafPart): number {
  return leaf.local || leaf.type === 'pointer' ? leaf.low - (leaf.local ? 1 : 0) : 0;
}
