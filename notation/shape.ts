/** What a state is made of. A shape is data: types, packing, trace text and the zero state are derived from it. */
import type { IdSet, Null } from './sets.ts';

/** The key under which a shape says what it is; a plain object without it is a struct. */
export const kind: unique symbol = Symbol.for('mmucheck.shape') as never;
declare const value: unique symbol;
declare const sets: unique symbol;

type LeafKind = 'bool' | 'bit' | 'upTo' | 'oneOf' | 'member' | 'pointer';

/** The key under which a shape says that it is in memory which CPUs access without a lock, and how; false where it is not after all. */
export const inMemory: unique symbol = Symbol.for('mmucheck.memory') as never;

/** What is known of a part of memory. */
export interface MemoryUse {
  /** The threads that store to it: one only. It reads there what nobody else changes, in any number, and that is no access. */
  readonly writer?: string;
  /** Fields of each struct that are one word: loaded at once, and what a step stores there is one store. It needs a writer. */
  readonly word?: readonly string[];
}

/** One value of the state. `Value` is what a step reads and assigns, `Sets` the names of the sets it depends on. */
export interface Leaf<Value = unknown, Sets extends string = string, Kind extends LeafKind = LeafKind> {
  readonly [kind]: Kind;
  readonly names?: readonly string[];
  readonly max?: number | IdSet;
  readonly set?: IdSet;
  readonly [value]?: Value;
  readonly [sets]?: [Sets];
}

/** A fixed-size row of equal parts, one for each member of `index`. */
export interface ArrayShape<Member = unknown, Element = unknown, Sets extends string = string> {
  readonly [kind]: 'array';
  readonly index: IdSet;
  readonly element: Shape;
  readonly pool: boolean;
  readonly [value]?: [Member, Element];
  readonly [sets]?: [Sets];
}

/** A row of threads with their locals. */
export interface ThreadShape<Member = unknown, Locals extends Struct = Struct, Sets extends string = string> {
  readonly [kind]: 'thread';
  readonly index: IdSet;
  readonly locals: Locals;
  readonly [value]?: Member;
  readonly [sets]?: [Sets];
}

/** What a lock is: whether others may read while one reads, and whether its holder may sleep. */
export type LockKind = 'spinlock' | 'rwlock' | 'mutex';

/** A lock that threads take with `holding`. */
export interface LockShape {
  readonly [kind]: LockKind;
}

/** Named parts. */
export interface Struct {
  readonly [field: string]: Shape;
}

/** Anything a state may contain. */
export type Shape = Leaf | ArrayShape | ThreadShape | LockShape | Struct;

/** What an array may hold: parts with fields, rows, or numbers. A `bool` or `oneOf` of an array stands in a struct. */
export type Element = Leaf<unknown, string, 'bit' | 'upTo' | 'member' | 'pointer'> | ArrayShape | Struct;

type SetName<Set> = Set extends IdSet<infer Name, unknown> ? Name : never;
type MemberOf<Set> = Set extends IdSet<string, infer Member> ? Member : never;
type SetsOfStruct<Fields> = { [Field in keyof Fields]: SetsOf<Fields[Field]> }[keyof Fields];

/** The names of all sets a shape depends on: each needs a bound. */
export type SetsOf<Part> = Part extends LockShape
  ? never
  : Part extends { readonly [kind]: unknown; readonly [sets]?: [infer Sets extends string] }
    ? Sets
    : SetsOfStruct<Part>;

/** true or false. */
export const bool: Leaf<boolean, never, 'bool'> = { [kind]: 'bool' };
/** 0 or 1. */
export const bit: Leaf<0 | 1, never, 'bit'> = { [kind]: 'bit' };
/** A spinlock: one holder. */
export const spinlock: LockShape = { [kind]: 'spinlock' };
/** A mutex: one holder, which may sleep. */
export const mutex: LockShape = { [kind]: 'mutex' };
/** A read/write lock: one writer, or any number of readers. */
export const rwlock: LockShape = { [kind]: 'rwlock' };

/**
 * Says that threads load and store a part of the state without a lock: under `tso` and `pso` their stores pass through a store buffer.
 * Under `sc` it means nothing. The locals of a thread, and its locks, are no such parts.
 */
export function memory<const Part extends Leaf | ArrayShape | Struct>(part: Part, use: MemoryUse = {}): Part {
  return { ...part, [inMemory]: use };
}

/** An integer from 0 to `max`, both included; `max` is a number up to 2^20, or a set, whose bound is then the largest value. */
export function upTo<const Max extends number | IdSet>(max: Max): Leaf<number, SetName<Max>, 'upTo'> {
  return { [kind]: 'upTo', max };
}

