/** A set of fingerprints as bits: each sets a few, and whatever finds all of its own set counts as known. */
import type { Seen } from './frontier.ts';
import { mostElements, roomFor } from './room.ts';
import type { Batch } from './visited.ts';

/** Bits that a fingerprint sets. */
export const bitsEach = 3;
/** Bits of the set, as powers of two. */
const usualBits = 30;
const fewestBits = 12;

/** The set, with parents and the first number of each fingerprint for finding traces again. */
export class Bits implements Seen {
  readonly width = 1;
  readonly bits: number;
  readonly set: Int32Array;
  maxBytes: number;
  count = 0;
  parents: Int32Array = new Int32Array(1024);
  arena: Int32Array = new Int32Array(1024);

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    let power = usualBits;
    while (power > fewestBits && 2 ** (power - 3) > maxBytes / 2) power--;
    this.bits = 2 ** power;
    this.set = new Int32Array(this.bits / 32);
  }

  get bytes(): number {
    return this.set.byteLength + 8 * this.count;
  }

  insert(batch: Batch): boolean {
    const states = this.count + batch.length;
    if (this.set.byteLength + 8 * states > this.maxBytes) return false;
    if (states > this.parents.length) {
      const most = Math.floor((this.maxBytes - this.set.byteLength) / 8);
      const room = roomFor(states, this.parents.length, 4, Math.min(most, mostElements), this.maxBytes);
      this.parents = larger(this.parents, room);
      this.arena = larger(this.arena, room);
    }
    const { set, parents, arena } = this;
    const shift = 32 - Math.log2(this.bits);
    let { count } = this;
    for (let i = 0; i < batch.length; i++) {
      const first = batch.words[2 * i] as number;
      const step = (batch.words[2 * i + 1] as number) | 1;
      let isNew = false;
      for (let each = 0, hash = first; each < bitsEach; each++, hash = (hash + step) | 0) {
        const bit = hash >>> shift;
        const word = set[bit >>> 5] as number;
        const mask = 1 << (bit & 31);
        if ((word & mask) !== 0) continue;
        set[bit >>> 5] = word | mask;
        isNew = true;
      }
      if (!isNew) continue;
      parents[count] = batch.parents[i] as number;
      arena[count++] = first;
    }
    this.count = count;
    batch.length = 0;
    return true;
  }
}

/** About which part of so many states such a set takes for known: each state's chance, on the average over the search. */
export function missedOf(states: number, bits: number): number {
  return ((bitsEach * states) / bits) ** bitsEach / (bitsEach + 1);
}

function larger(old: Int32Array, room: number): Int32Array {
  const made = new Int32Array(room);
  made.set(old);
  return made;
}
