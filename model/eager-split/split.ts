/** The walk of a slot that splits what is huge, under mmu_lock, which it drops to fill the caches. */
import { choose, exit, type Next, NULL } from '#notation';
import { take } from '../kernel/memory-cache.ts';
import { type Need, type Sizes, topup_split_caches } from './caches.ts';
import { type EagerSplit, type Ioctl, KVM_MIN_FREE_MMU_PAGES } from './state.ts';

// Each rmap is walked from its head, and again from its head after each split.

export function kvm_mmu_try_split_huge_pages({ kvm }: EagerSplit, ioctl: Ioctl): Next {
  if (!kvm.eager_page_split) return exit;
  ioctl.frame = 0;
  ioctl.again = false;
}
/** Where a walk comes back to that has dropped mmu_lock. */
export function retry(): void {}

/** Rmaps in their order; leaves after the last. */
export function for_each_rmap_spte(s: EagerSplit, ioctl: Ioctl): Next {
  ioctl.again = false;
  if (ioctl.frame === s.child.length) return exit;
  const { frame } = ioctl;
  const sptep = s.huge.findIndex((spte) => spte.frame === frame && spte.entry === 'huge');
  if (sptep === NULL) {
    ioctl.frame++;
    return for_each_rmap_spte;
  }
  ioctl.sptep = sptep;
}
/** Where it was when it dropped mmu_lock, if it did. */
export function continue_rmap_walk(_: EagerSplit, ioctl: Ioctl): Next {
  if (!ioctl.again) return;
  ioctl.again = false;
  return kvm_mmu_available_pages;
}
/** -ENOSPC ends the walk of this rmap. */
export function kvm_mmu_available_pages({ available }: EagerSplit, ioctl: Ioctl): Next {
  if (available > KVM_MIN_FREE_MMU_PAGES) return;
  ioctl.frame++;
  return for_each_rmap_spte;
}
/** -EAGAIN. Somebody may want the CPU at any time. */
export function dropIf(need: Need, sizes: Sizes) {
  return function need_topup_split_caches_or_resched(s: EagerSplit, ioctl: Ioctl): Next {
    if (!need(s, sizes) && choose(2) === 0) return;
    ioctl.again = true;
    return exit;
  };
}
/** With mmu_lock dropped. -ENOMEM ends the walk. */
export function topupAndRetry(sizes: Sizes) {
  return function topup_and_retry(s: EagerSplit, { again }: Ioctl): Next {
    if (again && topup_split_caches(s, sizes)) return retry;
  };
}

// A split. Whoever is to be added to a list takes a descriptor if the list has one entry, or none of its descriptors has room.

export function shadow_mmu_get_sp_for_split(s: EagerSplit, ioctl: Ioctl): void {
  const child = s.child[s.huge[ioctl.sptep].frame];
  ioctl.index = 0;
  ioctl.flush = false;
  ioctl.flushed.forEach((_, vcpu) => {
    ioctl.flushed[vcpu] = 0;
  });
  if (child.exists) return;
  take(s.split_page_header_cache);
  take(s.split_shadow_page_cache);
  s.available--;
  child.exists = true;
}
/** An entry that is there already stays; if it is a table, what that does not map is lost. */
export function shadow_mmu_split_huge_page(s: EagerSplit, ioctl: Ioctl): Next {
  const { spt } = s.child[s.huge[ioctl.sptep].frame];
  const spte = spt[ioctl.index];
  if (spte.entry === 'none') {
    if (choose(2) === 1) take(s.split_desc_cache);
    spte.entry = 'leaf';
  } else if (spte.entry === 'table') ioctl.flush = true;
  ioctl.index++;
  if (ioctl.index < spt.length) return shadow_mmu_split_huge_page;
}
export function drop_large_spte({ huge }: EagerSplit, { sptep }: Ioctl): void {
  huge[sptep].entry = 'none';
}
export function flush_if_table(_: EagerSplit, { flush }: Ioctl): Next {
  if (!flush) return exit;
}
/** Whether somebody links the child already: the first of its parents needs no descriptor. */
export function hasParent({ huge }: EagerSplit, { sptep }: Ioctl): boolean {
  const { frame } = huge[sptep];
  return huge.some((spte) => spte.frame === frame && spte.entry === 'table');
}
export function __link_shadow_page(s: EagerSplit, ioctl: Ioctl): void {
  if (hasParent(s, ioctl) && choose(2) === 1) take(s.split_desc_cache);
  s.huge[ioctl.sptep].entry = 'table';
  ioctl.split[ioctl.sptep].done = true;
}
export function restart_if_any_left({ huge }: EagerSplit): Next {
  if (huge.some(({ entry }) => entry === 'huge')) return for_each_rmap_spte;
}
