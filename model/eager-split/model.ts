/**
 * Eager splitting of huge pages when the dirty log is switched on, for the shadow pages of nested guests: how many objects its caches
 * hold, when they are filled and freed, and what a walk of an rmap may rely on after it has dropped mmu_lock to fill them.
 *
 * Models "KVM: x86/mmu: Extend Eager Page Splitting to nested MMUs" (David Matlack, 2022; arch/x86/kvm/mmu/mmu.c:
 * shadow_mmu_try_split_huge_pages, shadow_mmu_split_huge_page, __link_shadow_page, topup_split_caches, mmu_free_vm_memory_caches;
 * arch/x86/kvm/x86.c: kvm_mmu_slot_apply_flags; virt/kvm/kvm_main.c: __kvm_mmu_topup_memory_cache), its review, and
 * b9b71f43683a, which gave the caches their capacity.
 *
 * Assumes one level, with page tables of 2 entries in place of 512, and page caches of 2 objects in place of 40. Of a list is kept only
 * that adding to it may take a descriptor: any list may be one that does. No W and D. mmu_lock is taken for writing by all, never
 * released between rmaps. A fault finds out its address when it has mmu_lock.
 */
import { blocked, either, holding, idle, model, type Next } from '#notation';
import { flush_remote_tlbs } from '../kernel/flush-remote-tlbs.ts';
import { synchronize } from '../kernel/srcu.ts';
import {
  anyEmpty,
  anyTooFew,
  atAnyTime,
  descTooFew,
  free_split_caches,
  kvm_mmu_uninit_vm,
  mmu_shrink_scan,
  type Need,
  shrink_at_any_time,
  type Sizes,
  sizes,
  slotsLockFree,
  switchBy,
  withoutParent,
} from './caches.ts';
import {
  __link_shadow_page,
  continue_rmap_walk,
  drop_large_spte,
  dropIf,
  flush_if_table,
  for_each_rmap_spte,
  hasParent,
  kvm_mmu_available_pages,
  kvm_mmu_try_split_huge_pages,
  restart_if_any_left,
  retry,
  shadow_mmu_get_sp_for_split,
  shadow_mmu_split_huge_page,
  topupAndRetry,
} from './split.ts';
import {
  anyTime,
  type EagerSplit,
  fault,
  forgetMappings,
  initial,
  type Ioctl,
  KVM_MIN_FREE_MMU_PAGES,
  type List,
  mapsWhole,
  state,
  zapLeaf,
} from './state.ts';
import { kernelSource } from './source.ts';

// What userspace does: it switches the log on and off, and ends the VM.

function kvm_set_memory_region({ kvm }: EagerSplit): Next {
  if (kvm.destroyed) return blocked;
}
function enable_dirty_log({ slot }: EagerSplit): Next {
  if (slot.logged) return blocked;
  slot.logged = true;
}
function disable_dirty_log({ slot }: EagerSplit): Next {
  if (!slot.logged) return blocked;
  slot.logged = false;
}
function kvm_mmu_zap_collapsible_sptes({ child }: EagerSplit): void {
  child.forEach(({ spt }) => spt.forEach(zapLeaf));
}
/** Its vCPUs are gone, and what they used is of no interest any more. */
function kvm_destroy_vm(s: EagerSplit): Next {
  if (s.kvm.destroyed || !s.vcpu.every(idle)) return blocked;
  s.kvm.destroyed = true;
  forgetMappings(s);
}
function kvm_arch_free_vm({ kvm }: EagerSplit): void {
  kvm.freed = true;
}

const fillAndDrop = [shadow_mmu_split_huge_page, drop_large_spte];
/** What differs between variants. */
interface Parts {
  sizes?: Sizes;
  need?: Need;
  srcu?: List<Ioctl>;
  position?: List<Ioctl>;
  budget?: List<Ioctl>;
  split?: List<Ioctl>;
  /** Where the caches are freed: where the log is switched off, where the VM ends. */
  onDisable?: List<Ioctl>;
  onDestroy?: List<Ioctl>;
  /** What else may free the caches. */
  actions?: readonly ((s: EagerSplit) => Next)[];
}

