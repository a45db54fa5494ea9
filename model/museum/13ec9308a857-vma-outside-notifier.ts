/**
 * A stage-2 fault takes the size of its mapping from a VMA, and reads the notifier's sequence when the VMA may have changed already.
 *
 * Models "KVM: arm64: Retry fault if vma_lookup() results become invalid" (13ec9308a857) (arch/arm64/kvm/mmu.c: user_mem_abort;
 * virt/kvm/kvm_main.c: kvm_mmu_notifier_invalidate_range_start, kvm_mmu_notifier_invalidate_range_end).
 *
 * Assumes one range, which its VMA allows to be mapped by a block or by pages only. The pfn is left out: every variant reads the
 * sequence before it looks the pfn up.
 */
import {
  blocked,
  bool,
  exit,
  holding,
  type Id,
  model,
  type Next,
  once,
  oneOf,
  read,
  rwlock,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
} from '#notation';
import {
  Invalidation,
  kvm_mmu_invalidate_begin,
  kvm_mmu_invalidate_end,
  mmu_invalidate_retry,
  notifier,
} from '../kernel/notifier.ts';

const Vcpu = symmetric('vcpu');

const state = {
  mmap_lock: rwlock,
  mmu_lock: spinlock,
  kvm: notifier,
  vma: { block: bool },
  stage2: oneOf('none', 'pages', 'block'),
  vcpu: thread(Vcpu, { mmu_seq: upTo(Invalidation), block: bool }),
  mm: thread(Invalidation, {}),
};
export interface VmaOutsideNotifier extends StateOf<typeof state> {}
type Vcpu = VmaOutsideNotifier['vcpu'][Id<typeof Vcpu>];

function user_mem_abort({ stage2 }: VmaOutsideNotifier): Next {
  if (stage2 !== 'none') return blocked;
}

function vma_lookup({ vma }: VmaOutsideNotifier, vcpu: Vcpu): void {
  vcpu.block = vma.block;
}

function read_mmu_invalidate_seq({ kvm }: VmaOutsideNotifier, vcpu: Vcpu): void {
  vcpu.mmu_seq = kvm.mmu_invalidate_seq;
}

function retry_if_invalidated({ kvm }: VmaOutsideNotifier, { mmu_seq }: Vcpu): Next {
  if (mmu_invalidate_retry(kvm, mmu_seq)) return exit;
}

function kvm_pgtable_stage2_map(s: VmaOutsideNotifier, { block }: Vcpu): void {
  s.stage2 = block ? 'block' : 'pages';
}

// munmap() and mmap(): another VMA, and then the notifier for what the old one had mapped.

function change_vma({ vma }: VmaOutsideNotifier): void {
  vma.block = !vma.block;
}

function invalidate_range_start(s: VmaOutsideNotifier): void {
  kvm_mmu_invalidate_begin(s.kvm);
  s.stage2 = 'none';
}

function invalidate_range_end({ kvm }: VmaOutsideNotifier): void {
  kvm_mmu_invalidate_end(kvm);
}

function vmaAllowsPages(): void {}
function vmaAllowsBlock({ vma }: VmaOutsideNotifier): void {
  vma.block = true;
}

/** What the claims name. */
export const vmaOutsideNotifierSteps = { vma_lookup };

const map = holding('mmu_lock', retry_if_invalidated, kvm_pgtable_stage2_map);
const mm = once(
  ...holding(
    'mmap_lock',
    change_vma,
    ...holding('mmu_lock', invalidate_range_start),
    ...holding('mmu_lock', invalidate_range_end),
  ),
);

export const vmaOutsideNotifier = model({
  name: 'museum/13ec9308a857',
  about: "a fault reads the notifier's sequence after it has let go of the VMA that it took a size from",
  state,
  bounds: { vcpu: 2, invalidation: 2 },
  initial: [vmaAllowsPages, vmaAllowsBlock],
  variants: {
    'sequence-after-unlock': {
      vcpu: [user_mem_abort, ...holding(read('mmap_lock'), vma_lookup), read_mmu_invalidate_seq, ...map],
      mm,
    },
    'sequence-before-unlock': {
      vcpu: [user_mem_abort, ...holding(read('mmap_lock'), vma_lookup, read_mmu_invalidate_seq), ...map],
      mm,
    },
  },
});
