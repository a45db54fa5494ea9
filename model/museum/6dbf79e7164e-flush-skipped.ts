/**
 * Write tracking finds an SPTE write-protected by the dirty log, and does not flush; the dirty log has not flushed yet.
 *
 * Models "KVM: Fix write protection race during dirty logging" (6dbf79e7164e; arch/x86/kvm/mmu.c: rmap_write_protect,
 * kvm_mmu_slot_remove_write_access; arch/x86/kvm/x86.c: kvm_vm_ioctl_get_dirty_log), and what it became with "KVM: MMU: flush tlb if the
 * spte can be locklessly modified" and "KVM: MMU: flush tlb out of mmu lock when write-protect the sptes" (198c74f43f0f).
 *
 * Assumes what write-protect does, of which these are variants; so there are fast page faults, which came in between.
 */
import { model } from '#notation';
import { writeProtecting } from '../write-protect/model.ts';
import { flushTests } from '../kernel/write-protect.ts';
import { hardware, largePage, smallPages, state } from '../write-protect/state.ts';

const { writable, mmuWritable } = flushTests;

export const flushSkipped = model({
  name: 'museum/6dbf79e7164e',
  about: 'the flush for a write-tracked page is skipped because the dirty log has cleared W, and has not flushed',
  state,
  bounds: { gfn: 1, vcpu: 2, ioctl: 1 },
  actions: hardware,
  initial: [smallPages, largePage],
  variants: {
    'flush-after-unlock': writeProtecting({ flushIf: writable }),
    'flush-under-lock': writeProtecting({ flushIf: writable, flushesInside: true }),
    'flush-after-unlock-if-mmu-writable': writeProtecting({ flushIf: mmuWritable }),
  },
});
