/**
 * Store buffers: what a CPU has stored and others do not see yet. Under `tso` a CPU's stores become visible in their order; under `pso`
 * those to different locations may pass each other. Each thread is one CPU. Under `sc` there are none.
 */
import { type LeafPart, leavesOf, type Part, type StructPart, type ThreadPart } from './parts.ts';
import { running, StepFailure } from './running.ts';

/** In which order a CPU's stores become visible: as executed (`sc`), through a FIFO (`tso`), or through one FIFO a location (`pso`). */
export type MemoryOrder = 'sc' | 'tso' | 'pso';

/** The orders, as data. */
export const memoryOrders = ['sc', 'tso', 'pso'] as const satisfies readonly MemoryOrder[];

/** The field of the state that holds the buffers, and the bound of how many stores each holds. */
export const storeBuffer = 'store_buffer';

/** How many stores a buffer holds when no bound is given. */
export const defaultDepth = 2;

/** Where the store buffers of an instance are. */
export interface BufferPlan {
  readonly order: MemoryOrder;
  /** Stores that each buffer holds; a store to a full one waits. */
  readonly depth: number;
  readonly threads: readonly string[];
  /** Every leaf that can be stored to through a buffer, by its number; locks come last. */
  readonly locations: readonly LeafPart[];
  /** By the number of a leaf, those of all leaves of the word that it is in; most are a word of their own. A word goes by its first leaf. */
  readonly words: readonly (readonly [number, ...number[]])[];
  /** By the number of a leaf, the one thread that stores there; -1 where any may. */
  readonly writerOf: readonly number[];
  readonly locationOf: ReadonlyMap<LeafPart, number>;
  /** The buffers themselves, as a part of the state. */
  readonly part: StructPart;
  /** Their leaves: for each thread, whether its next store is fenced, then for each slot the location plus 1, the value, and whether it is fenced. */
  readonly cells: readonly LeafPart[];
}

/** Leaves of a slot, and leaves of a thread before its slots. */
const slotCells = 3;
const headCells = 1;

/**
 * Plans the buffers of a state. Its locks are locations too: releasing one is a store.
 * @throws Error when a writer is not one thread, or a word has none.
 */
export function planBuffers(
  order: MemoryOrder,
  depth: number,
  place: string,
  threadParts: readonly ThreadPart[],
  fields: Readonly<Record<string, Part>>,
): BufferPlan {
  const parts = Object.values(fields);
  const locks = parts.flatMap((part) => (part.kind === 'lock' ? [part.owner] : []));
  const locations = [...parts.flatMap((part) => [...leavesOf(part)]).filter(({ memory }) => memory), ...locks];
  const threads = threadParts.map(({ path }) => path);
  const words = locations.map(({ word }, own): readonly [number, ...number[]] => {
    if (word === undefined) return [own];
    return locations.flatMap((other, at) => (other.word === word ? [at] : [])) as [number, ...number[]];
  });
  const writerOf = locations.map((leaf) => writerOfLeaf(place, leaf, threadParts));
  const low = Math.min(0, ...locations.map((leaf) => leaf.low));
  const high = Math.max(1, ...words.map((word) => largestIn(word.map((at) => locations[at] as LeafPart))));
  const cell = (path: string, type: 'upTo' | 'bit', least: number, most: number): LeafPart => ({
    kind: 'leaf',
    type,
    path,
    low: least,
    high: most,
    local: false,
    names: [],
    set: undefined,
    memory: false,
  });
  const slot = (path: string): StructPart => ({
    kind: 'struct',
    path,
    fields: {
      location: cell(`${path}.location`, 'upTo', 0, locations.length),
      value: cell(`${path}.value`, 'upTo', low, high),
      fenced: cell(`${path}.fenced`, 'bit', 0, 1),
    },
  });
  const buffer = (path: string): StructPart => ({
    kind: 'struct',
    path,
    fields: {
      fenced: cell(`${path}.fenced`, 'bit', 0, 1),
      ...Object.fromEntries(Array.from({ length: depth }, (_, i) => [`slot${i}`, slot(`${path}.slot${i}`)])),
    },
  });
  const part: StructPart = {
    kind: 'struct',
    path: storeBuffer,
    fields: Object.fromEntries(threads.map((thread) => [thread, buffer(`${storeBuffer}.${thread}`)])),
  };
  const locationOf = new Map(locations.map((leaf, i) => [leaf, i]));
  const cells = [...leavesOf(part)];
  return { order, depth, threads, locations, words, writerOf, locationOf, part, cells };
}

/** The largest value of a word: several leaves are the digits of a number, the first one the lowest. */
function largestIn(word: readonly LeafPart[]): number {
  if (word.length === 1) return (word[0] as LeafPart).high;
  return word.reduce((size, { low, high }) => size * (high - low + 1), 1) - 1;
}

