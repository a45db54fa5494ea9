/** How raw traces' list addresses become the names of the trimmed form. */
import { rmapsOf, type Slot } from './slots.ts';

/**
 * Names the lists of a raw trace as the trimmed form does: `4K:<gfn>` and `2M:<first gfn>` for rmaps, `1G:<head>` for the rmaps of 1G,
 * `parent:<head>` for `sp->parent_ptes`. A trace holds head addresses; what they mean follows from two things in it. Before each
 * `pte_list_add` of an rmap stands its `__rmap_add` with the gfn and the addresses of the slot's rmap arrays; and the SETSLOT marks tell
 * how long those arrays are, which names lists that nothing was ever added to. Addresses are hex without `0x`, and eight bytes a head.
 */
export class ListNames {
  readonly #known = new Map<string, string>();
  readonly #slots = new Map<bigint, Slot>();
  readonly #deleted = new Set<bigint>();
  readonly #arrays = new Map<bigint, RmapArrays>();
  readonly #adding = new Map<string, RmapAdd>();

  /** A memory slot was made, changed or deleted. While it is deleted its lists are still emptied, so it is known until it is made anew. */
  setSlot(slot: Slot): void {
    if (slot.npages === 0n) {
      this.#deleted.add(slot.gfn);
      return;
    }
    if (this.#deleted.delete(slot.gfn)) this.#forget(slot.gfn);
    this.#slots.set(slot.gfn, slot);
  }

  /** `__rmap_add` was called in this thread; the `pte_list_add` of the same SPTE follows. */
  rmapAdd(thread: string, add: RmapAdd): void {
    this.#adding.set(thread, add);
    this.#arrays.set(add.base_gfn, add);
  }

  /** The list that `pte_list_add` of this thread adds `spte` to. */
  ofAdd(thread: string, spte: string, head: string): string {
    const add = this.#adding.get(thread);
    this.#adding.delete(thread);
    const name = add?.spte === spte ? (nameIn(add, add.gfn, BigInt(`0x${head}`)) ?? `1G:${head}`) : `parent:${head}`;
    this.#known.set(head, name);
    return name;
  }

  /** The list of this head; `otherwise` is the kind of a head that no slot explains. */
  of(head: string, otherwise: 'parent' | '1G'): string {
    return this.#known.get(head) ?? this.#bySlot(BigInt(`0x${head}`)) ?? `${otherwise}:${head}`;
  }

  #bySlot(head: bigint): string | undefined {
    for (const base of this.#slots.keys()) {
      const name = this.#inSlot(base, head);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  #inSlot(base: bigint, head: bigint): string | undefined {
    const slot = this.#slots.get(base);
    const arrays = this.#arrays.get(base);
    if (slot === undefined || arrays === undefined) return undefined;
    const small = indexIn(arrays.rmap4k, head, rmapsOf(slot, '4K'));
    if (small !== undefined) return nameIn(arrays, base + small, head);
    const large = indexIn(arrays.rmap2m, head, rmapsOf(slot, '2M'));
    return large === undefined ? undefined : nameIn(arrays, base + (large << 9n), head);
  }

  // a slot that is made anew has its rmaps elsewhere, and the old addresses may serve another
  #forget(base: bigint): void {
    for (const head of this.#known.keys()) {
      if (this.#inSlot(base, BigInt(`0x${head}`)) !== undefined) this.#known.delete(head);
    }
    this.#arrays.delete(base);
  }
}

function indexIn(array: bigint, head: bigint, length: number): bigint | undefined {
  const index = (head - array) / BYTES_A_HEAD;
  return head >= array && index < length ? index : undefined;
}

/** Where a slot that starts at `base_gfn` keeps its rmaps. */
interface RmapArrays {
  readonly base_gfn: bigint;
  readonly rmap4k: bigint;
  readonly rmap2m: bigint;
}

/** The arguments of one `__rmap_add`. */
export interface RmapAdd extends RmapArrays {
  readonly spte: string;
  readonly gfn: bigint;
}

const BYTES_A_HEAD = 8n;

function nameIn(arrays: RmapArrays, gfn: bigint, head: bigint): string | undefined {
  if (head === arrays.rmap4k + BYTES_A_HEAD * (gfn - arrays.base_gfn)) return `4K:${gfn.toString(16)}`;
  const index = (gfn >> 9n) - (arrays.base_gfn >> 9n);
  if (head === arrays.rmap2m + BYTES_A_HEAD * index) return `2M:${((gfn >> 9n) << 9n).toString(16)}`;
  return undefined;
}
