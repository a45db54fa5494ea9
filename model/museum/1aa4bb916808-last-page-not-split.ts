/**
 * KVM_CLEAR_DIRTY_LOG splits the huge pages over the gfns that it clears, up to and without the last of them: where that one is the
 * only one in its huge page, it is not split. It is write-protected, so that nothing is lost but what eager splitting is for.
 *
 * Models "KVM: x86/mmu: Fix off-by-1 when splitting huge pages during CLEAR" (1aa4bb916808) (arch/x86/kvm/mmu/mmu.c:
 * kvm_arch_mmu_enable_log_dirty_pt_masked, kvm_mmu_try_split_huge_pages, kvm_mmu_slot_gfn_write_protect).
 *
 * Assumes huge pages of two gfns, a log that was enabled with KVM_DIRTY_LOG_INITIALLY_SET, and a mask that spans two huge pages at
 * most, as in the kernel. TLBs are flushed before userspace hears of it, and left out.
 */
import {
  array,
  bit,
  blocked,
  bool,
  exit,
  forAny,
  holding,
  type Id,
  member,
  model,
  type Next,
  range,
  type StateOf,
  spinlock,
  symmetric,
  thread,
} from '#notation';

const Gfn = range('gfn');
type Gfn = Id<typeof Gfn>;
const Vcpu = symmetric('vcpu');
const Ioctl = range('ioctl');

const GFNS_PER_HUGE_PAGE = 2;
const firstOf = (gfn: Gfn) => gfn - (gfn % GFNS_PER_HUGE_PAGE);

const spte = { present: bool, writable: bool };
const state = {
  mmu_lock: spinlock,
  /** Of the huge page that begins at a gfn. */
  huge: array(Gfn, spte),
  spte: array(Gfn, spte),
  dirty_bitmap: array(Gfn, bit),
  vcpu: thread(Vcpu, { gfn: member(Gfn) }),
  ioctl: thread(Ioctl, { start: member(Gfn), end: member(Gfn), mask: array(Gfn, bit) }),
};
export interface LastPageNotSplit extends StateOf<typeof state> {}
type Vcpu = LastPageNotSplit['vcpu'][Id<typeof Vcpu>];
type Ioctl = LastPageNotSplit['ioctl'][0];

/** Where a walk for a gfn ends. */
function lastLevelSpte({ huge, spte }: LastPageNotSplit, gfn: Gfn) {
  return huge[firstOf(gfn)].present ? huge[firstOf(gfn)] : spte[gfn];
}

// A write fault: while the slot is logged, it is served by a small page.

function page_fault(s: LastPageNotSplit, vcpu: Vcpu, gfn: Gfn): Next {
  if (lastLevelSpte(s, gfn).writable) return blocked;
  vcpu.gfn = gfn;
}

function drop_large_spte(s: LastPageNotSplit, { gfn }: Vcpu): Next {
  if (lastLevelSpte(s, gfn).writable) return exit; //  another vCPU was faster
  s.huge[firstOf(gfn)].present = false;
}

function set_spte({ spte, dirty_bitmap }: LastPageNotSplit, { gfn }: Vcpu): void {
  spte[gfn].present = true;
  spte[gfn].writable = true;
  dirty_bitmap[gfn] = 1;
}

// KVM_CLEAR_DIRTY_LOG.

/** The mask of the user, from its first bit to its last. */
function clear_dirty_log({ dirty_bitmap }: LastPageNotSplit, ioctl: Ioctl, start: Gfn, end: Gfn): Next {
  if (end < start || firstOf(end) - firstOf(start) > GFNS_PER_HUGE_PAGE) return blocked;
  if (!dirty_bitmap[start] || !dirty_bitmap[end]) return blocked;
  ioctl.start = start;
  ioctl.end = end;
}

function clear_dirty_bits({ dirty_bitmap }: LastPageNotSplit, { start, end, mask }: Ioctl): void {
  for (let gfn = start; gfn <= end; gfn++) {
    mask[gfn] = dirty_bitmap[gfn];
    dirty_bitmap[gfn] = 0;
  }
}

/** Up to, and without, the last gfn plus `more`. */
function splitUpTo(more: 0 | 1) {
  return function kvm_mmu_try_split_huge_pages({ huge, spte }: LastPageNotSplit, { start, end }: Ioctl): void {
    huge.forEach((each, first) => {
      if (!each.present || first + GFNS_PER_HUGE_PAGE <= start || first >= end + more) return;
      for (let gfn = first; gfn < first + GFNS_PER_HUGE_PAGE && gfn < spte.length; gfn++) {
        spte[gfn].present = true;
        spte[gfn].writable = each.writable;
      }
      each.present = false;
      each.writable = false;
    });
  };
}

function kvm_mmu_slot_gfn_write_protect({ huge }: LastPageNotSplit, { start, end }: Ioctl): void {
  huge[firstOf(start)].writable = false;
  huge[firstOf(end)].writable = false;
}

function kvm_mmu_write_protect_pt_masked({ spte }: LastPageNotSplit, { mask }: Ioctl): void {
  mask.forEach((cleared, gfn) => {
    if (cleared) spte[gfn].writable = false;
  });
}

function allHuge({ huge, dirty_bitmap }: LastPageNotSplit): void {
  huge.forEach((each, gfn) => {
    each.present = gfn === firstOf(gfn);
    each.writable = each.present;
    dirty_bitmap[gfn] = 1;
  });
}

/** What the claims name. */
export const lastPageNotSplitSteps = { firstOf, kvm_mmu_write_protect_pt_masked, lastLevelSpte };

function clearWith(kvm_mmu_try_split_huge_pages: ReturnType<typeof splitUpTo>) {
  return {
    vcpu: [forAny(Gfn, page_fault), ...holding('mmu_lock', drop_large_spte, set_spte)],
    ioctl: [
      forAny(Gfn, Gfn, clear_dirty_log),
      ...holding(
        'mmu_lock',
        clear_dirty_bits,
        kvm_mmu_try_split_huge_pages,
        kvm_mmu_slot_gfn_write_protect,
        kvm_mmu_write_protect_pt_masked,
      ),
    ],
  };
}

export const lastPageNotSplit = model({
  name: 'museum/1aa4bb916808',
  about: 'clearing the dirty log splits huge pages up to, and without, the last gfn',
  state,
  bounds: { gfn: 4, vcpu: 1, ioctl: 1 },
  initial: [allHuge],
  variants: {
    'end-exclusive': clearWith(splitUpTo(0)),
    'end-inclusive': clearWith(splitUpTo(1)),
  },
});
