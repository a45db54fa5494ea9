/**
 * `struct kvm_mmu_memory_cache`: objects that are allocated where one may sleep, to be taken where one may not. It is a stack that is
 * filled ahead, not a pool: what is freed later does not come back to it. Of the objects only their number is kept.
 */
import { upTo, WARN_ON_ONCE } from '#notation';

export const memoryCache = { nobjs: upTo(15), capacity: upTo(15) };

/** A cache. Its capacity is 0 until the first top-up, which makes room for that many. */
export interface MemoryCache {
  nobjs: number;
  capacity: number;
}

/**
 * `__kvm_mmu_topup_memory_cache()`: fills a cache that has fewer than `min` objects up to `capacity`, which must be the same each time.
 * @param available how many objects the allocator has.
 * @returns false for -ENOMEM and -EIO: there are fewer than `min`.
 */
export function topup(mc: MemoryCache, capacity: number, min: number, available = Number.POSITIVE_INFINITY): boolean {
  if (mc.nobjs >= min) return true;
  if (mc.capacity === 0) mc.capacity = capacity;
  if (WARN_ON_ONCE(mc.capacity !== capacity, 'topup: the capacity of the cache is another')) return false;
  mc.nobjs = Math.min(capacity, mc.nobjs + available);
  return mc.nobjs >= min;
}

/** `kvm_mmu_memory_cache_alloc()`, with mmu_lock held. An empty cache is a kernel bug. */
export function take(mc: MemoryCache): void {
  if (WARN_ON_ONCE(mc.nobjs === 0, 'take: the cache is empty')) return;
  mc.nobjs--;
}

/** `kvm_mmu_free_memory_cache()`: the next top-up may choose another capacity. */
export function freeMemoryCache(mc: MemoryCache): void {
  mc.nobjs = 0;
  mc.capacity = 0;
}
