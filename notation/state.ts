/** States as immutable values, and the checked view through which steps and claims use them. */
import type { Instance } from './instance.ts';
import {
  type ArrayPart,
  type LeafPart,
  type LockPart,
  leavesByMember,
  leavesOf,
  type Part,
  type StructPart,
  type ThreadPart,
  zeroOf,
} from './parts.ts';
import { placeOf } from './position.ts';
import { type Pool, poolOf, StepFailure } from './running.ts';
import type { LockMode } from './step.ts';
import { type BufferPlan, buffersOf, type Cells, StoreBuffers } from './store-buffer.ts';

/** A state as plain data: structs are objects, rows are arrays, `NULL` is -1, a local outside its life is null. */
export type Plain = boolean | number | string | null | readonly Plain[] | { readonly [field: string]: Plain };

/** What a leaf's integer stands for: a boolean, a name, a number; null for `none`. */
export function decode(leaf: LeafPart, code: number): boolean | number | string | null {
  if (code < leaf.low) return null;
  if (leaf.type === 'bool') return code === 1;
  return leaf.type === 'oneOf' ? (leaf.names[code] as string) : code;
}

/** The integer of a value, or undefined when the leaf cannot hold it. */
export function encode(leaf: LeafPart, value: unknown): number | undefined {
  if (value === null && leaf.local) return leaf.low - 1;
  if (leaf.type === 'bool') return typeof value === 'boolean' ? Number(value) : undefined;
  if (leaf.type === 'oneOf') {
    const code = leaf.names.indexOf(value as string);
    return code < 0 ? undefined : code;
  }
  return Number.isInteger(value) && (value as number) >= leaf.low && (value as number) <= leaf.high
    ? (value as number)
    : undefined;
}

/** A leaf's range, for people. */
export function rangeOf(leaf: LeafPart): string {
  if (leaf.type === 'bool') return 'true, false';
  if (leaf.type === 'oneOf') return leaf.names.join(', ');
  return leaf.type === 'pointer' ? `NULL, 0..${leaf.high}` : `${leaf.low}..${leaf.high}`;
}

/** The failure of a step that assigned something a leaf cannot hold. */
export function outOfRange(leaf: LeafPart, value: unknown): StepFailure {
  return new StepFailure('range', `set ${leaf.path} to ${shown(leaf, value)}, and its range is ${rangeOf(leaf)}`);
}

/** A value as it is told: one that looks like a number and is none, as what it is. */
function shown(leaf: LeafPart, value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'string' && leaf.type !== 'oneOf' ? JSON.stringify(value) : String(value);
}

/** The failure of a step or claim that reads a local outside its life. */
export function readNone(leaf: LeafPart): StepFailure {
  return new StepFailure(
    'throws',
    `read ${leaf.path}, which is none there: no step has set it since its function began`,
  );
}

/** The state in which everything is zero, NULL, free, idle or none. */
export function zeroState(instance: Instance): Plain {
  return plain(instance.root, (leaf) => decode(leaf, zeroOf(leaf)));
}

/** A part as plain data, given the value of each leaf. */
export function plain(part: Part, valueOf: (leaf: LeafPart) => Plain): Plain {
  switch (part.kind) {
    case 'leaf':
      return valueOf(part);
    case 'lock':
      return { owner: valueOf(part.owner), readers: part.readers.map(valueOf) };
    case 'array':
    case 'threads':
      return part.elements.map((each) => plain(each, valueOf));
    case 'thread':
      return { point: valueOf(part.point), ...fieldsOf(part.fields, valueOf) };
    case 'struct':
      return fieldsOf(part.fields, valueOf);
  }
}

function fieldsOf(fields: Readonly<Record<string, Part>>, valueOf: (leaf: LeafPart) => Plain): Record<string, Plain> {
  return Object.fromEntries(Object.entries(fields).map(([field, part]) => [field, plain(part, valueOf)]));
}

type Target = Record<string | number, unknown>;

/**
 * The state as steps and claims see it: same fields, with every use checked. A read of an unknown field or of a local that is
 * none, an assignment of something out of range or of a whole part, fails the step.
 * @param target a plain state, or an immer draft of one.
 * @param onRead told of every leaf that is read, with its value.
 */
export function viewOf(instance: Instance, target: Plain, onRead?: (leaf: LeafPart, value: unknown) => void): unknown {
  return new Views(instance, onRead).view(instance.root, target as Target);
}

