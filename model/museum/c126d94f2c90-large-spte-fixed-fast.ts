/**
 * A fast page fault makes the read-only large SPTE of a logged slot writable, and one of its pages dirty.
 *
 * Models "KVM: MMU: lazily drop large spte" as it was first (caf6900f2d8a, reverted by 6b73a9606) and as it came back with "KVM: MMU:
 * properly check last spte in fast_page_fault()" (c126d94f2c90; arch/x86/kvm/mmu.c: fast_page_fault).
 *
 * Assumes what fast-page-fault does, of which these are variants; the large SPTE was made read-only when the log was switched on.
 */
import { model } from '#notation';
import { faultsAndZaps } from '../fast-page-fault/model.ts';
import { hardware, readOnlyLarge, state } from '../fast-page-fault/state.ts';
import { fastPath, fastRules } from '../kernel/page-fault.ts';

export const largeSpteFixedFast = model({
  name: 'museum/c126d94f2c90',
  about: 'a large SPTE is made writable without mmu_lock, and only one of its pages is logged',
  state,
  bounds: { gfn: 2, vcpu: 1, task: 1 },
  actions: hardware,
  initial: [readOnlyLarge],
  variants: {
    'any-level': faultsAndZaps({ fast: fastPath(fastRules.anyLevel) }),
    'level-one': faultsAndZaps({ fast: fastPath(fastRules.levelOne) }),
  },
});
