/**
 * Where each leaf of a state lives: a lane of the working vector, and bits of the packed words that are stored.
 *
 * The working vector is one buffer seen as bytes and as 32-bit integers. A leaf with a small range has a byte, so that four leaves are
 * compared, packed and put back at once; any other has an integer.
 */
import { type Instance, type LeafPart, leavesOf, rowLeavesOf } from '#notation';

/** A leaf's place. */
export interface Lane {
  readonly leaf: LeafPart;
  /** Byte offset in the working vector; a multiple of 4 for a lane of 4 bytes. */
  readonly offset: number;
  readonly bytes: 1 | 4;
  /** The smallest integer it may be: -1 for NULL, one less for a local's `none`. */
  readonly least: number;
  /** Whether steps assign it without an accessor that checks the range: it is an element of a row of single values. */
  readonly unchecked: boolean;
  readonly word: number;
  readonly shift: number;
  /** Width in the packed word, 1 to 32 bits. */
  readonly bits: number;
}

/** A state's layout. */
export interface Layout {
  readonly lanes: readonly Lane[];
  readonly laneOf: ReadonlyMap<LeafPart, Lane>;
  /** Lanes by the 32-bit group of the working vector they are in. */
  readonly groups: readonly (readonly Lane[])[];
  /** 32-bit words a stored state takes. */
  readonly words: number;
}

/** The working vector, twice. */
export interface Vector {
  readonly bytes: Int8Array;
  readonly ints: Int32Array;
}

/** The largest packed state: a column of the arena and a line of generated code for each word. */
const mostWords = 256;

/**
 * Lays out the leaves of an instance: lanes in order of declaration, bits in the first word with room.
 * @throws Error when a state would take more than 256 words.
 */
export function layoutOf(instance: Instance): Layout {
  const rows = new Set(rowLeavesOf(instance.root));
  const firsts = new Set(instance.threads.map(({ point }) => point));
  const room: number[] = [];
  let end = 0;
  const lanes = [...leavesOf(instance.root)].map((leaf): Lane => {
    const least = leaf.low - (leaf.local ? 1 : 0);
    const bits = Math.max(1, Math.ceil(Math.log2(leaf.high - least + 1)));
    let word = room.findIndex((left) => left >= bits);
    if (word < 0) word = room.push(32) - 1;
    const shift = 32 - (room[word] as number);
    room[word] = (room[word] as number) - bits;
    const unchecked = rows.has(leaf);
    // A number that a step computes and puts into a row could wrap into range in a byte; ids and bits are not computed.
    const bytes = leaf.high - least <= 127 && !(unchecked && leaf.type === 'upTo') ? 1 : 4;
    // Threads of a row are laid out alike from their first lane on.
    const alignment = firsts.has(leaf) ? 4 : bytes;
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + bytes;
    return { leaf, offset, bytes, least, unchecked, word, shift, bits };
  });
  if (room.length > mostWords) {
    throw new Error(
      `${instance.name}: a state takes ${room.length} words of 32 bits, and at most ${mostWords} can be stored; lower a bound`,
    );
  }
  const groups = Array.from({ length: Math.max(1, Math.ceil(end / 4)) }, (_, group) =>
    lanes.filter(({ offset }) => offset >> 2 === group),
  );
  return { lanes, laneOf: new Map(lanes.map((lane) => [lane.leaf, lane])), groups, words: Math.max(1, room.length) };
}

/** A fresh working vector. */
export function vectorOf({ groups }: Layout): Vector {
  const ints = new Int32Array(groups.length);
  return { ints, bytes: new Int8Array(ints.buffer) };
}

/** Reads a lane. */
export function laneValue(vector: Vector, { offset, bytes }: Lane): number {
  return (bytes === 1 ? vector.bytes[offset] : vector.ints[offset >> 2]) as number;
}

/** Writes a lane. */
export function setLane(vector: Vector, { offset, bytes }: Lane, value: number): void {
  if (bytes === 1) vector.bytes[offset] = value;
  else vector.ints[offset >> 2] = value;
}

/** The first lane that is out of range; undefined when all are in range. */
export function outOfRangeLane(layout: Layout, vector: Vector): Lane | undefined {
  return layout.lanes.find((lane) => {
    const value = laneValue(vector, lane);
    return value < lane.least || value > lane.leaf.high;
  });
}
