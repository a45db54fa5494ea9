/** What the three hand-written searches share: the queue of packed states, the set of those seen, and the order of work. */

export interface BaselineResult {
  /** Distinct states, the initial one included. */
  states: number;
  /** Fired transitions: one for every state and action enabled in it, known successors and self-loops included. */
  transitions: number;
  /** Number of states on the longest shortest path from the initial state. */
  depth: number;
  /** Wall time of the search alone. */
  seconds: number;
}

/**
 * What a model's `expand` works on. A state is `words` 32-bit words of `arena`; state number s starts at s * words.
 * A successor takes 2 * words places of `batch`: its words, one place for its hash, the number of its parent, padding.
 */
export interface Frontier {
  arena: Int32Array;
  /** How many states there are; they are stored in breadth-first order, so `arena` is the queue as well. */
  states: number;
  /** The first state not yet expanded: `expand` moves it on. */
  cursor: number;
  /** Added to by `expand`. */
  transitions: number;
  readonly batch: Int32Array;
  /** Places of `batch` in use: `expand` starts at 0, sets it at its end, and takes no further state from `batchFull` on. */
  filled: number;
  readonly batchFull: number;
}

/** Successors looked up together. Large enough for their cache misses to overlap, small enough to stay in the L2 cache. */
const batchSize = 1024;
/** Room for the successors of the one state that makes a batch full. */
export const mostSuccessors = 64;

const initialBits = 20;
const mostBits = 28;

// odd, without structure: a state's hash is the high end of a sum of products
const factor0 = 0x9e3779b1 | 0;
const factor1 = 0x85ebca77 | 0;
const factor2 = 0xc2b2ae3d | 0;
const factor3 = 0x27d4eb2f | 0;
const finalFactor = 0x2c1b3c6d;

/**
 * Searches breadth first from the state of all zeros.
 *
 * The seen-set is open addressing over one 32-bit word a slot: the low `bits` bits are the state's number + 1 (0: empty), the
 * others what the slot's place does not already say of the hash. So no lookup reads the arena in vain more often than once
 * in 2^(32 - bits), and a slot costs four bytes.
 *
 * @param words 32-bit words a state, 2 or 4.
 * @param expand Expands states from `cursor` on until `batchFull` is reached or none is left; checks the invariants of
 *   each and throws if one is false. Every state comes by exactly once.
 * @throws When there are more than 2^27 states.
 */
export function breadthFirst(words: 2 | 4, expand: (frontier: Frontier) => void): BaselineResult {
  const wide = words === 4;
  const stride = 2 * words;
  let capacity = 1 << initialBits;
  let bits = initialBits;
  let parent = new Int32Array(capacity);
  let table = new Int32Array(1 << bits);
  const pending = new Int32Array(batchSize + mostSuccessors);
  const frontier: Frontier = {
    arena: new Int32Array(capacity * words),
    states: 1,
    cursor: 0,
    transitions: 0,
    batch: new Int32Array((batchSize + mostSuccessors) * stride),
    filled: 0,
    batchFull: batchSize * stride,
  };

  /** Reads the home slot of each successor and does nothing with it yet: independent loads, so their misses overlap. */
  function touch(): void {
    const { batch, filled } = frontier;
    const slots = table;
    const shift = 32 - bits;
    for (let o = 0, i = 0; o < filled; o += stride, i++) {
      const hash = hashOf(wide, batch, o);
      batch[o + words] = hash;
      pending[i] = slots[hash >>> shift];
    }
  }

  /** Drops the successors that their home slot names: nine in ten of the known ones. Returns how many are left in `pending`. */
  function dropKnown(): number {
    const { arena, batch, filled } = frontier;
    const width = bits;
    const places = (1 << width) - 1;
    let left = 0;
    for (let o = 0, i = 0; o < filled; o += stride, i++) {
      const entry = pending[i];
      const other = entry ^ (batch[o + words] << width);
      if (entry !== 0 && (other & ~places) === 0 && same(wide, arena, (other - 1) * words, batch, o)) continue;
      pending[left++] = o;
    }
    return left;
  }

  /** Looks the others up in full and appends the new ones, in the order they were generated. */
  function insert(left: number): void {
    const { arena, batch } = frontier;
    const slots = table;
    const parents = parent;
    const width = bits;
    const shift = 32 - width;
    const places = (1 << width) - 1;
    let { states } = frontier;
    next: for (let i = 0; i < left; i++) {
      const o = pending[i];
      const hash = batch[o + words];
      const tag = hash << width;
      let slot = hash >>> shift;
      for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
        const other = entry ^ tag;
        if ((other & ~places) === 0 && same(wide, arena, (other - 1) * words, batch, o)) continue next;
        slot = (slot + 1) & places;
      }
      const at = states * words;
      arena[at] = batch[o];
      arena[at + 1] = batch[o + 1];
      if (wide) {
        arena[at + 2] = batch[o + 2];
        arena[at + 3] = batch[o + 3];
      }
      parents[states] = batch[o + words + 1];
      states++;
      slots[slot] = tag | states;
    }
    frontier.states = states;
  }

  /** Makes room for a whole batch, so that `insert` need not look. */
  function grow(): void {
    const needed = frontier.states + batchSize + mostSuccessors;
    if (needed > capacity) {
      capacity *= 2;
      frontier.arena = enlarged(frontier.arena, capacity * words);
      parent = enlarged(parent, capacity);
    }
    if (needed > 1 << (bits - 1)) {
      if (bits === mostBits) throw new Error(`the baseline stops at ${1 << (mostBits - 1)} states: take smaller bounds`);
      bits++;
      table = rebuilt(frontier.arena, frontier.states, bits, words);
    }
  }

  const start = performance.now();
  table = rebuilt(frontier.arena, frontier.states, bits, words);
  while (frontier.cursor < frontier.states) {
    grow();
    expand(frontier);
    touch();
    insert(dropKnown());
  }
  const seconds = (performance.now() - start) / 1000;

  // the last state found is as deep as any
  let depth = 1;
  for (let state = frontier.states - 1; state > 0; state = parent[state]) depth++;
  return { states: frontier.states, transitions: frontier.transitions, depth, seconds };
}

function hashOf(wide: boolean, from: Int32Array, at: number): number {
  let sum = Math.imul(from[at], factor0) + Math.imul(from[at + 1], factor1);
  if (wide) sum += Math.imul(from[at + 2], factor2) + Math.imul(from[at + 3], factor3);
  return Math.imul(sum ^ (sum >>> 16), finalFactor);
}

function same(wide: boolean, arena: Int32Array, at: number, batch: Int32Array, o: number): boolean {
  return (
    arena[at] === batch[o] &&
    arena[at + 1] === batch[o + 1] &&
    (!wide || (arena[at + 2] === batch[o + 2] && arena[at + 3] === batch[o + 3]))
  );
}

function enlarged(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}

/** The seen-set of the first `states` states of the arena, with 2^bits slots. All are distinct: nothing is compared. */
function rebuilt(arena: Int32Array, states: number, bits: number, words: number): Int32Array<ArrayBuffer> {
  const table = new Int32Array(1 << bits);
  const places = table.length - 1;
  for (let state = 0; state < states; state++) {
    const hash = hashOf(words === 4, arena, state * words);
    let slot = hash >>> (32 - bits);
    while (table[slot] !== 0) slot = (slot + 1) & places;
    table[slot] = (hash << bits) | (state + 1);
  }
  return table;
}
