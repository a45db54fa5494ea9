/**
 * Large pages of the guest that map the same frames share one direct shadow page, though their rights differ: what is read-only can be
 * written through the page that another has made writable, and what is writable faults again and again.
 *
 * Models "KVM: MMU: Fix hugepage pdes mapping same physical address with different access" (d28c6cfbbc5e) and "KVM: MMU: fix conflict
 * access permissions in direct sp" (5fd5387c89ec) (arch/x86/kvm/paging_tmpl.h: FNAME(fetch); arch/x86/kvm/mmu.c: kvm_mmu_get_page).
 *
 * Assumes that a leaf gets the rights of the walk that has faulted last, as in 2010; that of 2007 was left as it was, and the fault was
 * endless. The guest's writes to its tables are emulated, each with its zap in one step. One small
 * page of the large one; no TLB.
 */
import {
  array,
  blocked,
  bool,
  forAny,
  holding,
  type Id,
  model,
  type Next,
  type StateOf,
  spinlock,
  symmetric,
  thread,
} from '#notation';
import {
  childPages,
  drop_parent_pte,
  Index,
  kvm_mmu_get_page,
  mmu_set_spte,
  page_fault,
  Parent,
  parentSptes,
  reclaim,
  shrink,
  type Where,
  walk,
  walkTo,
} from '../kernel/child-page.ts';

const Vcpu = symmetric('vcpu');
const Shrinker = symmetric('shrinker');

const state = {
  mmu_lock: spinlock,
  /** Entries that map the large page, each with the rights of the levels above it. */
  pde: array(Parent, { upper: { writable: bool }, writable: bool }),
  parent_spte: parentSptes,
  sp: childPages,
  vcpu: thread(Vcpu, walk),
  shrinker: thread(Shrinker, reclaim),
};
export interface DirectPageShared extends StateOf<typeof state> {}

type AccessOf = (s: DirectPageShared, to: Where) => boolean;
const nothing: AccessOf = () => true;
const upperLevels: AccessOf = ({ pde }, { parent }) => pde[parent].upper.writable;
const allLevels: AccessOf = ({ pde }, { parent }) => pde[parent].upper.writable && pde[parent].writable;

function guest_writes_pde(s: DirectPageShared, parent: Id<typeof Parent>): Next {
  if (s.mmu_lock.held) return blocked;
  s.pde[parent].writable = !s.pde[parent].writable;
  drop_parent_pte(s, parent);
}

function guest_writes_upper_entry(s: DirectPageShared, parent: Id<typeof Parent>): Next {
  if (s.mmu_lock.held) return blocked;
  s.pde[parent].upper.writable = !s.pde[parent].upper.writable;
  drop_parent_pte(s, parent);
}

function roleOf(access: AccessOf) {
  const fetch = [walkTo(access, allLevels), kvm_mmu_get_page, mmu_set_spte];
  return { vcpu: [forAny(Parent, Index, page_fault), ...holding('mmu_lock', ...fetch)], shrinker: shrink };
}

export const directPageShared = model({
  name: 'museum/5fd5387c89ec',
  about: 'large pages of the guest with different rights share one direct shadow page',
  state,
  bounds: { parent: 2, index: 1, sp: 2, vcpu: 1, shrinker: 1 },
  actions: [forAny(Parent, guest_writes_pde), forAny(Parent, guest_writes_upper_entry)],
  variants: {
    //  up to d28c6cfbbc5e
    'rights-not-in-key': roleOf(nothing),
    //  up to 5fd5387c89ec
    'last-level-not-in-key': roleOf(upperLevels),
    'rights-in-key': roleOf(allLevels),
  },
});
