/** What the capacity of the caches is worth: how often a walk drops mmu_lock for them. */
import { type LockDrops, lockDrops } from '#model';
import { claim, suite } from '#notation';

export const neverMoreThanCapacity = claim(
  'a cache holds no more than it was made for',
  ({ split_desc_cache, split_page_caches }: LockDrops) =>
    split_desc_cache.nobjs <= split_desc_cache.capacity && split_page_caches.nobjs <= split_page_caches.capacity,
);

export const allSplit = claim('a walk splits all huge pages', ({ split }: LockDrops) => !split.includes(0));

export const lockDropsSuite = suite(lockDrops, {
  invariants: { neverMoreThanCapacity },
  reachable: { allSplit },
  measures: {
    lockDrops: {
      what: 'drops of mmu_lock in one walk, when each split takes 10 descriptors',
      of: 'ioctl',
      steps: ['topup_and_retry'],
      sweep: {
        set: 'huge',
        from: 20,
        to: 100,
        by: 20,
        bounds: { takes: 10 },
        variants: [
          'descriptors-513',
          'descriptors-553',
          'descriptors-1026',
          'all-caches-513',
          'all-caches-553',
          'all-caches-1026',
        ],
      },
      published:
        '"min==capacity will be inefficient as consuming just one object from the cache will force KVM to drop mmu_lock and topup the cache"',
      unsaid: 'how long a drop takes, and how often the lock is dropped because somebody else wants the CPU',
    },
  },
  violated: {
    'descriptors-513': [],
    'descriptors-553': [],
    'descriptors-1026': [],
    'all-caches-513': [],
    'all-caches-553': [],
    'all-caches-1026': [],
    'descriptors-513-none-taken': [],
    'descriptors-553-none-taken': [],
    'descriptors-1026-none-taken': [],
    'all-caches-513-none-taken': [],
    'all-caches-553-none-taken': [],
    'all-caches-1026-none-taken': [],
  },
});
