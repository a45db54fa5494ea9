/**
 * Store buffers: what a CPU has stored and others do not see yet. Under `tso` a CPU's stores become visible in their order; under `pso`
 * those to different locations may pass each other. Each thread is one CPU. Under `sc` there are none.
 */
import { type LeafPart, leavesOf, type Part, type StructPart } from './parts.ts';
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
  readonly locationOf: ReadonlyMap<LeafPart, number>;
  /** The buffers themselves, as a part of the state. */
  readonly part: StructPart;
  /** Their leaves: for each thread, whether its next store is fenced, then for each slot the location plus 1, the value, and whether it is fenced. */
  readonly cells: readonly LeafPart[];
}

/** Leaves of a slot, and leaves of a thread before its slots. */
const slotCells = 3;
const headCells = 1;

/** Plans the buffers of a state. Its locks are locations too: releasing one is a store. */
export function planBuffers(
  order: MemoryOrder,
  depth: number,
  threads: readonly string[],
  fields: Readonly<Record<string, Part>>,
): BufferPlan {
  const parts = Object.values(fields);
  const locks = parts.flatMap((part) => (part.kind === 'lock' ? [part.owner] : []));
  const locations = [...parts.flatMap((part) => [...leavesOf(part)]).filter(({ memory }) => memory), ...locks];
  const low = Math.min(0, ...locations.map((leaf) => leaf.low));
  const high = Math.max(1, ...locations.map((leaf) => leaf.high));
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
  return { order, depth, threads, locations, locationOf, part, cells: [...leavesOf(part)] };
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
  /** The location that the step which runs has used; -1 for none yet. */
  used = -1;
  /** Whether it has put a store into the buffer. */
  stored = false;
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
    this.atomic = false;
  }

  /** What the running thread reads: its own last store to the location that others do not see yet, else memory. */
  load(location: number): number {
    const { thread } = running;
    if (thread >= 0) this.use(location);
    const { cells, plan, atomic } = this;
    if (thread < 0 || atomic) return cells.location(location);
    for (let slot = plan.depth - 1; slot >= 0; slot--) {
      const at = this.slot(thread, slot);
      if (cells.cell(at) === location + 1) return cells.cell(at + 1);
    }
    return cells.location(location);
  }

  /** Puts a store of the running thread into its buffer; the step waits while that is full. */
  store(location: number, value: number): void {
    const { thread } = running;
    if (thread < 0 || this.atomic) this.cells.setLocation(location, value);
    else {
      this.use(location);
      this.stored = true;
      this.push(thread, location, value);
    }
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
    cells.setLocation(location - 1, cells.cell(at + 1));
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
        const leaf = plan.locations[cells.cell(at) - 1];
        if (leaf === undefined) return false;
        if (leaves.includes(leaf) || (leaf.set?.name === set && cells.cell(at + 1) === member)) return true;
      }
      return false;
    });
  }

  /** A step makes one access: two would be a snapshot of two places, which no CPU takes. An exchange that is none loads and stores. */
  use(location: number): void {
    if (this.used >= 0 && !(running.inert && this.used === location)) {
      const [a, b] = [this.used, location].map((at) => (this.plan.locations[at] as LeafPart).path);
      throw new StepFailure(
        'throws',
        `makes two accesses to memory, ${a} and ${b}; under ${this.plan.order} a step makes at most one: make it two steps`,
      );
    }
    this.used = location;
  }

  head(thread: number): number {
    return thread * (headCells + slotCells * this.plan.depth);
  }

  slot(thread: number, slot: number): number {
    return this.head(thread) + headCells + slotCells * slot;
  }
}
