/** What a trace has told so far of slots, rmaps, SPTEs and caches, for the rules that put events beside each other. */
import type { TraceEvent } from '../events.ts';
import type { PteLists } from '../pte-lists.ts';
import { readSetSlot } from '../slots.ts';
import { hex } from './ledger.ts';

export const PT_PRESENT_MASK = 1n << 0n;
export const PT_WRITABLE_MASK = 1n << 1n;
export const PT_USER_MASK = 1n << 2n;
export const PT_ACCESSED_MASK = 1n << 5n;
export const PT_DIRTY_MASK = 1n << 6n;
export const PT_PAGE_SIZE_MASK = 1n << 7n;
export const HOST_WRITEABLE = 1n << 9n;
export const MMU_WRITEABLE = 1n << 10n;
export const PT64_NX_MASK = 1n << 63n;
/** Where the kernel maps all memory: tracepoints give an SPTE's physical address, probes its virtual one. */
export const DIRECT_MAP = 0xff11_0000_0000_0000n;

/** An SPTE's frame number. */
export function pfnOf(spte: bigint): bigint {
  return (spte & 0x000f_ffff_ffff_f000n) >> 12n;
}

/** A memory slot of the VM. */
export interface TracedSlot {
  readonly id: string;
  readonly gfn: bigint;
  readonly npages: bigint;
  /** KVM_MEM_LOG_DIRTY_PAGES is set. */
  readonly logged: boolean;
  /** `struct kvm_memory_slot`, once an event has named it. */
  address?: bigint;
  /** `arch.rmap[0]` and `arch.rmap[1]`, once an event has named them. */
  rmap4k?: bigint;
  rmap2m?: bigint;
}

/** A `struct kvm_mmu_memory_cache`. */
export interface TracedCache {
  readonly left: number;
  readonly capacity: number;
  /** Below this it is topped up; 0 where no top-up was seen. */
  readonly min: number;
}

/** The kernel's memory, as far as events have told. Lists are changed by whoever checks them. */
export class Memory {
  readonly slots = new Map<string, TracedSlot>();
  /** SPTEs by address; those of the TDP MMU by `level:gfn`, as its events name them. */
  readonly sptes = new Map<bigint | string, bigint>();
  /** The gfn of each SPTE that was ever in an rmap. */
  readonly gfns = new Map<bigint, bigint>();
  /** Memory caches by address. */
  readonly caches = new Map<bigint, TracedCache>();
  readonly lists: PteLists;
  /** Heads whose list is known. */
  readonly known = new Set<bigint>();
  /** Changes that were not traced may have made any list anything. */
  lost = false;
  readonly #grown = new Set<bigint>();

  constructor(lists: PteLists) {
    this.lists = lists;
  }

  take(event: TraceEvent): void {
    if (event.name === 'list_add') this.#grown.add(event.head);
    if (event.name === 'rmap_add') {
      this.gfns.set(event.spte, event.gfn);
      const slot = this.slotOf(event.gfn);
      if (slot !== undefined) {
        slot.rmap4k ??= event.rmap4k;
        slot.rmap2m ??= event.rmap2m;
      }
    } else if (event.name === 'MARK') this.#mark(event.words);
  }

  /** The slot that a gfn is in. */
  slotOf(gfn: bigint): TracedSlot | undefined {
    for (const slot of this.slots.values()) if (gfn >= slot.gfn && gfn < slot.gfn + slot.npages) return slot;
    return undefined;
  }

  /** The head of a gfn's rmap. */
  headOf(gfn: bigint, level: number): bigint | undefined {
    const slot = this.slotOf(gfn);
    if (slot === undefined) return undefined;
    if (level === 1) return slot.rmap4k === undefined ? undefined : slot.rmap4k + 8n * (gfn - slot.gfn);
    return slot.rmap2m === undefined ? undefined : slot.rmap2m + 8n * ((gfn >> 9n) - (slot.gfn >> 9n));
  }

  /** Heads of the slot's rmaps that are not empty, as a walk of the slot meets them: level by level, by gfn. */
  headsIn(slot: TracedSlot): bigint[] {
    const inSlot = (array: bigint | undefined, length: bigint) =>
      array === undefined
        ? []
        : [...this.#grown].filter((head) => head >= array && head < array + 8n * length).toSorted(ascending);
    const large = ((slot.gfn + slot.npages - 1n) >> 9n) - (slot.gfn >> 9n) + 1n;
    const heads = [...inSlot(slot.rmap4k, slot.npages), ...inSlot(slot.rmap2m, large)];
    return heads.filter((head) => (this.entries(head)?.length ?? 0) > 0);
  }

  /** The SPTEs of a list, in the order in which a walk meets them; undefined where the list is not known. */
  entries(head: bigint): bigint[] | undefined {
    if (this.lost && !this.known.has(head)) return undefined;
    const state = this.lists.state(hex(head));
    if (state.k === 'empty') return [];
    if (state.k === 'one') return [BigInt(state.s)];
    return state.d.flatMap(({ s }) => s.map(BigInt));
  }

  /** How many lists are known to have an entry. */
  longLists(): number {
    return [...this.#grown].filter((head) => (this.entries(head)?.length ?? 0) > 0).length;
  }

  #mark(words: string): void {
    const slot = readSetSlot(words);
    if (slot !== undefined) {
      const { slot: id, gfn, npages } = slot;
      const logged = (Number.parseInt(words.slice(words.indexOf('flags=') + 6), 16) & 1) === 1;
      const before = this.slots.get(id);
      const { rmap4k, rmap2m } = before?.npages === npages ? before : {};
      const rmaps = rmap4k === undefined || rmap2m === undefined ? {} : { rmap4k, rmap2m };
      if (npages === 0n) this.slots.delete(id);
      else this.slots.set(id, { id, gfn, npages, logged, ...rmaps });
    } else if (/^PHASE .*_untraced$/.test(words)) {
      this.sptes.clear();
      this.caches.clear();
      this.known.clear();
      this.lost = true;
    }
  }
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
