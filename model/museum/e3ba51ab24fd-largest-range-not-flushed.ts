/**
 * A range of pages is invalidated by instructions whose operand encodes how many; the largest number that has an encoding got none, and
 * of such a range nothing was flushed.
 *
 * Models "arm64: tlb: Fix TLBI RANGE operand" (e3ba51ab24fd) (arch/arm64/include/asm/tlbflush.h: __TLBI_RANGE_NUM,
 * __flush_tlb_range_op; arch/arm64/kvm/hyp/pgtable.c: kvm_tlb_flush_vmid_range).
 *
 * Assumes operands of a NUM of one bit and two scales, which stand for (NUM + 1) << SCALE pages: the largest is 4. (The kernel's NUM
 * has five bits, its scales are four, and each unit of SCALE is 32 times the one before.) A TLB keeps what is writable.
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
  model,
  type Next,
  range,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';

const Gfn = range('gfn');
type Gfn = Id<typeof Gfn>;
const Vcpu = symmetric('vcpu');
type VcpuId = Id<typeof Vcpu>;
const Ioctl = range('ioctl');

const MAX_NUM = 1;
const MAX_SCALE = 1;
const __TLBI_RANGE_PAGES = (num: number, scale: number) => (num + 1) << scale;
const MAX_TLBI_RANGE_PAGES = __TLBI_RANGE_PAGES(MAX_NUM, MAX_SCALE);

const state = {
  mmu_lock: spinlock,
  pte: array(Gfn, { writable: bool }),
  tlb: array(Vcpu, array(Gfn, bit)),
  vcpu: thread(Vcpu, { gfn: upTo(Gfn) }),
  /** The pages that are still to be flushed, in this piece and in all, from `start` on. */
  ioctl: thread(Ioctl, { start: upTo(Gfn), pages: upTo(Gfn), left: upTo(Gfn), scale: upTo(MAX_SCALE) }),
};
export interface LargestRangeNotFlushed extends StateOf<typeof state> {}
type Vcpu = LargestRangeNotFlushed['vcpu'][VcpuId];
type Ioctl = LargestRangeNotFlushed['ioctl'][0];

function page_fault({ pte }: LargestRangeNotFlushed, vcpu: Vcpu, gfn: Gfn): Next {
  if (pte[gfn].writable) return blocked;
  vcpu.gfn = gfn;
}

function kvm_pgtable_stage2_relax_perms({ pte }: LargestRangeNotFlushed, { gfn }: Vcpu): void {
  pte[gfn].writable = true;
}

/** The ioctl is for the first `last + 1` pages. */
function get_dirty_log(_: LargestRangeNotFlushed, ioctl: Ioctl, last: Gfn): void {
  ioctl.start = 0;
  ioctl.left = last + 1;
}

function kvm_mmu_wp_memory_region({ pte }: LargestRangeNotFlushed, { left }: Ioctl): void {
  for (let gfn = 0; gfn < left; gfn++) pte[gfn].writable = false;
}

/** In pieces that an operand can encode. */
function kvm_tlb_flush_vmid_range(_: LargestRangeNotFlushed, ioctl: Ioctl): Next {
  if (ioctl.left === 0) return exit;
  ioctl.pages = Math.min(ioctl.left, MAX_TLBI_RANGE_PAGES);
  ioctl.left -= ioctl.pages;
  ioctl.scale = MAX_SCALE;
}

/** By scales, the largest first. Below the smallest the operand is nonsense, and flushes nothing. */
function flushByNum(numOf: (pages: number, scale: number) => number) {
  return function __flush_s2_tlb_range_op(s: LargestRangeNotFlushed, ioctl: Ioctl): Next {
    const num = numOf(ioctl.pages, ioctl.scale);
    const pages = num < 0 ? 0 : __TLBI_RANGE_PAGES(num, ioctl.scale);
    for (let gfn = ioctl.start; gfn < ioctl.start + pages; gfn++) {
      s.tlb.forEach((tlb) => {
        tlb[gfn] = 0;
      });
    }
    const last = ioctl.scale === 0;
    ioctl.start += last ? ioctl.pages : pages;
    ioctl.pages -= last ? ioctl.pages : pages;
    if (ioctl.pages === 0) return kvm_tlb_flush_vmid_range;
    ioctl.scale--;
    return __flush_s2_tlb_range_op;
  };
}

function tlb_fill({ pte, tlb }: LargestRangeNotFlushed, vcpu: VcpuId, gfn: Gfn): Next {
  if (!pte[gfn].writable || tlb[vcpu][gfn]) return blocked;
  tlb[vcpu][gfn] = 1;
}

/** `__TLBI_RANGE_NUM`, which is -1 for a scale that is not needed. */
const masked = (pages: number, scale: number) => ((pages >> scale) & MAX_NUM) - 1;
const bounded = (pages: number, scale: number) => (Math.min(pages, __TLBI_RANGE_PAGES(MAX_NUM, scale)) >> scale) - 1;

function operandOf(num: typeof masked) {
  return {
    vcpu: [forAny(Gfn, page_fault), ...holding('mmu_lock', kvm_pgtable_stage2_relax_perms)],
    ioctl: [
      forAny(Gfn, get_dirty_log),
      ...holding('mmu_lock', kvm_mmu_wp_memory_region),
      kvm_tlb_flush_vmid_range,
      flushByNum(num),
    ],
  };
}

export const largestRangeNotFlushed = model({
  name: 'museum/e3ba51ab24fd',
  about: 'the largest range that an operand can encode gets no encoding, and is not flushed',
  state,
  bounds: { gfn: 4, vcpu: 1, ioctl: 1 },
  actions: [forAny(Vcpu, Gfn, tlb_fill)],
  variants: {
    'num-masked': operandOf(masked),
    'num-bounded': operandOf(bounded),
  },
});
