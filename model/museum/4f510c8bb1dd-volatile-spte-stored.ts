/**
 * An SPTE is zapped by a plain store, because mmu_lock is held for writing; a fast page fault and the CPU set bits of it nevertheless.
 *
 * Models "KVM: x86/mmu: Use atomic XCHG to write TDP MMU SPTEs with volatile bits" of the merge 4f510c8bb1dd
 * (arch/x86/kvm/mmu/tdp_mmu.c: tdp_mmu_set_spte; arch/x86/kvm/mmu/tdp_iter.h: kvm_tdp_mmu_write_spte), and the first case of
 * Documentation/virt/kvm/locking.rst, section 2, which is ten years older.
 *
 * Assumes what fast-page-fault does, of which these are variants: mmu_lock is a spinlock, and the table is not walked by RCU.
 */
import { model } from '#notation';
import { faultsAndZaps, volatileRules } from '../fast-page-fault/model.ts';
import { hardware, smallPages, state } from '../fast-page-fault/state.ts';

const { never, ifHardwareMaySet, ifFaultOrHardwareMaySet } = volatileRules;

export const volatileSpteStored = model({
  name: 'museum/4f510c8bb1dd',
  about: 'a D bit is lost because an SPTE that others may change is overwritten by a plain store',
  state,
  bounds: { gfn: 2, vcpu: 1, task: 1 },
  actions: hardware,
  initial: [smallPages],
  variants: {
    'always-stored': faultsAndZaps({ volatileIf: never }),
    //  what locking.rst warns of
    'stored-if-read-only': faultsAndZaps({ volatileIf: ifHardwareMaySet }),
    'exchanged-if-volatile': faultsAndZaps({ volatileIf: ifFaultOrHardwareMaySet }),
  },
});
