/**
 * The states found so far: packed words in order of discovery (the arena, which is also the queue of a breadth-first search), the
 * index of each one's parent, and a seen-set of indices by open addressing.
 *
 * A slot of the seen-set is one 32-bit word: its low bits are the state's index plus 1 (0 is empty), the others are those bits of the
 * state's hash that the slot's place does not already say. A state is equal to another only when all its words are.
 */

import { mostElements, roomFor } from './room.ts';

/** Successors waiting to be looked up. Many at a time, so that the memory accesses of one overlap with those of the next. */
export interface Batch {
  /** Packed words of the candidates, one after another. */
  readonly words: Int32Array;
  /** Index of the state each comes from. */
  readonly parents: Int32Array;
  length: number;
}

/** How many successors a batch holds: enough for their cache misses to overlap, few enough to stay in the second-level cache. */
export const batchSize = 1024;

/** An empty batch for states of so many words. */
export function batchOf(words: number): Batch {
  return { words: new Int32Array(batchSize * words), parents: new Int32Array(batchSize), length: 0 };
}

/** The parent of an initial state. */
export const noParent = -1;

/** Slots of the seen-set at first, while little memory is allowed, and at most. Powers of two. */
const firstSlots = 18;
const fewestSlots = 12;
const mostSlots = 31;
/** Below this a table that is full grows by four: filling it again costs more than the room. */
const smallTable = 1 << 24;
/** The part of the slots that may be taken, and the same where there is no memory for more slots. */
const mostFull = 0.72;
const fullest = 0.85;

/**
 * The states found so far. The words of a state start at `index * width` in the arena.
 *
 * Arrays that are small grow by copies. One that is large is made as large as memory allows, once: what it takes is what has been
 * written to it, and it is never there twice. The table is the first part of such an array, and is filled again in place.
 */
export class Visited {
  readonly kind = 'exact';
  readonly width: number;
  maxBytes: number;
  count = 0;
  /** The number of the first state in the arena. */
  readonly base = 0;
  arena: Int32Array;
  parents: Int32Array;
  table: Int32Array;
  readonly code: Lookup;
  /** What the table is the first part of. */
  slots: Int32Array;
  /** Makes room that is all zeros; elsewhere than in this thread alone, when several search. */
  allocate = (length: number): Int32Array => new Int32Array(length);

  /**
   * @param width 32-bit words a state.
   * @param maxBytes limit on arena, parents and table together.
   */
  constructor(width: number, maxBytes: number) {
    this.width = width;
    this.maxBytes = maxBytes;
    const slots = firstSlotsOf(width, maxBytes);
    this.arena = new Int32Array((slots / 2) * width);
    this.parents = new Int32Array(slots / 2);
    this.slots = this.table = new Int32Array(slots);
    this.code = lookup(width);
  }

  /** Where states are that wait to be expanded. */
  get queue(): Int32Array {
    return this.arena;
  }

  /** What states are known again by. */
  get known(): { readonly arena: Int32Array; readonly width: number } {
    return this;
  }

  /** Bytes that the states found take. */
  get bytes(): number {
    return this.bytesOf(this.count, this.table.length);
  }

  /** Goes on in arrays that are made by other means, with all the room that there may ever be. */
  moveTo(allocate: (length: number) => Int32Array): void {
    this.allocate = allocate;
    const rows = Math.max(this.mostRows, this.parents.length);
    this.arena = this.moved(this.arena, this.count * this.width, rows * this.width);
    this.parents = this.moved(this.parents, this.count, rows);
    this.slots = this.moved(this.table, this.table.length, Math.max(this.mostSlots, this.slots.length));
    this.table = this.slots.subarray(0, this.table.length);
  }

  /** Takes over the states of another time, with as many slots as there were then. */
  restore(words: Int32Array, parents: Int32Array, slots: number): void {
    const rows = this.rowsFor(parents.length);
    this.arena = this.moved(words, words.length, rows * this.width);
    this.parents = this.moved(parents, parents.length, rows);
    this.slots = this.allocate(this.slotsRoom(slots));
    this.table = this.slots.subarray(0, slots);
    this.count = parents.length;
    this.code.rebuild(this, this.table, 0, slots);
  }

