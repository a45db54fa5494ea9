/**
 * The state as steps and claims see it in the explorer: accessors over the working vector, generated for one layout so that the
 * compiler sees constants. A row of single values is a piece of the vector itself.
 */
import {
  type ArrayPart,
  buffersOf,
  type Cells,
  decode,
  distinct,
  encode,
  type Instance,
  type LeafPart,
  type LockPart,
  leavesByMember,
  leavesOf,
  outOfRange,
  type Part,
  type Pool,
  type Program,
  placeOf,
  poolOf,
  readNone,
  StoreBuffers,
  type StructPart,
  type ThreadPart,
  zeroOf,
} from '#notation';
import { checkedRow, checkedStruct } from './checked-use.ts';
import { type Lane, type Layout, laneValue, setLane, type Vector, vectorOf } from './layout.ts';
import { ByteRow, IntRow } from './leaf-row.ts';

/** The views of one layout. */
export interface Views {
  readonly vector: Vector;
  readonly root: object;
  /** By thread number. */
  readonly threads: readonly object[];
}

/** Generates the views of an instance over a fresh working vector; `checked` rows refuse what typed arrays put up with. */
export function viewsOf(instance: Instance, layout: Layout, checked: boolean): Views {
  const vector = vectorOf(layout);
  const buffer = vector.ints.buffer as ArrayBuffer;
  const threads: object[] = [];
  const laneOf = (leaf: LeafPart): Lane => layout.laneOf.get(leaf) as Lane;
  const plan = instance.buffers;
  const buffers = plan && new StoreBuffers(plan, cellsOf(plan.locations.map(laneOf), plan.cells.map(laneOf), vector));
  /** The number of a leaf that is stored to through buffers; undefined for any other. */
  const locationOf = (leaf: LeafPart): number | undefined => (leaf.memory ? plan?.locationOf.get(leaf) : undefined);

  function view(part: Part): unknown {
    switch (part.kind) {
      case 'array': {
        const [first] = part.elements as [Part];
        const row = first.kind === 'leaf' ? rowOf(part.elements as readonly LeafPart[]) : part.elements.map(view);
        if (part.pool) Object.defineProperty(row, poolOf, { value: pool(part, row as { allocated: boolean }[]) });
        return checked && first.kind !== 'leaf' ? Object.freeze(row) : row;
      }
      case 'threads':
        return checked ? Object.freeze(part.elements.map(view)) : part.elements.map(view);
      case 'lock':
        return lock(part);
      case 'thread':
      case 'struct':
        return struct(part);
      case 'leaf':
        throw new Error('[explorer bug] a leaf has no view of its own');
    }
  }

  function rowOf(leaves: readonly LeafPart[]): object {
    const [first] = leaves as [LeafPart];
    const start = locationOf(first);
    if (start !== undefined) return memoryRow(buffers as StoreBuffers, leaves, start);
    const row = leafRow(laneOf(first), leaves.length);
    return checked ? checkedRow(row, first) : row;
  }

  function leafRow({ offset, bytes }: Lane, length: number): Int8Array | Int32Array {
    return bytes === 1 ? new ByteRow(buffer, offset, length) : new IntRow(buffer, offset, length);
  }

  /** Parts with the same fields at the same distances share a class: their steps then see one shape. */
  function struct(part: StructPart | ThreadPart): object {
    const base = firstLane(part);
    const fields = Object.entries(part.fields);
    const leaves = fields.flatMap(([name, field]) => (field.kind === 'leaf' ? [[name, field] as const] : []));
    const start = leaves.map(([, leaf]) => locationOf(leaf)).find((location) => location !== undefined) ?? 0;
    const source = leaves
      .map(([name, leaf]) => {
        const location = locationOf(leaf);
        const place = location === undefined ? laneSource(laneOf(leaf), base) : bufferedSource(location - start);
        return accessor(name, leaf, laneOf(leaf).offset - base, place);
      })
      .join('');
    const made = new (classOf(source))(base, vector, leafAt, buffers, start) as unknown as Record<
      string | symbol,
      unknown
    >;
    for (const [name, field] of fields) if (field.kind !== 'leaf') made[name] = view(field);
    if (part.kind === 'thread') {
      made.id = part.id;
      made[placeOf] = new Place(part, leafRow(laneOf(part.point), 1));
    }
    if (part === instance.root && buffers) made[buffersOf] = buffers;
    const used = checked ? checkedStruct(made, part.path, new Set(leaves.map(([name]) => name))) : made;
    if (part.kind === 'thread') threads[part.number] = used;
    return used;
  }

  function firstLane(part: Part): number {
    for (const leaf of leavesOf(part)) return laneOf(leaf).offset;
    return 0;
  }

  function leafAt(offset: number): LeafPart {
    return layout.lanes.find((lane) => lane.offset === offset)?.leaf as LeafPart;
  }

  function lock(part: LockPart): object {
    const owner = leafRow(laneOf(part.owner), 1);
    const [first] = part.readers;
    return first ? new RwLockView(part, owner, leafRow(laneOf(first), part.readers.length)) : new LockView(part, owner);
  }

  function pool(part: ArrayPart, row: { allocated: boolean }[]): Pool {
    const referring = layout.lanes.filter(({ leaf }) => leaf.set?.name === part.index.name);
    const leavesOfMember = leavesByMember(instance.root, part.index.name);
    const own = leavesOfMember.map((leaves) => leaves.map((leaf) => [laneOf(leaf), zeroOf(leaf)] as const));
    const fresh = (id: number): boolean =>
      (own[id] as (readonly [Lane, number])[]).every(([lane, zero]) => laneValue(vector, lane) === zero) &&
      referring.every((lane) => laneValue(vector, lane) !== id) &&
      !buffers?.mentions(part.index.name, id, leavesOfMember[id] as LeafPart[]);
    return {
      name: part.path,
      candidates: () =>
        distinct(
          row.flatMap((each, id) => (each.allocated ? [] : [id])),
          fresh,
        ),
      take: (id) => {
        (row[id] as { allocated: boolean }).allocated = true;
      },
      release: (id) => {
        const each = row[id] as { allocated: boolean };
        const was = each.allocated;
        each.allocated = false;
        return was;
      },
    };
  }

  const root = struct(instance.root);
  return { vector, root, threads };
}

