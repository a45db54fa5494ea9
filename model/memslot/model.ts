/**
 * A memslot is deleted while vCPUs fault on its gfns: invalid first, then gone, with a grace period of `kvm->srcu` after each.
 *
 * Models KVM_SET_USER_MEMORY_REGION with a size of 0 as of 6.12 (virt/kvm/kvm_main.c: kvm_set_memslot, kvm_invalidate_memslot,
 * kvm_delete_memslot, kvm_swap_active_memslots, kvm_free_memslot; arch/x86/kvm/mmu/mmu.c: kvm_faultin_pfn, mmu_set_spte,
 * kvm_mmu_invalidate_zap_pages_in_memslot), and "KVM: x86/mmu: Retry page faults that hit an invalid memslot" (e0c378684b65).
 *
 * Assumes one slot, which is deleted once, under slots_lock; that nobody but the deleter zaps; that no MMIO SPTE is left from an earlier
 * generation of memslots. Moving a slot is to delete it and to make another.
 */
import { holding, type Item, model, once, range, type StateOf, spinlock, thread } from '#notation';
import { flush_remote_tlbs, Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import {
  fault,
  gfn_to_memslot,
  kvm_arch_flush_shadow_memslot,
  kvm_delete_memslot,
  kvm_free_memslot,
  kvm_invalidate_memslot,
  memslots,
  mmu_set_spte,
  retry_invalid_slot,
  rmap_add,
  slotDelete,
  slotFault,
  tlbFill,
} from '../kernel/memslot.ts';
import { srcu_read_lock, srcu_read_unlock, synchronize } from '../kernel/srcu.ts';
import { kernelSource } from './source.ts';

const Ioctl = range('ioctl');

const state = {
  mmu_lock: spinlock,
  ...memslots,
  vcpu: thread(Vcpu, slotFault),
  ioctl: thread(Ioctl, slotDelete),
};
export interface Memslot extends StateOf<typeof state> {}
type List<Thread> = readonly Item<Memslot, Thread, 'mmu_lock'>[];

const install = holding('mmu_lock', mmu_set_spte, rmap_add);
const vcpu: List<Memslot['vcpu'][VcpuId]> = [
  fault,
  srcu_read_lock,
  [gfn_to_memslot, retry_invalid_slot, ...install],
  srcu_read_unlock,
];

const zap = holding('mmu_lock', kvm_arch_flush_shadow_memslot, flush_remote_tlbs);
const gone: List<Memslot['ioctl'][0]> = [kvm_delete_memslot, ...synchronize, kvm_free_memslot];

/** What the claims name. */
export const memslotSteps = { gfn_to_memslot, rmap_add };

export const memslot = model({
  name: 'memslot',
  about: 'how a memslot is deleted while vCPUs fault on its gfns',
  source: kernelSource,
  state,
  bounds: { gfn: 2, vcpu: 2, ioctl: 1 },
  actions: [tlbFill],
  variants: {
    'invalid-then-zap': { vcpu, ioctl: once(kvm_invalidate_memslot, ...synchronize, ...zap, ...gone) },

    'zap-then-invalid': { vcpu, ioctl: once(...zap, kvm_invalidate_memslot, ...synchronize, ...gone) },
    'not-invalid': { vcpu, ioctl: once(...synchronize, ...zap, ...gone) },
    'no-wait-before-zap': { vcpu, ioctl: once(kvm_invalidate_memslot, ...zap, ...gone) },
    'no-wait-before-free': {
      vcpu,
      ioctl: once(kvm_invalidate_memslot, ...synchronize, ...zap, kvm_delete_memslot, kvm_free_memslot),
    },
    'no-flush': {
      vcpu,
      ioctl: once(
        kvm_invalidate_memslot,
        ...synchronize,
        ...holding('mmu_lock', kvm_arch_flush_shadow_memslot),
        ...gone,
      ),
    },
    'fault-outside-srcu': {
      vcpu: [fault, [gfn_to_memslot, retry_invalid_slot, ...install]],
      ioctl: once(kvm_invalidate_memslot, ...synchronize, ...zap, ...gone),
    },
    'invalid-slot-is-mmio': {
      vcpu: [fault, srcu_read_lock, [gfn_to_memslot, ...install], srcu_read_unlock],
      ioctl: once(kvm_invalidate_memslot, ...synchronize, ...zap, ...gone),
    },
  },
});
