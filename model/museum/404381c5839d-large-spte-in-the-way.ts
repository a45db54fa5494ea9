/**
 * A read-only large SPTE is where a write fault wants a small one, because the slot's dirty pages are logged: the fault changes nothing,
 * and comes again for ever.
 *
 * Models "KVM: MMU: drop read-only large sptes when creating lower level sptes" (404381c5839d; arch/x86/kvm/mmu.c: __direct_map,
 * drop_large_spte).
 *
 * Assumes what write-protect does, of which these are variants: the large SPTE is read-only because it was protected when the log was
 * switched on. In the bug it was so because a page of the host was copied on write; to the fault that is the same.
 */
import { model } from '#notation';
import { writeProtecting } from '../write-protect/model.ts';
import { hardware, largePage, state } from '../write-protect/state.ts';

export const largeSpteInTheWay = model({
  name: 'museum/404381c5839d',
  about: 'a write fault that needs a small SPTE finds a large one, and changes nothing',
  state,
  bounds: { gfn: 1, vcpu: 2, ioctl: 1 },
  actions: hardware,
  initial: [largePage],
  variants: {
    'large-spte-kept': writeProtecting({ drop: [] }),
    'large-spte-dropped': writeProtecting({}),
  },
});