  /** Bytes that so many states take when they are found one after the other: a table at hand may be ahead of that. */
  bytesFor(states: number): number {
    let slots: number | undefined = firstSlotsOf(this.width, this.maxBytes);
    for (let last = slots; ; last = slots) {
      slots = this.slotsFor(states, last);
      if (slots === undefined || slots === last) return this.bytesOf(states, last);
    }
  }

  /** Adds the new ones of a batch in order and empties it. Returns false, adding nothing, when that could take too much memory. */
  insert(batch: Batch): boolean {
    if (!this.reserve(this.count + batch.length)) return false;
    this.code.insert(this, batch);
    batch.length = 0;
    return true;
  }

  /** States that the table has slots for, beside those it has. */
  get freeSlots(): number {
    return Math.floor(this.table.length * mostFull) - this.count;
  }

  /** A level begins. */
  advance(): void {}

  /** Whether a state is the one with an index. */
  isAt(words: Int32Array, index: number): boolean {
    return words.every((word, i) => word === this.arena[index * this.width + i]);
  }

  /** The index of a state, or -1 when it has not been found. */
  find(words: Int32Array): number {
    return this.code.find(this, words);
  }

  /**
   * Makes room for so many states in all.
   * @param rebuild fills a larger table from the arena, whatever is in it.
   */
  reserve(states: number, rebuild = (table: Int32Array) => this.code.rebuild(this, table, 0, table.length)): boolean {
    let slots = this.table.length;
    for (let last = -1; last !== slots; ) {
      last = slots;
      const next = this.slotsFor(states, last);
      if (next === undefined) return false;
      slots = next;
    }
    if (states > this.parents.length) {
      const rows = this.rowsFor(states);
      this.arena = this.moved(this.arena, this.count * this.width, rows * this.width);
      this.parents = this.moved(this.parents, this.count, rows);
    }
    if (slots === this.table.length) return true;
    if (slots > this.slots.length) this.slots = this.allocate(this.slotsRoom(slots));
    const table = this.slots.subarray(0, slots);
    rebuild(table);
    this.table = table;
    return true;
  }

  /** The next larger number of slots on the way to so many states, the same when they do; undefined when that takes too much. */
  slotsFor(states: number, slots: number): number | undefined {
    if (this.bytesOf(states, slots) > this.maxBytes || states * this.width > mostElements) return undefined;
    if (states <= slots * mostFull) return slots;
    const fits = (wanted: number): boolean => wanted <= 2 ** mostSlots && this.bytesOf(states, wanted) <= this.maxBytes;
    const larger = [...(slots < smallTable ? [slots * 4] : []), slots * 2].find(fits);
    return larger ?? (states <= slots * fullest ? slots : undefined);
  }

  /** Room for so many states and some more. */
  rowsFor(states: number): number {
    return roomFor(states, this.parents.length, 4 * this.width, this.mostRows, this.maxBytes);
  }

  /** Room for so many slots, and for those that a table of that size may get. */
  slotsRoom(slots: number): number {
    return roomFor(slots, slots, 4, this.mostSlots, this.maxBytes);
  }

  /** States that there may ever be. */
  get mostRows(): number {
    return Math.floor(Math.min(this.maxBytes / (4 * (this.width + 1)), mostElements / this.width));
  }

  /** Slots that there may ever be. */
  get mostSlots(): number {
    return Math.min(2 ** mostSlots, 2 ** Math.floor(Math.log2(this.maxBytes / 4)));
  }

  /** Bytes of so many states with a table of so many slots. */
  bytesOf(states: number, slots: number): number {
    return 4 * (states * (this.width + 1) + slots);
  }

  /** A copy of so many words with room for more: no page is touched for words that are not there yet. */
  moved(old: Int32Array, used: number, length: number): Int32Array {
    const made = this.allocate(length);
    made.set(old.subarray(0, used));
    return made;
  }
}

/** Slots that a table has at first. */
function firstSlotsOf(width: number, maxBytes: number): number {
  // Pages that nobody touches cost nothing, so the beginning is large unless little is allowed in all.
  let slots = 2 ** firstSlots;
  while (slots > 2 ** fewestSlots && (slots / 2) * (width + 3) * 4 > maxBytes / 4) slots /= 2;
  return slots;
}

