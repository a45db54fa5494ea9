/**
 * While the attributes of a gfn are set, faults on that gfn wait; those on its neighbours do not, and may install a huge page over both
 * when the attributes have not been stored yet.
 *
 * Models "KVM: x86/mmu: Prevent installing hugepages when mem attributes are changing" (9129633d568e) (arch/x86/kvm/mmu/mmu.c:
 * kvm_arch_pre_set_memory_attributes, kvm_arch_post_set_memory_attributes, kvm_mmu_hugepage_adjust; virt/kvm/kvm_main.c:
 * kvm_vm_set_mem_attributes, mmu_invalidate_retry_gfn).
 *
 * Assumes huge pages of two gfns, and one gfn whose attributes are set at a time, which slots_lock makes sure of.
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
  mutex,
  type Next,
  once,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';
import {
  Gfn,
  Invalidation,
  type InvalidationId,
  kvm_mmu_invalidate_begin,
  kvm_mmu_invalidate_end,
  kvm_mmu_invalidate_range_add,
  kvm_mmu_invalidate_range_reset,
  mmu_invalidate_retry_gfn,
  rangedNotifier,
} from '../kernel/notifier.ts';

const Vcpu = symmetric('vcpu');

const GFNS_PER_HUGE_PAGE = 2;
const firstOf = (gfn: Gfn) => gfn - (gfn % GFNS_PER_HUGE_PAGE);

const state = {
  slots_lock: mutex,
  mmu_lock: spinlock,
  kvm: rangedNotifier,
  attributes: array(Gfn, { private: bool }),
  /** Of the huge page that begins at a gfn: `KVM_LPAGE_MIXED_FLAG`, and its SPTE. */
  lpage_info: array(Gfn, { mixed: bool }),
  huge: array(Gfn, bit),
  spte: array(Gfn, bit),
  vcpu: thread(Vcpu, { gfn: member(Gfn), mmu_seq: upTo(Invalidation) }),
  ioctl: thread(Invalidation, { gfn: member(Gfn) }),
};
export interface HugePageOverMixed extends StateOf<typeof state> {}
type Vcpu = HugePageOverMixed['vcpu'][Id<typeof Vcpu>];
type Ioctl = HugePageOverMixed['ioctl'][InvalidationId];

function page_fault({ huge, spte }: HugePageOverMixed, vcpu: Vcpu, gfn: Gfn): Next {
  if (spte[gfn] || huge[firstOf(gfn)]) return blocked;
  vcpu.gfn = gfn;
}

function read_mmu_invalidate_seq({ kvm }: HugePageOverMixed, vcpu: Vcpu): void {
  vcpu.mmu_seq = kvm.mmu_invalidate_seq;
}

function is_page_fault_stale({ kvm }: HugePageOverMixed, { gfn, mmu_seq }: Vcpu): Next {
  if (mmu_invalidate_retry_gfn(kvm, mmu_seq, gfn)) return exit;
}

/** As large as it may be: a huge page takes the place of small ones. */
function kvm_tdp_mmu_map(s: HugePageOverMixed, { gfn }: Vcpu): void {
  const first = firstOf(gfn);
  if (!isWhole(s, first) || s.lpage_info[first].mixed) {
    s.spte[gfn] = 1;
    return;
  }
  s.spte[first] = 0;
  s.spte[first + 1] = 0;
  s.huge[first] = 1;
}

function isWhole({ spte }: HugePageOverMixed, first: Gfn): boolean {
  return first + GFNS_PER_HUGE_PAGE <= spte.length;
}

// KVM_SET_MEMORY_ATTRIBUTES.

function kvm_vm_set_mem_attributes(_: HugePageOverMixed, ioctl: Ioctl, gfn: Gfn): void {
  ioctl.gfn = gfn;
}

function pre_set_memory_attributes({ kvm }: HugePageOverMixed, { gfn }: Ioctl): void {
  kvm_mmu_invalidate_begin(kvm);
  kvm_mmu_invalidate_range_add(kvm, gfn, gfn + 1);
}

/** A huge page that is mixed already cannot be installed. */
function add_head_and_tail(s: HugePageOverMixed, { gfn }: Ioctl): void {
  const first = firstOf(gfn);
  if (isWhole(s, first) && !s.lpage_info[first].mixed) {
    kvm_mmu_invalidate_range_add(s.kvm, first, first + GFNS_PER_HUGE_PAGE);
  }
}

function kvm_unmap_gfn_range({ huge, spte }: HugePageOverMixed, { gfn }: Ioctl): void {
  spte[gfn] = 0;
  huge[firstOf(gfn)] = 0;
}

function store_attributes({ attributes }: HugePageOverMixed, { gfn }: Ioctl): void {
  attributes[gfn].private = !attributes[gfn].private;
}

function post_set_memory_attributes(s: HugePageOverMixed, { gfn }: Ioctl): void {
  const first = firstOf(gfn);
  if (isWhole(s, first)) s.lpage_info[first].mixed = isMixed(s, first);
  kvm_mmu_invalidate_end(s.kvm);
  kvm_mmu_invalidate_range_reset(s.kvm);
}

/** Whether the gfns of a huge page have different attributes. */
function isMixed({ attributes }: HugePageOverMixed, first: Gfn): boolean {
  return attributes[first].private !== attributes[first + 1]?.private;
}

/** What the claims name. */
export const hugePageOverMixedSteps = { isMixed };

const vcpu = [
  forAny(Gfn, page_fault),
  read_mmu_invalidate_seq,
  ...holding('mmu_lock', is_page_fault_stale, kvm_tdp_mmu_map),
];

export const hugePageOverMixed = model({
  name: 'museum/9129633d568e',
  about: 'a huge page is installed over gfns whose attributes are being set',
  state,
  bounds: { gfn: 2, vcpu: 2, invalidation: 2 },
  variants: {
    'changed-gfns-only': {
      vcpu,
      ioctl: once(
        ...holding(
          'slots_lock',
          forAny(Gfn, kvm_vm_set_mem_attributes),
          ...holding('mmu_lock', pre_set_memory_attributes, kvm_unmap_gfn_range),
          store_attributes,
          ...holding('mmu_lock', post_set_memory_attributes),
        ),
      ),
    },
    'head-and-tail-added': {
      vcpu,
      ioctl: once(
        ...holding(
          'slots_lock',
          forAny(Gfn, kvm_vm_set_mem_attributes),
          ...holding('mmu_lock', pre_set_memory_attributes, add_head_and_tail, kvm_unmap_gfn_range),
          store_attributes,
          ...holding('mmu_lock', post_set_memory_attributes),
        ),
      ),
    },
  },
});
