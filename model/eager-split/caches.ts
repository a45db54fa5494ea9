/** The caches that splits take from: how much is in them, who fills them, and who frees them. slots_lock protects them. */
import { blocked, choose, lockdep_assert_held, might_sleep, type Next } from '#notation';
import { freeMemoryCache, topup } from '../kernel/memory-cache.ts';
import type { EagerSplit } from './state.ts';

/** How few descriptors are too few for one split, and how many a top-up fills the cache up to, by the entries of a page table. */
export type Sizes = (entries: number) => { readonly min: number; readonly capacity: number };
/**
 * What the patch has, what its review wants, and what Linux has. A split may need a descriptor for each entry that is added to an rmap,
 * and one for the list of the new table's parents.
 */
export const sizes = {
  'min-is-capacity': (entries) => ({ min: entries + 1, capacity: entries + 1 }),
  'twice-min': (entries) => ({ min: entries + 1, capacity: 2 * (entries + 1) }),
  'min-and-few': (entries) => ({ min: entries + 1, capacity: entries + 2 }),
} satisfies Record<string, Sizes>;
/** The last of these, for a table that nobody links yet. */
export function withoutParent(entries: number): ReturnType<Sizes> {
  return { min: entries, capacity: entries + 2 };
}
/** Of page tables, and of their headers. */
const pageSizes = { min: 1, capacity: 2 };

function entriesOf({ child }: EagerSplit): number {
  return child[0].spt.length;
}

/** All three, or -ENOMEM. Of descriptors there may be but one. */
export function topup_split_caches(s: EagerSplit, sizes: Sizes): boolean {
  might_sleep();
  const { min, capacity } = sizes(entriesOf(s));
  return (
    topup(s.split_desc_cache, capacity, min, choose(2) === 0 ? capacity : 1) &&
    topup(s.split_page_header_cache, pageSizes.capacity, pageSizes.min) &&
    topup(s.split_shadow_page_cache, pageSizes.capacity, pageSizes.min)
  );
}
function freeCaches(s: EagerSplit): void {
  freeMemoryCache(s.split_desc_cache);
  freeMemoryCache(s.split_page_header_cache);
  freeMemoryCache(s.split_shadow_page_cache);
}

/** Whether caches of these sizes have to be topped up before a split. */
export type Need = (s: EagerSplit, sizes: Sizes) => boolean;
export function anyTooFew(s: EagerSplit, sizes: Sizes): boolean {
  const { min } = pageSizes;
  return descTooFew(s, sizes) || s.split_page_header_cache.nobjs < min || s.split_shadow_page_cache.nobjs < min;
}
export function descTooFew(s: EagerSplit, sizes: Sizes): boolean {
  return s.split_desc_cache.nobjs < sizes(entriesOf(s)).min;
}
export function anyEmpty(s: EagerSplit): boolean {
  return [s.split_desc_cache, s.split_page_header_cache, s.split_shadow_page_cache].some(({ nobjs }) => nobjs === 0);
}

// Where they are freed.

/** Of the patch, where the log of a slot is switched off. */
export function free_split_caches(s: EagerSplit): void {
  lockdep_assert_held(s.slots_lock);
  freeCaches(s);
}
/** Nothing can split any more, so that no lock is needed. */
export function kvm_mmu_uninit_vm(s: EagerSplit): void {
  freeCaches(s);
}

// What else may free them, at any time that a lock does not forbid.

function hasObjects(s: EagerSplit): boolean {
  return s.split_desc_cache.nobjs + s.split_page_header_cache.nobjs + s.split_shadow_page_cache.nobjs > 0;
}
/** Takes slots_lock if it can. */
export function mmu_shrink_scan(s: EagerSplit): Next {
  if (s.slots_lock.held || !hasObjects(s)) return blocked;
  freeCaches(s);
}
/** Takes no lock. */
export function shrink_at_any_time(s: EagerSplit): Next {
  if (!hasObjects(s)) return blocked;
  freeCaches(s);
}
/** The module parameter: off frees, on fills. It wants slots_lock, so that no walk is under way. */
export function switchBy(sizes: Sizes, mayRun: (s: EagerSplit) => boolean) {
  return function set_eager_page_split(s: EagerSplit): Next {
    const { kvm } = s;
    if (kvm.destroyed || !mayRun(s)) return blocked;
    kvm.eager_page_split = !kvm.eager_page_split;
    if (kvm.eager_page_split) topup_split_caches(s, sizes);
    else freeCaches(s);
  };
}
export function slotsLockFree({ slots_lock }: EagerSplit): boolean {
  return !slots_lock.held;
}
export function atAnyTime(): boolean {
  return true;
}
