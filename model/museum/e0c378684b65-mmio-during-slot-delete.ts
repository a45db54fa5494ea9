/**
 * A fault that finds its memslot being deleted takes that for no memslot, and stores an MMIO SPTE where a leaf may be.
 *
 * Models "KVM: x86/mmu: Retry page faults that hit an invalid memslot" (e0c378684b65) (arch/x86/kvm/mmu/mmu.c: kvm_faultin_pfn,
 * mmu_set_spte; virt/kvm/kvm_main.c: kvm_set_memslot).
 *
 * Assumes one slot, which is deleted once; what else may go wrong then is the model `memslot`.
 */
import { holding, model, once, range, type StateOf, spinlock, thread } from '#notation';
import { flush_remote_tlbs, Vcpu } from '../kernel/flush-remote-tlbs.ts';
import {
  fault,
  gfn_to_memslot,
  kvm_arch_flush_shadow_memslot,
  kvm_delete_memslot,
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

const Ioctl = range('ioctl');

const state = {
  mmu_lock: spinlock,
  ...memslots,
  vcpu: thread(Vcpu, slotFault),
  ioctl: thread(Ioctl, slotDelete),
};
export interface MmioDuringSlotDelete extends StateOf<typeof state> {}

const set_spte = holding('mmu_lock', mmu_set_spte, rmap_add);
const ioctl = once(
  kvm_invalidate_memslot,
  ...synchronize,
  ...holding('mmu_lock', kvm_arch_flush_shadow_memslot, flush_remote_tlbs),
  kvm_delete_memslot,
);

export const mmioDuringSlotDelete = model({
  name: 'museum/e0c378684b65',
  about: 'a fault takes a memslot that is being deleted for none, and stores an MMIO SPTE',
  state,
  bounds: { gfn: 1, vcpu: 2, ioctl: 1 },
  actions: [tlbFill],
  variants: {
    'invalid-slot-is-mmio': {
      vcpu: [fault, srcu_read_lock, [gfn_to_memslot, ...set_spte], srcu_read_unlock],
      ioctl,
    },
    'invalid-slot-retried': {
      vcpu: [fault, srcu_read_lock, [gfn_to_memslot, retry_invalid_slot, ...set_spte], srcu_read_unlock],
      ioctl,
    },
  },
});
