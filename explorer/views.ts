/**
 * The state as steps and claims see it in the explorer: accessors over the working vector, generated for one layout so that the
 * compiler sees constants. A row of single values is a piece of the vector itself.
 */
import {
  type ArrayPart,
  distinct,
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
  type StructPart,
  type ThreadPart,
  zeroOf,
} from '#notation';
import { checkedRow, checkedStruct } from './checked-use.ts';
import { type Lane, type Layout, laneValue, type Vector, vectorOf } from './layout.ts';
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

  function view(part: Part): unknown {
    switch (part.kind) {
      case 'array': {
        const [first] = part.elements as [Part];
        const row = first.kind === 'leaf' ? rowOf(first, part.elements.length) : part.elements.map(view);
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

  function rowOf(first: LeafPart, length: number): object {
    const row = leafRow(laneOf(first), length);
    return checked ? checkedRow(row, first) : row;
  }

  function leafRow({ offset, bytes }: Lane, length: number): Int8Array | Int32Array {
    return bytes === 1 ? new ByteRow(buffer, offset, length) : new IntRow(buffer, offset, length);
  }

  /** Parts with the same fields at the same distances share a class: their steps then see one shape. */
  function struct(part: StructPart | ThreadPart): object {
    const base = firstLane(part);
    const fields = Object.entries(part.fields);
    const source = fields
      .map(([name, field]) => (field.kind === 'leaf' ? accessor(name, field, laneOf(field), base) : ''))
      .join('');
    const made = new (classOf(source))(base, vector, leafAt) as unknown as Record<string | symbol, unknown>;
    for (const [name, field] of fields) if (field.kind !== 'leaf') made[name] = view(field);
    if (part.kind === 'thread') {
      made.id = part.id;
      made[placeOf] = new Place(part, leafRow(laneOf(part.point), 1));
    }
    const leaves = new Set(fields.flatMap(([name, field]) => (field.kind === 'leaf' ? [name] : [])));
    const used = checked ? checkedStruct(made, part.path, leaves) : made;
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
    const readers = first ? leafRow(laneOf(first), part.readers.length) : new ByteRow(0);
    return {
      name: part.path,
      get heldForWrite() {
        return owner[0] !== 0;
      },
      get held() {
        return owner[0] !== 0 || readers.includes(1);
      },
      heldBy(thread: number) {
        return owner[0] === thread + 1 || readers[thread] === 1;
      },
      take(mode: 'write' | 'read', thread: number) {
        if (owner[0] !== 0 || (mode === 'write' && readers.includes(1))) return false;
        if (mode === 'write') owner[0] = thread + 1;
        else readers[thread] = 1;
        return true;
      },
      release(mode: 'write' | 'read', thread: number) {
        if (mode === 'write') owner[0] = 0;
        else readers[thread] = 0;
      },
    };
  }

  function pool(part: ArrayPart, row: { allocated: boolean }[]): Pool {
    const referring = layout.lanes.filter(({ leaf }) => leaf.set?.name === part.index.name);
    const own = leavesByMember(instance.root, part.index.name).map((leaves) =>
      leaves.map((leaf) => [laneOf(leaf), zeroOf(leaf)] as const),
    );
    const fresh = (id: number): boolean =>
      (own[id] as (readonly [Lane, number])[]).every(([lane, zero]) => laneValue(vector, lane) === zero) &&
      referring.every((lane) => laneValue(vector, lane) !== id);
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

type StateClass = new (offset: number, vector: Vector, leafAt: (offset: number) => LeafPart) => object;

/** Generated classes by source, kept for good: a step then sees the same shapes in every variant, and its code stays specialised. */
const classes = new Map<string, StateClass>();

function classOf(source: string): StateClass {
  const known = classes.get(source);
  if (known) return known;
  const made = new Function(
    'readNone',
    'outOfRange',
    `return class State {
      constructor(offset, { bytes, ints }, leafAt) { this.$ = offset; this.$8 = bytes; this.$32 = ints; this.$leafAt = leafAt; }
      ${source}
    };`,
  )(readNone, outOfRange) as StateClass;
  classes.set(source, made);
  return made;
}

/** A getter and a setter for one leaf. The getter of a local refuses `none`; the setter whatever the leaf cannot hold. */
function accessor(name: string, leaf: LeafPart, { offset, bytes }: Lane, base: number): string {
  const at = offset - base;
  const lane = bytes === 1 ? `this.$8[this.$ + ${at}]` : `this.$32[(this.$ + ${at}) >> 2]`;
  const key = JSON.stringify(name);
  const alive = leaf.local ? `if (${lane} === ${leaf.low - 1}) throw readNone(this.$leafAt(this.$ + ${at}));` : '';
  const refuse = `throw outOfRange(this.$leafAt(this.$ + ${at}), v);`;
  if (leaf.type === 'bool') {
    return `get ${key}() { ${alive} return ${lane} !== 0; }
      set ${key}(v) { if (v !== true && v !== false) ${refuse} ${lane} = v ? 1 : 0; }\n`;
  }
  if (leaf.type === 'oneOf') {
    const names = leaf.names.map((each) => JSON.stringify(each));
    const get = names.slice(0, -1).map((each, i) => `v === ${i} ? ${each} : `);
    const set = names.map((each, i) => `if (v === ${each}) ${lane} = ${i}; else `);
    return `get ${key}() { ${alive} const v = ${lane}; return ${get.join('')}${names.at(-1)}; }
      set ${key}(v) { ${set.join('')} ${refuse} }\n`;
  }
  return `get ${key}() { ${alive} return ${lane}; }
    set ${key}(v) { if ((v | 0) !== v || v < ${leaf.low} || v > ${leaf.high}) ${refuse} ${lane} = v; }\n`;
}
