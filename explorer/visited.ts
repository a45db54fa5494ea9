/**
 * The states found so far: packed words in order of discovery (the arena, which is also the queue of a breadth-first search), the
 * index of each one's parent, and a seen-set of indices by open addressing.
 *
 * A slot of the seen-set is one 32-bit word: its low bits are the state's index plus 1 (0 is empty), the others are those bits of the
 * state's hash that the slot's place does not already say. A state is equal to another only when all its words are.
 */

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

/** Slots of the seen-set at first, while little memory is allowed, and at most: a typed array of Node 20 ends at 4 GiB. Powers of two. */
const firstSlots = 18;
const fewestSlots = 12;
const mostSlots = 30;
/** Below this a table that is full grows by four: filling it again costs more than the room. */
const smallTable = 1 << 24;

/** The states found so far. The words of a state start at `index * width` in the arena. */
export class Visited {
  readonly width: number;
  readonly maxBytes: number;
  count = 0;
  arena: Int32Array;
  parents: Int32Array;
  table: Int32Array;
  readonly code: Lookup;

  /**
   * @param width 32-bit words a state.
   * @param maxBytes limit on arena, parents and table together.
   */
  constructor(width: number, maxBytes: number) {
    this.width = width;
    this.maxBytes = maxBytes;
    // Pages that nobody touches cost nothing, so the beginning is large unless little is allowed in all.
    let slots = 2 ** firstSlots;
    while (slots > 2 ** fewestSlots && (slots / 2) * (width + 3) * 4 > maxBytes / 4) slots /= 2;
    this.arena = new Int32Array((slots / 2) * width);
    this.parents = new Int32Array(slots / 2);
    this.table = new Int32Array(slots);
    this.code = lookup(width);
  }

  /** Bytes held by all structures. */
  get bytes(): number {
    return this.arena.byteLength + this.parents.byteLength + this.table.byteLength;
  }

  /** Takes over the states of another time, with as much room as there was then. */
  restore(words: Int32Array, parents: Int32Array, rows: number, slots: number): void {
    this.arena = grown(words, rows * this.width);
    this.parents = grown(parents, rows);
    this.table = new Int32Array(slots);
    this.count = parents.length;
    this.code.rebuild(this, this.table);
  }

  /** Adds the new ones of a batch in order and empties it. Returns false, adding nothing, when that could take too much memory. */
  insert(batch: Batch): boolean {
    if (!this.reserve(this.count + batch.length)) return false;
    this.code.insert(this, batch);
    batch.length = 0;
    return true;
  }

  /** The index of a state, or -1 when it has not been found. */
  find(words: Int32Array): number {
    return this.code.find(this, words);
  }

  /** Makes room for so many states in all. While a part grows, its old and its new copy live together. */
  reserve(states: number): boolean {
    if (this.bytes > this.maxBytes) return false;
    const rows = this.parents.length;
    if (states > rows) {
      const own = (this.width + 1) * 4;
      const left = Math.floor((this.maxBytes - this.bytes) / own);
      const wanted = Math.min(rows * 2, left, Math.floor(0xffffffff / (4 * this.width)));
      if (wanted < states) return false;
      this.arena = grown(this.arena, wanted * this.width);
      this.parents = grown(this.parents, wanted);
    }
    if (states > this.table.length * 0.72) {
      const slots = this.table.length * (this.table.length < smallTable && this.bytes < this.maxBytes / 8 ? 4 : 2);
      if (slots > 2 ** mostSlots || this.bytes + slots * 4 > this.maxBytes) return false;
      const table = new Int32Array(slots);
      this.code.rebuild(this, table);
      this.table = table;
    }
    return true;
  }
}

function grown(old: Int32Array, length: number): Int32Array {
  const made = new Int32Array(length);
  made.set(old);
  return made;
}

interface Lookup {
  insert(visited: Visited, batch: Batch): void;
  find(visited: Visited, words: Int32Array): number;
  /** Fills a larger, empty table from the arena. */
  rebuild(visited: Visited, table: Int32Array): void;
}

/** Odd, without structure: a state's hash is the mixed sum of its words, each times its own factor. */
const factors = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1, 0xd3a2646d, 0xfd7046c5, 0xb55a4f09];

/** The factor of a word. */
function factor(word: number): number {
  return Math.imul(factors[word % factors.length] as number, 2 * Math.floor(word / factors.length) + 1);
}

/** Places for the successors seen last, as a power of two: those of neighbours in the queue have many in common. */
const recentBits = 14;

/** The loops for states of one width, with hash, comparison and copy written out. */
function lookup(width: number): Lookup {
  const words = Array.from({ length: width }, (_, i) => i);
  const hashOf = (array: string, at: string) =>
    `mix(${words.reduce((sum, i) => `((${sum} + Math.imul(${array}[${at} + ${i}], ${factor(i)})) | 0)`, '0')})`;
  const same = words.map((i) => `arena[row + ${i}] === words[from + ${i}]`).join(' && ');
  const copy = words.map((i) => `arena[to + ${i}] = words[from + ${i}];`).join(' ');
  return new Function(`
    const places = new Int32Array(${batchSize + 1}), hashes = new Int32Array(${batchSize + 1}), entries = new Int32Array(${batchSize + 1});
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
    function insert(visited, batch) {
      const { arena, table, parents } = visited;
      const { words, parents: from_ } = batch;
      const mask = table.length - 1, tag = ~mask;
      const fresh = leaveOutRecent(batch);
      // Independent loads, whose misses overlap.
      for (let i = 0; i < fresh; i++) entries[i] = table[hashes[i] & mask];
      // Most of them are known, and in the first place looked at.
      let left = 0;
      for (let i = 0; i < fresh; i++) {
        const entry = entries[i], hash = hashes[i], place = places[i];
        if (entry !== 0 && ((entry ^ hash) & tag) === 0) {
          const row = ((entry & mask) - 1) * ${width}, from = place * ${width};
          if (${same}) continue;
        }
        places[left] = place;
        hashes[left++] = hash;
      }
      // The others in full, in the order in which they were generated.
      let count = visited.count;
      next: for (let i = 0; i < left; i++) {
        const hash = hashes[i], from = places[i] * ${width};
        let slot = hash & mask;
        for (let entry = table[slot]; entry !== 0; entry = table[slot]) {
          if (((entry ^ hash) & tag) === 0) {
            const row = ((entry & mask) - 1) * ${width};
            if (${same}) continue next;
          }
          slot = (slot + 1) & mask;
        }
        const to = count * ${width};
        ${copy}
        parents[count] = from_[places[i]];
        table[slot] = (hash & tag) | ++count;
      }
      visited.count = count;
    }
    function find({ arena, table }, words) {
      const mask = table.length - 1, from = 0, hash = ${hashOf('words', 'from')};
      for (let slot = hash & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
        const row = ((table[slot] & mask) - 1) * ${width};
        if (${same}) return (table[slot] & mask) - 1;
      }
      return -1;
    }
    function rebuild(visited, table) {
      const { arena, count } = visited, mask = table.length - 1;
      for (let at = 0, from = 0; at < count; at++, from += ${width}) {
        const hash = ${hashOf('arena', 'from')};
        let slot = hash & mask;
        while (table[slot] !== 0) slot = (slot + 1) & mask;
        table[slot] = (hash & ~mask) | (at + 1);
      }
    }
    return { insert, find, rebuild };
  `)() as Lookup;
}