function splitting({
  sizes: caches = sizes['min-and-few'],
  need = anyTooFew,
  srcu = synchronize,
  position = [for_each_rmap_spte],
  budget = [kvm_mmu_available_pages],
  split = [...fillAndDrop, flush_remote_tlbs, __link_shadow_page],
  onDisable = [],
  onDestroy = [kvm_mmu_uninit_vm],
  actions = [],
}: Parts) {
  const steps = [
    ...position,
    ...budget,
    dropIf(need, caches),
    shadow_mmu_get_sp_for_split,
    ...split,
    restart_if_any_left,
  ];
  const walk: List<Ioctl> = [
    kvm_mmu_try_split_huge_pages,
    retry,
    [...holding('mmu_lock', ...steps)],
    topupAndRetry(caches),
  ];
  const zap: List<Ioctl> = holding('mmu_lock', kvm_mmu_zap_collapsible_sptes, flush_remote_tlbs);
  const setFlags = either([enable_dirty_log, ...srcu, walk], [disable_dirty_log, ...srcu, ...zap, ...onDisable]);
  const ioctl: List<Ioctl> = [
    either(
      [kvm_set_memory_region, ...holding('slots_lock', setFlags)],
      [kvm_destroy_vm, ...onDestroy, kvm_arch_free_vm],
    ),
  ];
  return { vcpu: fault, ioctl, actions: [...anyTime, ...actions] };
}
/** Of two nested gfns that share a frame: the second to be split finds the table of the first. */
function splittingAliases(parts: Parts) {
  return { ...splitting(parts), bounds: { gfn: 2 } };
}

/** Where the caches are freed: as in the patch, as its review wants, and beside that by what it suggests for later. */
function freed(caches: Sizes) {
  return {
    'freed-with-log': splitting({ sizes: caches, onDisable: [free_split_caches], onDestroy: [] }),
    'freed-with-vm': splittingAliases({ sizes: caches }),
    'freed-by-shrinker': splitting({ sizes: caches, actions: [mmu_shrink_scan] }),
    'freed-by-switch': splitting({ sizes: caches, actions: [switchBy(caches, slotsLockFree)] }),
  };
}
type Capacity = keyof typeof sizes;
type Freed = keyof ReturnType<typeof freed>;
const grid = {} as Record<`${Capacity}-${Freed}`, ReturnType<typeof splitting>>;
for (const capacity of Object.keys(sizes) as Capacity[]) {
  for (const [place, variant] of Object.entries(freed(sizes[capacity])) as [Freed, ReturnType<typeof splitting>][]) {
    grid[`${capacity}-${place}`] = variant;
  }
}

/** What the claims name. */
export const eagerSplitSteps = {
  __link_shadow_page,
  hasParent,
  KVM_MIN_FREE_MMU_PAGES,
  mapsWhole,
  retry,
  shadow_mmu_get_sp_for_split,
  shadow_mmu_split_huge_page,
};

export const eagerSplit = model({
  name: 'eager-split',
  about: 'how huge pages of nested guests are split from caches that are filled with mmu_lock dropped',
  source: kernelSource,
  state,
  bounds: { gfn: 1, frame: 1, small: 2, vcpu: 1, ioctl: 1 },
  initial,
  variants: {
    //  How many descriptors, and where the caches are freed.
    ...grid,

    //  What differs from 'min-and-few-freed-with-vm' as the name says. That flushes for each split, as 6.1 and 6.12 were seen to do.
    'min-without-parent': splittingAliases({ sizes: withoutParent }),
    'topup-when-empty': splittingAliases({ need: anyEmpty }),
    'page-caches-unchecked': splitting({ need: descTooFew }),
    'assert-lock-at-uninit': splitting({ onDestroy: [free_split_caches] }),
    'shrinker-no-lock': splitting({ actions: [shrink_at_any_time] }),
    'switch-no-lock': splitting({ actions: [switchBy(sizes['min-and-few'], atAnyTime)] }),
    continue: splitting({ position: [continue_rmap_walk, for_each_rmap_spte] }),
    'no-budget': splitting({ budget: [] }),
    'no-srcu': { ...splitting({ srcu: [] }), bounds: { vcpu: 2 } },
    'link-then-fill': splitting({
      split: [drop_large_spte, flush_remote_tlbs, __link_shadow_page, shadow_mmu_split_huge_page],
    }),
    'flush-only-then': splittingAliases({
      split: [...fillAndDrop, [flush_if_table, ...flush_remote_tlbs], __link_shadow_page],
    }),
    'flush-never': splitting({ split: [...fillAndDrop, __link_shadow_page] }),
  },
});
