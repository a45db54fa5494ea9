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
 * A successor takes words + 1 places of `batch`: its words and the number of its parent.
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

/** Successors looked up together: enough for their cache misses to overlap, few enough to stay in the L2 cache. */
const batchSize = 1024;
/** Room for the successors of the one state that makes a batch full. */
const mostSuccessors = 64;
/** 2^14 places for the successors generated last. */
const recentBits = 14;

// memory that is not touched costs nothing: the arena starts large and grows by four
const firstCapacity = 1 << 22;
const firstBits = 21;
const mostBits = 28;

// odd, without structure: a sum of products; its high end chooses the slot
const factor0 = 0x9e3779b1 | 0;
const factor1 = 0x85ebca77 | 0;
const factor2 = 0xc2b2ae3d | 0;
const factor3 = 0x27d4eb2f | 0;
const finalFactor = 0x2c1b3c6d;

/**
 * Searches breadth first from the state of all zeros.
 *
 * The seen-set is open addressing over one 32-bit word a slot: the low `bits` bits are the state's number + 1 (0: empty), the
 * others the tag, which is what the place of the home slot does not already say of the hash. A slot costs four bytes, and an
 * entry of another state leads to the arena in vain once in 2^(32 - bits) times. States are compared in full.
 *
 * @param words 32-bit words a state, 2 or 4.
 * @param expand Expands states from `cursor` on until `batchFull` is reached or none is left; checks the invariants of
 *   each and throws if one is false. Every state comes by exactly once.
 * @throws When there are more than 2^27 states.
 */
export function breadthFirst(words: 2 | 4, expand: (frontier: Frontier) => void): BaselineResult {
  const wide = words === 4;
  const stride = words + 1;
  let capacity = firstCapacity;
  let bits = firstBits;
  let parent = new Int32Array(capacity);
  let table = new Int32Array(0);
  const recent = new Int32Array(words << recentBits);
  // of each successor of the batch that is still to be looked up: its place in the batch, its hash, what its slot holds
  const places = new Int32Array(batchSize + mostSuccessors);
  const hashes = new Int32Array(batchSize + mostSuccessors);
  const candidates = new Int32Array(batchSize + mostSuccessors);
  const frontier: Frontier = {
    arena: new Int32Array(capacity * words),
    states: 1,
    cursor: 0,
    transitions: 0,
    batch: new Int32Array((batchSize + mostSuccessors) * stride),
    filled: 0,
    batchFull: batchSize * stride,
  };

  /**
   * Drops the successors that were generated a moment ago: neighbours in the queue have many in common. A place of `recent`
   * holds the last successor with its hash; an empty place equals the initial state, which is known.
   */
  function dropRepeated(): number {
    const { batch, filled } = frontier;
    let left = 0;
    for (let o = 0; o < filled; o += stride) {
      const hash = hashOf(wide, batch, o);
      const at = (hash >>> (32 - recentBits)) * words;
      const difference = differenceOf(wide, recent, at, batch, o);
      copy(wide, recent, at, batch, o);
      places[left] = o;
      hashes[left] = hash;
      left += (difference | -difference) >>> 31;
    }
    return left;
  }

  /**
   * Reads the home slot of each successor and takes no branch on it: the loads are independent, so their misses overlap.
   * What is left of the slot is the number + 1 of a state if the tags agree, and otherwise something larger.
   */
  function touch(left: number): void {
    const slots = table;
    const width = bits;
    for (let i = 0; i < left; i++) {
      const hash = hashes[i];
      candidates[i] = slots[hash >>> (32 - width)] ^ (hash << width);
    }
  }

  /** Drops the successors that are equal to their candidate, most of the known ones; again without a branch. */
  function dropKnown(touched: number): number {
    const { arena, batch } = frontier;
    const most = frontier.states;
    let left = 0;
    for (let i = 0; i < touched; i++) {
      const state = candidates[i] - 1;
      // all ones for the number of a state; what is none is compared with the initial state
      const isState = ((state - most) & ~state) >> 31;
      const o = places[i];
      const difference = differenceOf(wide, arena, (state & isState) * words, batch, o);
      places[left] = o;
      hashes[left] = hashes[i];
      left += (difference | -difference) >>> 31;
    }
    return left;
  }

  /** Looks the others up in full and appends the new ones, in the order they were generated. */
  function insert(left: number): void {
    const { arena, batch } = frontier;
    const slots = table;
    const parents = parent;
    const width = bits;
    const last = slots.length - 1;
    let { states } = frontier;
    next: for (let i = 0; i < left; i++) {
      const o = places[i];
      const hash = hashes[i];
      const tag = hash << width;
      let slot = hash >>> (32 - width);
      for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
        const other = entry ^ tag;
        if (other >>> width === 0 && same(wide, arena, (other - 1) * words, batch, o)) continue next;
        slot = (slot + 1) & last;
      }
      copy(wide, arena, states * words, batch, o);
      parents[states] = batch[o + words];
      states++;
      slots[slot] = tag | states;
    }
    frontier.states = states;
  }

  /** Makes room for a whole batch, so that `insert` need not look. */
  function grow(): void {
    const needed = frontier.states + batchSize + mostSuccessors;
    if (needed > capacity) {
      capacity *= 4;
      frontier.arena = enlarged(frontier.arena, capacity * words);
      parent = enlarged(parent, capacity);
    }
    if (needed > 1 << (bits - 1)) {
      if (bits === mostBits)
        throw new Error(`the baseline stops at ${1 << (mostBits - 1)} states: take smaller bounds`);
      bits++;
      table = rebuilt(frontier.arena, frontier.states, bits, words);
    }
  }

  const start = performance.now();
  table = rebuilt(frontier.arena, frontier.states, bits, words);
  while (frontier.cursor < frontier.states) {
    grow();
    expand(frontier);
    const distinct = dropRepeated();
    touch(distinct);
    insert(dropKnown(distinct));
  }
  const seconds = (performance.now() - start) / 1000;

  // the last state found is as deep as any
  let depth = 1;
  for (let state = frontier.states - 1; state > 0; state = parent[state]) depth++;
  return { states: frontier.states, transitions: frontier.transitions, depth, seconds };
}