/** The table is looked through within regions, a power of two of slots each, so that several threads can fill it, each its own. */
const mostRegions = 64;
const smallestRegion = 4096;

/** Slots of a region, in a table of so many. */
export function regionOf(slots: number): number {
  return Math.min(slots, Math.max(smallestRegion, slots / mostRegions));
}

/** What is looked up in. */
export interface States {
  count: number;
  readonly arena: Int32Array;
  readonly parents: Int32Array;
  readonly table: Int32Array;
}

interface Lookup {
  insert(states: States, batch: Batch): void;
  find(states: States, words: Int32Array): number;
  /** Fills those slots of a table from the arena that are from one on and before another, ends of regions both; what was there is gone. */
  rebuild(states: States, table: Int32Array, from: number, to: number): void;
}

/** Odd, without structure: a state's hash is the mixed sum of its words, each times its own factor. */
const factors = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1, 0xd3a2646d, 0xfd7046c5, 0xb55a4f09];

/** The factor of a word. */
function factor(word: number): number {
  return Math.imul(factors[word % factors.length] as number, 2 * Math.floor(word / factors.length) + 1);
}

/** Places for the successors seen last, as a power of two: those of neighbours in the queue have many in common. */
const recentBits = 14;

/** Loads that are written out one after the other: the less stands between them, the more of their cache misses overlap. */
const unrolled = 8;

/** A loop over so many, and some more, that loads for each. */
function each(count: string, load: (at: string) => string): string {
  const loads = Array.from({ length: unrolled }, (_, k) => load(`i + ${k}`));
  return `for (let i = 0; i < ${count}; i += ${unrolled}) { ${loads.join(' ')} }`;
}

/** Source text that lookups of states of one width have in common. */
export interface LookupSource {
  /** The hash of the state at a place of an array. */
  hashOf(array: string, at: string): string;
  /** Whether two states are the same. */
  same(one: string, at: string, other: string, from: string): string;
  copy(into: string, to: string, from: string, at: string): string;
  /** The slot that is looked at after `slot`. */
  readonly next: string;
  /** Looks from `hash` on for the state at `from` of `words`: goes on with the loop `next` when it is there, else leaves its `slot` empty. */
  readonly probe: string;
  /** `leaveOutKnown(states, batch)`: leaves out most of those that are known, says how many are left, and has their places and hashes. */
  readonly leaveOutKnown: string;
}

