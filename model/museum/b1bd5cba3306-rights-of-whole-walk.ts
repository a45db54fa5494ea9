/**
 * The role of a shadow page is made of the rights of a whole walk, the levels below it included, so that entries with different rights
 * share a child; what one of them may write, the other then may too, without a fault (CVE-2021-38198).
 *
 * Models "KVM: X86: MMU: Use the correct inherited permissions to get shadow page" (b1bd5cba3306)
 * (arch/x86/kvm/mmu/paging_tmpl.h: FNAME(walk_addr_generic), FNAME(fetch); arch/x86/kvm/mmu/mmu.c: kvm_mmu_get_page).
 *
 * Assumes two levels: the guest's PUD entries all point to one PMD table, whose entries map pages. The guest's writes to its tables are
 * emulated, each with its zap in one step. No TLB.
 */
import {
  array,
  bool,
  forAny,
  holding,
  type Id,
  model,
  type Next,
  blocked,
  type StateOf,
  spinlock,
  symmetric,
  thread,
} from '#notation';
import {
  childPages,
  drop_parent_pte,
  drop_spte,
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
  pud: array(Parent, { writable: bool }),
  pmd: array(Index, { writable: bool }),
  parent_spte: parentSptes,
  sp: childPages,
  vcpu: thread(Vcpu, walk),
  shrinker: thread(Shrinker, reclaim),
};
export interface RightsOfWholeWalk extends StateOf<typeof state> {}

/** `pte_access`: what all levels together allow. */
const pte_access = ({ pud, pmd }: RightsOfWholeWalk, { parent, index }: Where) =>
  pud[parent].writable && pmd[index].writable;
/** `pt_access[]`: what the levels above the child allow. */
const pt_access = ({ pud }: RightsOfWholeWalk, { parent }: Where) => pud[parent].writable;

function guest_writes_pud(s: RightsOfWholeWalk, parent: Id<typeof Parent>): Next {
  if (s.mmu_lock.held) return blocked;
  s.pud[parent].writable = !s.pud[parent].writable;
  drop_parent_pte(s, parent);
}

function guest_writes_pmd(s: RightsOfWholeWalk, index: Id<typeof Index>): Next {
  if (s.mmu_lock.held) return blocked;
  s.pmd[index].writable = !s.pmd[index].writable;
  s.sp.forEach(({ spt }) => drop_spte(spt[index]));
}

function roleOf(access: typeof pte_access) {
  const fetch = [walkTo(access, pte_access), kvm_mmu_get_page, mmu_set_spte];
  return { vcpu: [forAny(Parent, Index, page_fault), ...holding('mmu_lock', ...fetch)], shrinker: shrink };
}

export const rightsOfWholeWalk = model({
  name: 'museum/b1bd5cba3306',
  about: 'entries with different rights share a child whose role has the rights of the whole walk (CVE-2021-38198)',
  state,
  bounds: { parent: 2, index: 2, sp: 2, vcpu: 1, shrinker: 1 },
  actions: [forAny(Parent, guest_writes_pud), forAny(Index, guest_writes_pmd)],
  variants: {
    'rights-of-whole-walk': roleOf(pte_access),
    'rights-per-level': roleOf(pt_access),
  },
});