class Views {
  readonly instance: Instance;
  readonly onRead: ((leaf: LeafPart, value: unknown) => void) | undefined;
  readonly buffers: StoreBuffers | undefined;
  readonly made = new Map<Part, object>();
  root: Target = {};

  constructor(instance: Instance, onRead: ((leaf: LeafPart, value: unknown) => void) | undefined) {
    this.instance = instance;
    this.onRead = onRead;
    this.buffers = instance.buffers && new StoreBuffers(instance.buffers, this.cellsOf(instance.buffers));
  }

  cellsOf({ locations, cells }: BufferPlan): Cells {
    const get = (leaf: LeafPart | undefined): number => this.codeOf(leaf as LeafPart);
    const set = (leaf: LeafPart | undefined, code: number): void =>
      assign(this.instance, this.root, leaf as LeafPart, decode(leaf as LeafPart, code));
    return {
      location: (at) => get(locations[at]),
      setLocation: (at, code) => set(locations[at], code),
      cell: (at) => get(cells[at]),
      setCell: (at, code) => set(cells[at], code),
    };
  }

  view(part: Part, target: Target): object {
    if (part === this.instance.root) this.root = target;
    const known = this.made.get(part);
    if (known) return known;
    const made = this.make(part, target);
    this.made.set(part, made);
    return made;
  }

  make(part: Part, target: Target): object {
    switch (part.kind) {
      case 'struct':
        return this.struct(part, target, part === this.instance.root ? this.rootWords() : {});
      case 'thread':
        return this.struct(part, target, this.threadWords(part, target));
      case 'array':
        return this.row(part.elements, target, part.path, part.pool ? this.pool(part, target) : undefined);
      case 'threads':
        return this.row(part.elements, target, part.path, undefined);
      case 'lock':
        return lockView(part, target as never);
      case 'leaf':
        throw new Error('[notation bug] a leaf has no view');
    }
  }

  read(part: Part, target: Target, key: string): unknown {
    if (part.kind !== 'leaf') return this.view(part, target[key] as Target);
    const location = this.buffers?.plan.locationOf.get(part);
    const value = location === undefined ? target[key] : decode(part, this.buffers?.load(location) as number);
    if (value === null) throw readNone(part);
    this.onRead?.(part, value);
    return value;
  }

  write(part: Part | undefined, target: Target, key: string, value: unknown, path: string): true {
    if (part === undefined) throw new StepFailure('throws', `set ${path}${key}, which the state does not have`);
    if (part.kind !== 'leaf')
      throw new StepFailure('throws', `set the whole of ${part.path}; assign its fields one by one`);
    const inRow = Array.isArray(target);
    const location = this.buffers?.plan.locationOf.get(part);
    if (location !== undefined) {
      const code = encode(part, value);
      if (code === undefined) throw outOfRange(part, value);
      this.buffers?.store(location, code);
      return true;
    }
    if (inRow ? !isElement(value) : value === null || encode(part, value) === undefined) throw outOfRange(part, value);
    target[key] = value;
    return true;
  }

  rootWords(): Target {
    return this.buffers ? ({ [buffersOf]: this.buffers } as Target) : {};
  }

  threadWords(part: ThreadPart, target: Target): Target {
    return {
      id: part.id,
      get [placeOf]() {
        return { number: part.number, program: part.program, point: target.point };
      },
    } as Target;
  }

  struct(part: StructPart | ThreadPart, target: Target, words: Target): object {
    const path = part.path === '' ? '' : `${part.path}.`;
    return new Proxy(words, {
      get: (_, key) => {
        const field = typeof key === 'string' && Object.hasOwn(part.fields, key) ? part.fields[key] : undefined;
        if (field) return this.read(field, target, key as string);
        if (key in words || typeof key === 'symbol') return words[key as string];
        throw new StepFailure('throws', `read ${path}${key}, which the state does not have`);
      },
      set: (_, key, value) => this.write(part.fields[String(key)], target, String(key), value, path),
    });
  }

  row(elements: readonly Part[], target: Target, path: string, pool: Pool | undefined): object {
    const element = (key: string | symbol) =>
      typeof key === 'string' && /^\d+$/.test(key) ? elements[Number(key)] : undefined;
    return new Proxy([], {
      get: (methods, key, self) => {
        const part = element(key);
        if (part) return this.read(part, target, key as string);
        if (key === 'length') return elements.length;
        if (key === poolOf) return pool;
        const method = Reflect.get(methods, key, self);
        if (method !== undefined || typeof key === 'symbol') return method;
        throw new StepFailure('throws', `read ${path}[${key}], and ${path} has ${elements.length} elements`);
      },
      has: (methods, key) => element(key) !== undefined || Reflect.has(methods, key),
      set: (_, key, value) => this.write(element(key), target, String(key), value, `${path}.`),
    });
  }