/** The value of a leaf in the value of its word. */
export function fieldOf({ locations, words }: BufferPlan, location: number, value: number): number {
  const word = words[location] as readonly number[];
  if (word.length === 1) return value;
  let rest = value;
  for (const at of word) {
    const { low, high } = locations[at] as LeafPart;
    const size = high - low + 1;
    if (at === location) return low + (rest % size);
    rest = Math.floor(rest / size);
  }
  throw new Error('[notation bug] a leaf is not in its word');
}

/** The number of the one thread that stores to a leaf; -1 where any may. */
function writerOfLeaf(place: string, { path, writer, word }: LeafPart, threads: readonly ThreadPart[]): number {
  if (writer === undefined) {
    if (word === undefined) return -1;
    throw new Error(`${place}: ${path} is in a word without a writer; say which thread stores to it`);
  }
  const own = threads.filter(({ row }) => row === writer);
  if (own.length === 1) return (own[0] as ThreadPart).number;
  throw new Error(
    `${place}: ${path} is stored to by ${writer}, of which there are ${own.length}; under a memory order there is to be one`,
  );
}

/** Whether everything that any thread has stored is visible to all; true under `sc`. */
export function drained(state: unknown): boolean {
  const buffers = (state as { [buffersOf]?: StoreBuffers })[buffersOf];
  return buffers === undefined || buffers.plan.threads.every((_, thread) => buffers.empty(thread));
}

/** The values of leaves as integers, in one state: locations by number, and the buffers' own cells by number. */
export interface Cells {
  location(at: number): number;
  setLocation(at: number, value: number): void;
  cell(at: number): number;
  setCell(at: number, value: number): void;
}

/** The key under which the view of a state that has store buffers carries them. */
export const buffersOf: unique symbol = Symbol.for('mmucheck.buffers') as never;

/** The store buffers of the state that stands in `cells`. Threads go by number; a negative one (the hardware, a claim) has no buffer. */
export class StoreBuffers {
  readonly plan: BufferPlan;
  readonly cells: Cells;
  /** Whether the step that runs has to wait for its buffer: it is then not enabled, whatever it did. */
  stalled = false;
  /** The word that the step which runs has accessed; -1 for none yet. */
  used = -1;
  /** Whether it has put a store into the buffer. */
  stored = false;
  /** Whether a step has run: what is stored before is an initial state. */
  begun = false;
  /** Whether the step is inside an atomic instruction, which has waited for the buffer and works on memory. */
  atomic = false;

  constructor(plan: BufferPlan, cells: Cells) {
    this.plan = plan;
    this.cells = cells;
  }

  /** Called before each step. */
  begin(): void {
    this.stalled = false;
    this.used = -1;
    this.stored = false;
    this.begun = true;
    this.atomic = false;
  }

  /** What the running thread reads: its own last store to the location that others do not see yet, else memory. */
  load(location: number): number {
    const { thread } = running;
    const { cells, plan, atomic } = this;
    const word = this.word(location);
    if (thread >= 0 && plan.writerOf[location] !== thread) this.use(word);
    if (thread < 0 || atomic) return cells.location(location);
    const at = this.lastTo(thread, word);
    return at < 0 ? cells.location(location) : fieldOf(plan, location, cells.cell(at + 1));
  }

  /** The cells of the thread's last store to a word that others do not see yet; -1 when there is none. */
  lastTo(thread: number, word: number): number {
    for (let slot = this.plan.depth - 1; slot >= 0; slot--) {
      const at = this.slot(thread, slot);
      if (this.cells.cell(at) === word + 1) return at;
    }
    return -1;
  }

  /** The value of a word in which one leaf gets a value, and the others keep what `valueOf` says. */
  packed(location: number, value: number, valueOf: (location: number) => number): number {
    const { locations, words } = this.plan;
    const word = words[location] as readonly number[];
    if (word.length === 1) return value;
    return word.reduceRight((number, at) => {
      const { low, high } = locations[at] as LeafPart;
      return number * (high - low + 1) + (at === location ? value : valueOf(at)) - low;
    }, 0);
  }

  /** Puts a store of the running thread into its buffer; the step waits while that is full. */
  store(location: number, value: number): void {
    const { thread } = running;
    const { cells, plan } = this;
    const word = this.word(location);
    if (plan.writerOf[location] !== -1 && plan.writerOf[location] !== thread && this.begun) this.refuse(location);
    if (thread < 0 || this.atomic) {
      cells.setLocation(location, value);
      return;
    }
    const at = this.lastTo(thread, word);
    const packed = this.packed(location, value, (each) =>
      at < 0 ? cells.location(each) : fieldOf(plan, each, cells.cell(at + 1)),
    );
    if (this.stored && this.used === word && this.hasFields(word)) {
      if (!this.stalled) cells.setCell(at + 1, packed);
      return;
    }
    this.use(word);
    this.stored = true;
    this.push(thread, word, packed);
  }