/** Where a thread is, read from its lane. */
class Place {
  readonly number: number;
  readonly program: Program;
  readonly lane: Int8Array | Int32Array;

  constructor({ number, program }: ThreadPart, lane: Int8Array | Int32Array) {
    this.number = number;
    this.program = program;
    this.lane = lane;
  }

  get point(): number {
    return this.lane[0] as number;
  }
}

type Mode = 'write' | 'read';

/** A lock that one thread holds at a time, by the lane that says which. */
class LockView {
  readonly name: string;
  readonly owner: LockPart['owner'];
  readonly lane: Int8Array | Int32Array;

  constructor({ path, owner }: LockPart, lane: Int8Array | Int32Array) {
    this.name = path;
    this.owner = owner;
    this.lane = lane;
  }

  get heldForWrite(): boolean {
    return this.lane[0] !== 0;
  }

  get held(): boolean {
    return this.lane[0] !== 0;
  }

  heldBy(thread: number): boolean {
    return this.lane[0] === thread + 1;
  }

  take(_mode: Mode, thread: number): boolean {
    if (this.held) return false;
    this.lane[0] = thread + 1;
    return true;
  }

  release(_mode: Mode, _thread: number): void {
    this.lane[0] = 0;
  }
}

/** A lock that many may hold for reading, each with a lane that says so. */
class RwLockView extends LockView {
  readonly readers: Int8Array | Int32Array;

  constructor(part: LockPart, lane: Int8Array | Int32Array, readers: Int8Array | Int32Array) {
    super(part, lane);
    this.readers = readers;
  }

  override get held(): boolean {
    return this.heldForWrite || this.readers.includes(1);
  }

  override heldBy(thread: number): boolean {
    return super.heldBy(thread) || this.readers[thread] === 1;
  }

  override take(mode: Mode, thread: number): boolean {
    if (mode === 'write') return super.take(mode, thread);
    if (this.heldForWrite) return false;
    this.readers[thread] = 1;
    return true;
  }

