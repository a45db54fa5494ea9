/**
 * How often a walk that splits huge pages drops mmu_lock to fill its caches, by what they hold.
 *
 * Models the same as `eager-split` does, with the true numbers: 513 descriptors at least, and up to 513 (the patch), 553 (b9b71f43683a)
 * or 1026 (its review); 1 page table and 1 header of it at least, and up to 40.
 *
 * Assumes caches that are empty at first; one rmap after the other with one huge SPTE each; that each split takes the same number of descriptors; that nobody
 * else wants the CPU or the lock, and memory is never short.
 */
import {
  array,
  bit,
  exit,
  holding,
  model,
  type Next,
  NULL,
  once,
  range,
  type StateOf,
  spinlock,
  thread,
  upTo,
} from '#notation';
import { type MemoryCache, take, topup } from '../kernel/memory-cache.ts';
import { kernelSource } from './source.ts';

const Huge = range('huge');
const Takes = range('takes');
const Ioctl = range('ioctl');

/** Objects: how few are too few for one split, and how many a top-up fills the cache up to. */
interface Size {
  readonly min: number;
  readonly capacity: number;
}
const descMin = 513;
const page: Size = { min: 1, capacity: 40 };
const largest = 2 * descMin;

const state = {
  mmu_lock: spinlock,
  split_desc_cache: { nobjs: upTo(largest), capacity: upTo(largest) },
  /** Page tables, and their headers: what is taken of one is taken of the other. */
  split_page_caches: { nobjs: upTo(page.capacity), capacity: upTo(page.capacity) },
  /** The SPTEs that are split already. */
  split: array(Huge, bit),
  /** Of each split, the small SPTEs that take a descriptor. Never changes. */
  taking: array(Takes, bit),
  ioctl: thread(Ioctl, {}),
};
export interface LockDrops extends StateOf<typeof state> {}

/** @param taken whether the small SPTEs take descriptors: each does that is added to a gfn with one SPTE already. */
function walkWith(caches: (s: LockDrops) => readonly (readonly [MemoryCache, Size])[], taken = true) {
  function kvm_mmu_try_split_huge_pages(): void {}
  function need_topup_split_caches(s: LockDrops): Next {
    if (caches(s).some(([mc, { min }]) => mc.nobjs < min)) return exit;
  }
  function shadow_mmu_split_huge_page(s: LockDrops): Next {
    const huge = s.split.findIndex((split) => split === 0);
    if (huge !== NULL) s.split[huge] = 1;
    for (const [mc] of caches(s)) {
      if (mc !== s.split_desc_cache) take(mc);
      else if (taken) s.taking.forEach(() => take(mc));
    }
    if (s.split.includes(0)) return need_topup_split_caches;
  }
  function all_are_split({ split }: LockDrops): Next {
    if (!split.includes(0)) return exit;
  }
  /** With mmu_lock dropped. */
  function topup_and_retry(s: LockDrops): Next {
    for (const [mc, { min, capacity }] of caches(s)) topup(mc, capacity, min);
    return kvm_mmu_try_split_huge_pages;
  }
  const walk = holding('mmu_lock', need_topup_split_caches, shadow_mmu_split_huge_page);
  return { ioctl: once(kvm_mmu_try_split_huge_pages, [...walk], all_are_split, topup_and_retry) };
}

function descriptors(capacity: number, taken?: boolean) {
  return walkWith((s) => [[s.split_desc_cache, { min: descMin, capacity }]], taken);
}
function allCaches(capacity: number, taken?: boolean) {
  return walkWith(
    (s) => [
      [s.split_desc_cache, { min: descMin, capacity }],
      [s.split_page_caches, page],
    ],
    taken,
  );
}

export const lockDrops = model({
  name: 'lock-drops',
  about: 'how often mmu_lock is dropped to fill the caches that huge pages are split from',
  source: kernelSource,
  state,
  bounds: { huge: 100, takes: 10, ioctl: 1 },
  variants: {
    'descriptors-513': descriptors(513),
    'descriptors-553': descriptors(553),
    'descriptors-1026': descriptors(1026),
    'all-caches-513': allCaches(513),
    'all-caches-553': allCaches(553),
    'all-caches-1026': allCaches(1026),
    'descriptors-513-none-taken': descriptors(513, false),
    'descriptors-553-none-taken': descriptors(553, false),
    'descriptors-1026-none-taken': descriptors(1026, false),
    'all-caches-513-none-taken': allCaches(513, false),
    'all-caches-553-none-taken': allCaches(553, false),
    'all-caches-1026-none-taken': allCaches(1026, false),
  },
});