function hashOf(wide: boolean, from: Int32Array, at: number): number {
  let sum = (Math.imul(from[at], factor0) + Math.imul(from[at + 1], factor1)) | 0;
  if (wide) sum = (sum + Math.imul(from[at + 2], factor2) + Math.imul(from[at + 3], factor3)) | 0;
  return Math.imul(sum ^ (sum >>> 16), finalFactor);
}

function differenceOf(wide: boolean, one: Int32Array, at: number, other: Int32Array, o: number): number {
  const difference = (one[at] ^ other[o]) | (one[at + 1] ^ other[o + 1]);
  return wide ? difference | (one[at + 2] ^ other[o + 2]) | (one[at + 3] ^ other[o + 3]) : difference;
}

function same(wide: boolean, one: Int32Array, at: number, other: Int32Array, o: number): boolean {
  return (
    one[at] === other[o] &&
    one[at + 1] === other[o + 1] &&
    (!wide || (one[at + 2] === other[o + 2] && one[at + 3] === other[o + 3]))
  );
}

function copy(wide: boolean, to: Int32Array, at: number, from: Int32Array, o: number): void {
  to[at] = from[o];
  to[at + 1] = from[o + 1];
  if (wide) {
    to[at + 2] = from[o + 2];
    to[at + 3] = from[o + 3];
  }
}

function enlarged(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}

/** The seen-set of the first `states` states of the arena, with 2^bits slots. All are distinct: nothing is compared. */
function rebuilt(arena: Int32Array, states: number, bits: number, words: number): Int32Array<ArrayBuffer> {
  const table = new Int32Array(1 << bits);
  const last = table.length - 1;
  for (let state = 0; state < states; state++) {
    const hash = hashOf(words === 4, arena, state * words);
    let slot = hash >>> (32 - bits);
    while (table[slot] !== 0) slot = (slot + 1) & last;
    table[slot] = (hash << bits) | (state + 1);
  }
  return table;
}