/** The source for states of one width, with hash, comparison and copy written out. */
export function lookupSource(width: number): LookupSource {
  const words = Array.from({ length: width }, (_, i) => i);
  const hashOf = (array: string, at: string) =>
    `mix(${words.reduce((sum, i) => `((${sum} + Math.imul(${array}[${at} + ${i}], ${factor(i)})) | 0)`, '0')})`;
  const same = (one: string, at: string, other: string, from: string) =>
    words.map((i) => `${one}[${at} + ${i}] === ${other}[${from} + ${i}]`).join(' && ');
  const copy = (into: string, to: string, from: string, at: string) =>
    words.map((i) => `${into}[${to} + ${i}] = ${from}[${at} + ${i}];`).join(' ');
  const next = '(slot & ~region) | ((slot + 1) & region)';
  const probe = `
        let slot = hash & mask;
        for (let entry = table[slot]; entry !== 0; entry = table[slot]) {
          if (((entry ^ hash) & tag) === 0) {
            const row = ((entry & mask) - 1) * ${width};
            if (${same('arena', 'row', 'words', 'from')}) continue next;
          }
          slot = ${next};
        }`;
  const leaveOutKnown = `
    const places = new Int32Array(${batchSize + unrolled}), hashes = new Int32Array(${batchSize + unrolled}), entries = new Int32Array(${batchSize + unrolled});
    function mix(sum) { const h = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d); return h ^ (h >>> 13); }
    const recent = new Int32Array(${width << recentBits});
    // Zeros stand only where the state of all zeros would be looked for: there, put something that is never looked for there.
    const zeros = [${words.map(() => 0).join(', ')}];
    recent[(${hashOf('zeros', '0')} >>> ${32 - recentBits}) * ${width}] = 1;
    /** Leaves out what was generated a moment ago: it is in the arena, or earlier in this batch. */
    function leaveOutRecent({ words, length }) {
      let left = 0;
      for (let i = 0, from = 0; i < length; i++, from += ${width}) {
        const hash = ${hashOf('words', 'from')};
        const at = (hash >>> ${32 - recentBits}) * ${width};
        ${words.map((i) => `const w${i} = words[from + ${i}];`).join(' ')}
        const difference = ${words.map((i) => `(recent[at + ${i}] ^ w${i})`).join(' | ')};
        ${words.map((i) => `recent[at + ${i}] = w${i};`).join(' ')}
        places[left] = i;
        hashes[left] = hash;
        left += (difference | -difference) >>> 31;
      }
      return left;
    }
    function leaveOutKnown({ arena, table, count }, batch) {
      const { words } = batch;
      const mask = table.length - 1, tag = ~mask;
      const fresh = leaveOutRecent(batch);
      ${each('fresh', (i) => `entries[${i}] = table[hashes[${i}] & mask];`)}
      // The index of the state that each may be, by its first slot; none is -1.
      let left = 0, touched = 0;
      ${each(
        'fresh',
        (i) => `{
          const entry = entries[${i}], other = (entry ^ hashes[${i}]) & tag, state = (entry & mask) - 1;
          const index = state | ((other | -other) >> 31) | ~((state - count) >> 31);
          entries[${i}] = index;
          touched ^= arena[(index & ~(index >> 31)) * ${width}];
        }`,
      )}
      entries[${batchSize}] = touched;
      for (let i = 0; i < fresh; i++) {
        const index = entries[i], place = places[i];
        if (index >= 0) {
          const row = index * ${width}, from = place * ${width};
          if (${same('arena', 'row', 'words', 'from')}) continue;
        }
        places[left] = place;
        hashes[left++] = hashes[i];
      }
      return left;
    }`;
  return { hashOf, same, copy, next, probe, leaveOutKnown };
}

/** The loops for states of one width. */
export function lookup(width: number): Lookup {
  const { hashOf, same, copy, next, probe, leaveOutKnown } = lookupSource(width);
  return new Function(
    'regionOf',
    `
    ${leaveOutKnown}
    function insert(states, batch) {
      const left = leaveOutKnown(states, batch);
      const { arena, table, parents } = states;
      const { words, parents: from_ } = batch;
      const mask = table.length - 1, tag = ~mask, region = regionOf(table.length) - 1;
      // What is left in full, in the order in which it was generated.
      let count = states.count;
      next: for (let i = 0; i < left; i++) {
        const hash = hashes[i], from = places[i] * ${width};
        ${probe}
        const to = count * ${width};
        ${copy('arena', 'to', 'words', 'from')}
        parents[count] = from_[places[i]];
        table[slot] = (hash & tag) | ++count;
      }
      states.count = count;
    }
    function find({ arena, table }, words) {
      const mask = table.length - 1, region = regionOf(table.length) - 1, from = 0, hash = ${hashOf('words', 'from')};
      for (let slot = hash & mask; table[slot] !== 0; slot = ${next}) {
        const row = ((table[slot] & mask) - 1) * ${width};
        if (${same('arena', 'row', 'words', 'from')}) return (table[slot] & mask) - 1;
      }
      return -1;
    }
    function rebuild({ arena, count }, table, first, end) {
      const mask = table.length - 1, region = regionOf(table.length) - 1;
      table.fill(0, first, end);
      for (let block = 0; block < count; block += ${batchSize}) {
        const until = Math.min(count, block + ${batchSize});
        let many = 0;
        for (let at = block, from = at * ${width}; at < until; at++, from += ${width}) {
          const hash = ${hashOf('arena', 'from')}, slot = hash & mask;
          places[many] = at;
          hashes[many] = hash;
          many += ((first - 1 - slot) & (slot - end)) >>> 31;
        }
        ${each('many', (i) => `entries[${i}] = table[hashes[${i}] & mask];`)}
        for (let i = 0; i < many; i++) {
          const hash = hashes[i];
          let slot = hash & mask;
          while (table[slot] !== 0) slot = ${next};
          table[slot] = (hash & ~mask) | (places[i] + 1);
        }
      }
    }
    return { insert, find, rebuild };
  `,
  )(regionOf) as Lookup;
}
