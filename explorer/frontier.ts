/**
 * The states found so far, kept whole only until they are expanded. Of all others there is what it takes to know them again, in one of
 * two ways that may each take a state for another: fingerprints, or the bits that fingerprints set.
 */
import { Bits } from './bits.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { mostElements, roomFor } from './room.ts';
import { type Batch, batchOf, noParent, Visited } from './visited.ts';

/** A way to store states. */
export const stores = ['exact', 'fingerprint', 'bitstate'] as const;

/** How states are stored: whole, or as one of the stores that save memory and may miss states. */
export type StoreKind = (typeof stores)[number];

/** What knows states again by their fingerprints. The parents of those it adds are what the batch says. */
export interface Seen {
  readonly count: number;
  readonly parents: Int32Array;
  readonly bytes: number;
  maxBytes: number;
  /** Adds the new ones of a batch of fingerprints, and empties it. Returns false, adding nothing, when that could take too much. */
  insert(batch: Batch): boolean;
  /** What is kept of each state, in order. */
  readonly arena: Int32Array;
  /** Words of that. */
  readonly width: number;
}

/** States that are executed again to see whether they come out the same: from the first and then ever so many. */
const fewestSamples = 32;
const mostSamples = 128;

/** The states that wait, in order, and what is known of the others. */
export class Frontier {
  readonly kind: Exclude<StoreKind, 'exact'>;
  readonly width: number;
  readonly maxBytes: number;
  readonly seen: Seen;
  /** Of the fingerprints. */
  readonly seed: number;
  readonly fingerprint: Fingerprint;
  readonly prints: Batch = batchOf(2);
  readonly print = new Int32Array(2);
  /** The states that wait, from number `base` on. */
  queue: Int32Array;
  base = 0;
  /** States known: a limit on depth takes the last ones away. */
  count = 0;
  most = 0;
  samples: { readonly at: number; readonly words: Int32Array }[] = [];
  between = 1;

  constructor(kind: Exclude<StoreKind, 'exact'>, width: number, maxBytes: number, seed = 0) {
    this.seed = seed;
    this.kind = kind;
    this.width = width;
    this.maxBytes = maxBytes;
    this.seen = kind === 'fingerprint' ? new Visited(2, maxBytes) : new Bits(maxBytes);
    this.fingerprint = fingerprintOf(width, seed);
    this.queue = new Int32Array(1024 * width);
  }

  get parents(): Int32Array {
    return this.seen.parents;
  }

  /** Bytes that are held at most: what was touched once stays. */
  get bytes(): number {
    return this.seen.bytes + this.most;
  }

  /** Bytes for so many states. */
  bytesFor(): number {
    return this.bytes;
  }

  /** Adds the new ones of a batch in order and empties it. Returns false, adding nothing, when that could take too much memory. */
  insert(batch: Batch): boolean {
    const { width, seen, prints } = this;
    const waiting = this.count - this.base;
    const needed = (waiting + batch.length) * width;
    if (needed > mostElements) return false;
    seen.maxBytes = this.maxBytes - Math.max(this.most, 4 * needed);
    for (let i = 0; i < batch.length; i++) {
      this.fingerprint(batch.words, i * width, prints.words, 2 * i);
      prints.parents[i] = i;
    }
    prints.length = batch.length;
    if (!seen.insert(prints)) return false;
    if (needed > this.queue.length) this.grow(needed);
    const { queue } = this;
    for (let at = this.count; at < seen.count; at++) {
      const place = seen.parents[at] as number;
      const from = batch.parents[place] as number;
      for (let i = 0; i < width; i++) queue[(at - this.base) * width + i] = batch.words[place * width + i] as number;
      seen.parents[at] = from === noParent ? noParent : from + this.base;
      if (at < fewestSamples || at % this.between === 0) this.keep(at);
    }
    this.count = seen.count;
    this.most = Math.max(this.most, 4 * (this.count - this.base) * width);
    batch.length = 0;
    return true;
  }

  /** A level begins at a state: those before it need not be kept. */
  advance(at: number): void {
    this.queue.copyWithin(0, (at - this.base) * this.width, (this.count - this.base) * this.width);
    this.base = at;
  }

  /** What states are known again by. */
  get known(): Pick<Seen, 'arena' | 'width'> {
    return this.seen;
  }

  /** Whether a state is, for all that is known, the one with a number. */
  isAt(words: Int32Array, index: number): boolean {
    const { width, arena } = this.seen;
    this.fingerprint(words, 0, this.print, 0);
    for (let i = 0; i < width; i++) if (arena[index * width + i] !== this.print[i]) return false;
    return true;
  }

  /** Some of the states, from all over the search. */
  spots(): Int32Array[] {
    return this.samples.filter(({ at }) => at < this.count).map(({ words }) => words);
  }

  keep(at: number): void {
    const from = (at - this.base) * this.width;
    this.samples.push({ at, words: this.queue.slice(from, from + this.width) });
    if (this.samples.length < mostSamples) return;
    this.between *= 2;
    this.samples = this.samples.filter((each) => each.at < fewestSamples || each.at % this.between === 0);
  }

  grow(words: number): void {
    const { queue, maxBytes } = this;
    const most = Math.min(maxBytes / 4, mostElements);
    const larger = new Int32Array(roomFor(words, queue.length, 4, Math.floor(most), maxBytes));
    larger.set(queue.subarray(0, (this.count - this.base) * this.width));
    this.queue = larger;
  }
}