  pool(part: ArrayPart, target: Target): Pool {
    const free = () => part.elements.flatMap((_, id) => ((target[id] as Target).allocated === false ? [id] : []));
    return {
      name: part.path,
      candidates: () => {
        const referenced = this.referenced(part);
        const own = leavesByMember(this.instance.root, part.index.name);
        const zero = (id: number) => (own[id] as LeafPart[]).every((leaf) => this.codeOf(leaf) === zeroOf(leaf));
        const waits = (id: number) => this.buffers?.mentions(part.index.name, id, own[id] as LeafPart[]) ?? false;
        return distinct(free(), (id) => !referenced.has(id) && zero(id) && !waits(id));
      },
      take: (id) => {
        (target[id] as Target).allocated = true;
      },
      release: (id) => {
        const was = (target[id] as Target).allocated === true;
        (target[id] as Target).allocated = false;
        return was;
      },
    };
  }

  /** Members of the pool's set that anything in the state points to. */
  referenced(pool: ArrayPart): Set<unknown> {
    const found = new Set<unknown>();
    for (const leaf of leavesOf(this.instance.root))
      if (leaf.set?.name === pool.index.name) found.add(this.codeOf(leaf));
    return found;
  }

  codeOf(leaf: LeafPart): number {
    return encode(leaf, valueIn(this.instance, this.root as Plain, leaf)) as number;
  }
}

/** Whether an element of a row can be this while a step runs: any integer of 32 bits. Its range is checked after the step. */
export function isElement(value: unknown): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

/** One stands for all free members that are zero and referenced by nobody; each other is a case of its own. */
export function distinct(free: readonly number[], fresh: (id: number) => boolean): number[] {
  let representative = -1;
  return free.filter((id) => {
    if (!fresh(id)) return true;
    if (representative < 0) representative = id;
    return representative === id;
  });
}

/** The value of a leaf in a plain state. */
export function valueIn(instance: Instance, state: Plain, leaf: LeafPart): unknown {
  const path = pathsOf(instance.root).get(leaf) as readonly (string | number)[];
  return path.reduce<unknown>((at, key) => (at as Target)[key], state);
}

function assign(instance: Instance, state: Target, leaf: LeafPart, value: unknown): void {
  const path = pathsOf(instance.root).get(leaf) as readonly (string | number)[];
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Target)[key], state);
  (parent as Target)[path.at(-1) as string] = value;
}

const knownPaths = new WeakMap<Part, Map<LeafPart, readonly (string | number)[]>>();

/** Where each leaf of a part is in its plain data. */
function pathsOf(root: Part): Map<LeafPart, readonly (string | number)[]> {
  const known = knownPaths.get(root);
  if (known) return known;
  const paths = new Map<LeafPart, readonly (string | number)[]>();
  const visit = (part: Part, path: readonly (string | number)[]): void => {
    if (part.kind === 'leaf') paths.set(part, path);
    else if (part.kind === 'lock') {
      paths.set(part.owner, [...path, 'owner']);
      part.readers.forEach((reader, i) => {
        paths.set(reader, [...path, 'readers', i]);
      });
    } else if (part.kind === 'array' || part.kind === 'threads') {
      part.elements.forEach((each, i) => {
        visit(each, [...path, i]);
      });
    } else {
      if (part.kind === 'thread') paths.set(part.point, [...path, 'point']);
      for (const [field, each] of Object.entries(part.fields)) visit(each, [...path, field]);
    }
  };
  visit(root, []);
  knownPaths.set(root, paths);
  return paths;
}

function lockView(part: LockPart, target: { owner: number; readers: number[] }): object {
  return {
    name: part.path,
    owner: part.owner,
    get heldForWrite() {
      return target.owner !== 0;
    },
    get held() {
      return target.owner !== 0 || target.readers.includes(1);
    },
    heldBy(thread: number) {
      return target.owner === thread + 1 || target.readers[thread] === 1;
    },
    take(mode: LockMode, thread: number) {
      if (target.owner !== 0 || (mode === 'write' && target.readers.includes(1))) return false;
      if (mode === 'write') target.owner = thread + 1;
      else target.readers[thread] = 1;
      return true;
    },
    release(mode: LockMode, thread: number) {
      if (mode === 'write') target.owner = 0;
      else target.readers[thread] = 0;
    },
  };
}