  override release(mode: Mode, thread: number): void {
    if (mode === 'write') super.release(mode, thread);
    else this.readers[thread] = 0;
  }
}

/** The cells of store buffers, in the working vector. */
function cellsOf(locations: readonly Lane[], cells: readonly Lane[], vector: Vector): Cells {
  return {
    location: (at) => laneValue(vector, locations[at] as Lane),
    setLocation: (at, value) => setLane(vector, locations[at] as Lane, value),
    cell: (at) => laneValue(vector, cells[at] as Lane),
    setCell: (at, value) => setLane(vector, cells[at] as Lane, value),
  };
}

/** A row of single values that are stored to through buffers. Their locations have consecutive numbers. */
function memoryRow(buffers: StoreBuffers, leaves: readonly LeafPart[], start: number): object {
  const row: unknown[] = [];
  leaves.forEach((leaf, i) => {
    Object.defineProperty(row, i, {
      get: () => decode(leaf, buffers.load(start + i)),
      set(value) {
        const code = encode(leaf, value);
        if (code === undefined) throw outOfRange(leaf, value);
        buffers.store(start + i, code);
      },
    });
  });
  return row;
}

type StateClass = new (
  offset: number,
  vector: Vector,
  leafAt: (offset: number) => LeafPart,
  buffers: StoreBuffers | undefined,
  location: number,
) => object;

/** Generated classes by source, kept for good: a step then sees the same shapes in every variant, and its code stays specialised. */
const classes = new Map<string, StateClass>();

function classOf(source: string): StateClass {
  const known = classes.get(source);
  if (known) return known;
  const made = new Function(
    'readNone',
    'outOfRange',
    `return class State {
      constructor(offset, { bytes, ints }, leafAt, buffers, location) {
        this.$ = offset; this.$8 = bytes; this.$32 = ints; this.$leafAt = leafAt; this.$buffers = buffers; this.$location = location;
      }
      ${source}
    };`,
  )(readNone, outOfRange) as StateClass;
  classes.set(source, made);
  return made;
}

/** How generated code reads a value, and how it writes one. */
interface PlaceSource {
  readonly read: string;
  readonly write: (value: string) => string;
}

function laneSource({ offset, bytes }: Lane, base: number): PlaceSource {
  const at = `this.$ + ${offset - base}`;
  const lane = bytes === 1 ? `this.$8[${at}]` : `this.$32[(${at}) >> 2]`;
  return { read: lane, write: (value) => `${lane} = ${value}` };
}

function bufferedSource(location: number): PlaceSource {
  const at = `this.$location + ${location}`;
  return { read: `this.$buffers.load(${at})`, write: (value) => `this.$buffers.store(${at}, ${value})` };
}

/** A getter and a setter for one leaf. The getter of a local refuses `none`; the setter whatever the leaf cannot hold. */
function accessor(name: string, leaf: LeafPart, at: number, { read, write }: PlaceSource): string {
  const key = JSON.stringify(name);
  const alive = leaf.local ? `if (${read} === ${leaf.low - 1}) throw readNone(this.$leafAt(this.$ + ${at}));` : '';
  const refuse = `throw outOfRange(this.$leafAt(this.$ + ${at}), v);`;
  if (leaf.type === 'bool') {
    return `get ${key}() { ${alive} return ${read} !== 0; }
      set ${key}(v) { if (v !== true && v !== false) ${refuse} ${write('v ? 1 : 0')}; }\n`;
  }
  if (leaf.type === 'oneOf') {
    const names = leaf.names.map((each) => JSON.stringify(each));
    const get = names.slice(0, -1).map((each, i) => `v === ${i} ? ${each} : `);
    const set = names.map((each, i) => `if (v === ${each}) ${write(String(i))}; else `);
    return `get ${key}() { ${alive} const v = ${read}; return ${get.join('')}${names.at(-1)}; }
      set ${key}(v) { ${set.join('')} ${refuse} }\n`;
  }
  return `get ${key}() { ${alive} return ${read}; }
    set ${key}(v) { if ((v | 0) !== v || v < ${leaf.low} || v > ${leaf.high}) ${refuse} ${write('v')}; }\n`;
}