  refuse(location: number): never {
    const { path, writer } = this.plan.locations[location] as LeafPart;
    throw new StepFailure('throws', `stores to ${path}, to which only ${writer} stores`);
  }

  /** Releases a lock: a store that no earlier one is overtaken by. Returns false when the buffer is full. */
  release(thread: number, owner: LeafPart): boolean {
    this.fence(thread);
    this.push(thread, this.plan.locationOf.get(owner) as number, 0);
    return !this.stalled;
  }

  push(thread: number, location: number, value: number): void {
    const { cells, plan } = this;
    for (let slot = 0; slot < plan.depth; slot++) {
      const at = this.slot(thread, slot);
      if (cells.cell(at) !== 0) continue;
      const head = this.head(thread);
      cells.setCell(at, location + 1);
      cells.setCell(at + 1, value);
      cells.setCell(at + 2, cells.cell(head));
      cells.setCell(head, 0);
      return;
    }
    this.stalled = true;
  }

  /** Makes a store visible: the one in the slot, when no earlier one has to be visible first. Returns whether it did. */
  commit(thread: number, slot: number): boolean {
    const { cells, plan } = this;
    const at = this.slot(thread, slot);
    const location = cells.cell(at);
    if (location === 0) return false;
    for (let earlier = 0; earlier < slot; earlier++) {
      const fenced = cells.cell(this.slot(thread, earlier + 1) + 2) === 1;
      if (plan.order === 'tso' || fenced || cells.cell(this.slot(thread, earlier)) === location) return false;
    }
    for (const leaf of plan.words[location - 1] as readonly number[])
      cells.setLocation(leaf, fieldOf(plan, leaf, cells.cell(at + 1)));
    for (let to = at; to < this.slot(thread, plan.depth); to++)
      cells.setCell(to, to + slotCells < this.slot(thread, plan.depth) ? cells.cell(to + slotCells) : 0);
    // Nothing stands before the first one any more, nor before whatever comes next when the buffer is empty.
    cells.setCell(this.slot(thread, 0) + 2, 0);
    if (this.empty(thread)) cells.setCell(this.head(thread), 0);
    return true;
  }

  /** Whether everything that the thread has stored is visible. */
  empty(thread: number): boolean {
    return this.cells.cell(this.slot(thread, 0)) === 0;
  }

  /** The running thread goes on only when everything it has stored is visible. */
  await(): void {
    if (running.thread < 0 || this.empty(running.thread)) return;
    if (this.stored)
      throw new StepFailure(
        'throws',
        'waits in the step that makes a store until that store is visible; make it two steps',
      );
    this.stalled = true;
  }

  /** No later store of the thread becomes visible before those it has made. */
  fence(thread: number): void {
    if (this.plan.order === 'pso' && thread >= 0 && !this.empty(thread)) this.cells.setCell(this.head(thread), 1);
  }

  /** Whether a store that waits in some buffer is to one of these leaves, or of this member of a set. */
  mentions(set: string, member: number, leaves: readonly LeafPart[]): boolean {
    const { plan, cells } = this;
    return plan.threads.some((_, thread) => {
      for (let slot = 0; slot < plan.depth; slot++) {
        const at = this.slot(thread, slot);
        const stored = plan.words[cells.cell(at) - 1];
        if (stored === undefined) return false;
        for (const each of stored) {
          const leaf = plan.locations[each] as LeafPart;
          if (leaves.includes(leaf)) return true;
          if (leaf.set?.name === set && fieldOf(plan, each, cells.cell(at + 1)) === member) return true;
        }
      }
      return false;
    });
  }

  /**
   * A step makes one access: two would be a snapshot of two places, which no CPU takes. The fields of a word are one place, and an exchange
   * that is none loads and stores.
   */
  use(location: number): void {
    if (this.used >= 0 && !(this.used === location && (running.inert || this.hasFields(location)))) {
      const [a, b] = [this.used, location].map((at) => (this.plan.locations[at] as LeafPart).path);
      throw new StepFailure(
        'throws',
        `makes two accesses to memory, ${a} and ${b}; under ${this.plan.order} a step makes at most one: make it two steps`,
      );
    }
    this.used = location;
  }

  word(location: number): number {
    return (this.plan.words[location] as readonly [number, ...number[]])[0];
  }

  hasFields(word: number): boolean {
    return (this.plan.words[word] as readonly number[]).length > 1;
  }

  head(thread: number): number {
    return thread * (headCells + slotCells * this.plan.depth);
  }

  slot(thread: number, slot: number): number {
    return this.head(thread) + headCells + slotCells * slot;
  }
}
