/**
 * A prefault that finds its memslot being deleted tries again until that is over, inside `kvm->srcu`, for which the deleter waits.
 *
 * Models "KVM: x86/mmu: Return -EAGAIN if userspace deletes/moves memslot during prefault" (3ccbf6f47098) (arch/x86/kvm/mmu/mmu.c:
 * kvm_tdp_map_page; virt/kvm/kvm_main.c: kvm_vcpu_pre_fault_memory, kvm_set_memslot).
 *
 * Assumes one slot, which is deleted once; what else may go wrong then is the model `memslot`. To look again and again is to wait until
 * there is something else to see.
 */
import { blocked, holding, model, type Next, once, range, type StateOf, spinlock, thread } from '#notation';
import { flush_remote_tlbs, Vcpu } from '../kernel/flush-remote-tlbs.ts';
import {
  fault,
  gfn_to_memslot,
  kvm_arch_flush_shadow_memslot,
  kvm_delete_memslot,
  kvm_invalidate_memslot,
  type Memslots,
  memslots,
  mmu_set_spte,
  retry_invalid_slot,
  rmap_add,
  type SlotFault,
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
export interface PrefaultWaitsForDelete extends StateOf<typeof state> {}

/** The loop around the fault. */
function kvm_tdp_map_page(s: Memslots, { slot }: SlotFault): Next {
  if (slot !== 'invalid') return;
  if (s.slot.state === 'invalid') return blocked;
  return gfn_to_memslot;
}

const set_spte = holding('mmu_lock', mmu_set_spte, rmap_add);
const ioctl = once(
  kvm_invalidate_memslot,
  ...synchronize,
  ...holding('mmu_lock', kvm_arch_flush_shadow_memslot, flush_remote_tlbs),
  kvm_delete_memslot,
);

/** What the claims name. */
export const prefaultWaitsForDeleteSteps = { gfn_to_memslot, rmap_add };

export const prefaultWaitsForDelete = model({
  name: 'museum/3ccbf6f47098',
  about: 'a prefault waits for the end of the deletion of its memslot, which waits for the prefault',
  state,
  bounds: { gfn: 1, vcpu: 2, ioctl: 1 },
  actions: [tlbFill],
  variants: {
    'retried-in-kernel': {
      vcpu: [fault, srcu_read_lock, [gfn_to_memslot, kvm_tdp_map_page, ...set_spte], srcu_read_unlock],
      ioctl,
    },
    'returned-to-userspace': {
      vcpu: [fault, srcu_read_lock, [gfn_to_memslot, retry_invalid_slot, ...set_spte], srcu_read_unlock],
      ioctl,
    },
  },
});