/** One of the given names. */
export function oneOf<const Names extends readonly [string, ...string[]]>(
  ...names: Names
): Leaf<Names[number], never, 'oneOf'> {
  return { [kind]: 'oneOf', names };
}

/** A member of a set. It starts as the first member; as a local of a thread it starts as `none`. */
export function member<const Set extends IdSet>(set: Set): Leaf<MemberOf<Set>, SetName<Set>, 'member'> {
  return { [kind]: 'member', set };
}

/** A member of a set, or `NULL`, which it starts as. */
export function pointer<const Set extends IdSet>(set: Set): Leaf<MemberOf<Set> | Null, SetName<Set>, 'pointer'> {
  return { [kind]: 'pointer', set };
}

/** One `element` for each member of `index`. */
export function array<const Set extends IdSet, const Part extends Element>(
  index: Set,
  element: Part,
): ArrayShape<MemberOf<Set>, Part, SetName<Set> | SetsOf<Part>> {
  return { [kind]: 'array', index, element, pool: false };
}

/** A row of structs that `alloc` hands out and `free` takes back. `allocated` of each says whether it is out. */
export function pool<const Set extends IdSet, const Fields extends Struct>(
  index: Set,
  fields: Fields,
): ArrayShape<MemberOf<Set>, Fields & { readonly allocated: typeof bool }, SetName<Set> | SetsOf<Fields>> {
  // Which members are out is the allocator's, whatever memory the fields are in.
  const allocated = { ...bool, [inMemory]: false };
  return { [kind]: 'array', index, element: { allocated, ...fields }, pool: true };
}

/** One thread for each member of `index`; between two runs of its function each local is `none`, and rows are zero. */
export function thread<const Set extends IdSet, const Locals extends Struct>(
  index: Set,
  locals: Locals,
): ThreadShape<MemberOf<Set>, Locals, SetName<Set> | SetsOf<Locals>> {
  return { [kind]: 'thread', index, locals };
}

type Scalar = boolean | number | string | symbol;

interface RowMethods<Member, Value> {
  readonly length: number;
  every(test: (value: Value, id: Member) => boolean): boolean;
  some(test: (value: Value, id: Member) => boolean): boolean;
  forEach(visit: (value: Value, id: Member) => void): void;
  find(test: (value: Value, id: Member) => boolean): Value | undefined;
  findIndex(test: (value: Value, id: Member) => boolean): Member | Null;
  indexOf(value: Value): Member | Null;
  includes(value: Value): boolean;
  reduce<Result>(step: (result: Result, value: Value, id: Member) => Result, start: Result): Result;
  [Symbol.iterator](): Iterator<Value>;
}

/** An array of the state: indexed by members of its set only; its parts may be assigned only where they are single values. */
export type Row<Member, Value> = RowMethods<Member, Value> &
  ([Value] extends [Scalar]
    ? { [Key in Member & PropertyKey]: Value }
    : { readonly [Key in Member & PropertyKey]: Value });

/** A lock as steps and claims see it. */
export interface Lock {
  /** Whether any thread holds it, for reading or writing. */
  readonly held: boolean;
  /** Whether a thread holds it alone. */
  readonly heldForWrite: boolean;
}

declare const threadBrand: unique symbol;

/** A thread as steps and claims see it, beside its locals. */
export interface Thread<Member> {
  /** Its number within its set. */
  readonly id: Member;
  readonly [threadBrand]?: true;
}

type Compound<Fields> = {
  -readonly [Field in keyof Fields as Fields[Field] extends Leaf ? Field : never]: ValueOf<Fields[Field]>;
} & {
  readonly [Field in keyof Fields as Fields[Field] extends Leaf ? never : Field]: ValueOf<Fields[Field]>;
};

/** The type of a part of the state, as steps and claims see it. */
export type ValueOf<Part> =
  Part extends Leaf<infer Value, string>
    ? Value
    : Part extends ArrayShape<infer Member, infer Each, string>
      ? Row<Member, ValueOf<Each>>
      : Part extends ThreadShape<infer Member, infer Locals, string>
        ? Row<Member, Thread<Member> & Compound<Locals>>
        : Part extends LockShape
          ? Lock
          : Compound<Part>;

/** The type of a whole state: `interface DirtyLog extends StateOf<typeof state> {}`. */
export type StateOf<Fields extends Struct> = Compound<Fields>;

/** The names of a state's threads. */
export type ThreadsOf<Fields> = {
  [Field in keyof Fields]: Fields[Field] extends ThreadShape ? Field : never;
}[keyof Fields] &
  string;

/** The names of a state's locks. */
export type LocksOf<Fields> = {
  [Field in keyof Fields]: Fields[Field] extends LockShape ? Field : never;
}[keyof Fields] &
  string;
