/**
 * Where each leaf of a state lives: a lane of the working vector, and bits of the packed words that are stored.
 *
 * The working vector is one buffer seen as bytes and as 32-bit integers. A leaf with a small range has a byte, so that four leaves are
 * compared, packed and put back at once; any other has an integer.
 *
 * In the packed words the four bytes of such a group stay 8 bits apart, and several groups lie in the bits that the others leave free, so
 * that a group is packed by one mask and one shift. Where that would take more words than packing leaf by leaf, leaves are packed tightly.
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
 * Lays out the leaves of an instance, in order of declaration.
 * @throws Error when a state would take more than 256 words.
 */
export function layoutOf(instance: Instance): Layout {
  const wide = widen(instance);
  const least = Math.ceil(wide.lanes.reduce((sum, { bits }) => sum + bits, 0) / 32);
  const { words, at } = least > mostWords ? { words: least, at: new Map() } : packed(grouped(wide.lanes, wide.end));
  if (words > mostWords) {
    throw new Error(
      `${instance.name}: a state takes ${least} words of 32 bits, and at most ${mostWords} can be stored; lower a bound`,
    );
  }
  const lanes = wide.lanes.map((lane): Lane => ({ ...lane, ...(at.get(lane) as Place) }));
  return {
    lanes,
    laneOf: new Map(lanes.map((lane) => [lane.leaf, lane])),
    groups: grouped(lanes, wide.end),
    words: Math.max(1, words),
  };
}

/** Lanes by the 32-bit group of the working vector they are in. */
function grouped<Each extends WideLane>(lanes: readonly Each[], end: number): Each[][] {
  const groups = Array.from({ length: Math.max(1, Math.ceil(end / 4)) }, (): Each[] => []);
  for (const lane of lanes) (groups[lane.offset >> 2] as Each[]).push(lane);
  return groups;
}

/** A lane that has its place in the working vector, and none in the packed words yet. */
type WideLane = Omit<Lane, 'word' | 'shift'>;

/** A place in the packed words. */
type Place = Pick<Lane, 'word' | 'shift'>;

/** Places of lanes in so many packed words. */
interface Packing {
  readonly words: number;
  readonly at: ReadonlyMap<WideLane, Place>;
}

/**
 * As many groups as possible keep their bytes 8 bits apart, those first that are longest to pack otherwise; what is left is put leaf by
 * leaf where there is room. More words than packing every leaf by itself are never taken. Of many groups not every number is tried.
 */
function packed(groups: readonly (readonly WideLane[])[]): Packing {
  const byLength = groups.filter(([first]) => first?.bytes === 1).toSorted((a, b) => b.length - a.length);
  const tightly = pack(groups, []);
  if (tightly.words > mostWords) return tightly;
  const fewer = Math.ceil(byLength.length / mostPackings);
  for (let whole = byLength.length; whole > 0; whole -= fewer) {
    const packing = pack(groups, byLength.slice(0, whole));
    if (packing.words <= tightly.words) return packing;
  }
  return tightly;
}

/** How many ways to pack a state are compared at most. */
const mostPackings = 32;

/** Each whole group, then each lane of the others, at the first place that is free. */
function pack(groups: readonly (readonly WideLane[])[], whole: readonly (readonly WideLane[])[]): Packing {
  const taken: number[] = [];
  const at = new Map<WideLane, Place>();
  const put = (lanes: readonly WideLane[], from: (lane: WideLane) => number): void => {
    const top = Math.max(...lanes.map((lane) => from(lane) + lane.bits));
    const mask = lanes.reduce((bits, lane) => bits | (lowBits(lane.bits) << from(lane)), 0);
    for (let word = 0; ; word++) {
      if (word > mostWords) return;
      if (word === taken.length) taken.push(0);
      for (let shift = 0; shift <= 32 - top; shift++) {
        if (((taken[word] as number) & (mask << shift)) !== 0) continue;
        taken[word] = (taken[word] as number) | (mask << shift);
        for (const lane of lanes) at.set(lane, { word, shift: from(lane) + shift });
        return;
      }
    }
  };
  for (const group of whole) put(group, ({ offset }) => 8 * (offset & 3));
  for (const lane of groups.flat()) if (!at.has(lane)) put([lane], () => 0);
  return { words: taken.length, at };
}

/** So many ones. */
export function lowBits(bits: number): number {
  return bits === 32 ? -1 : 2 ** bits - 1;
}

function widen(instance: Instance): { lanes: WideLane[]; end: number } {
  const rows = new Set(rowLeavesOf(instance.root));
  const firsts = new Set(instance.threads.map(({ point }) => point));
  let end = 0;
  const lanes = [...leavesOf(instance.root)].map((leaf): WideLane => {
    const least = leaf.low - (leaf.local ? 1 : 0);
    const bits = Math.max(1, Math.ceil(Math.log2(leaf.high - least + 1)));
    const unchecked = rows.has(leaf);
    // A number that a step computes and puts into a row could wrap into range in a byte; ids and bits are not computed.
    const bytes = leaf.high - least <= 127 && !(unchecked && leaf.type === 'upTo') ? 1 : 4;
    // Threads of a row are laid out alike from their first lane on.
    const alignment = firsts.has(leaf) ? 4 : bytes;
    const offset = Math.ceil(end / alignment) * alignment;
    end = offset + bytes;
    return { leaf, offset, bytes, least, unchecked, bits };
  });
  return { lanes, end };
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
