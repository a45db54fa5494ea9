/**
 * A page that the guest may write but has not is mapped read-only, in a shadow page it shares with what the guest may not write; when
 * it is written, its SPTE becomes writable there, for all who share it.
 *
 * Models "KVM: MMU: fix direct sp's access corrupted" (9e7b0e7fba45) (arch/x86/kvm/paging_tmpl.h: FNAME(fetch); arch/x86/kvm/mmu.c:
 * validate_direct_spte, kvm_mmu_get_page).
 *
 * Assumes large pages of the guest that map the same frames, and of those one small page. The guest's own writes to its tables are
 * emulated, each with its zap in one step. No TLB.
 */
import {
  array,
  blocked,
  bool,
  either,
  forAny,
  holding,
  type Id,
  model,
  type Next,
  NULL,
  type StateOf,
  spinlock,
  symmetric,
  thread,
} from '#notation';
import {
  childPages,
  drop_parent_pte,
  kvm_mmu_get_page,
  mmu_set_spte,
  Parent,
  parentSptes,
  reclaim,
  shrink,
  type Walk,
  type Where,
  walk,
  walkTo,
  writableThrough,
} from '../kernel/child-page.ts';

const Vcpu = symmetric('vcpu');
const Shrinker = symmetric('shrinker');

const state = {
  mmu_lock: spinlock,
  pde: array(Parent, { writable: bool, dirty: bool }),
  parent_spte: parentSptes,
  sp: childPages,
  vcpu: thread(Vcpu, walk),
  shrinker: thread(Shrinker, reclaim),
};
export interface ReadOnlyPageUpgraded extends StateOf<typeof state> {}

/** A page that is not dirty is mapped read-only, so that KVM sees the first write. */
const access = ({ pde }: ReadOnlyPageUpgraded, { parent }: Where) => pde[parent].writable && pde[parent].dirty;

function read_fault({ parent_spte }: ReadOnlyPageUpgraded, walk: Walk, parent: Id<typeof Parent>): Next {
  if (parent_spte[parent] !== NULL) return blocked;
  walk.parent = parent;
  walk.index = 0;
}

/** The walk sets the guest's dirty bit. */
function write_fault(s: ReadOnlyPageUpgraded, walk: Walk, parent: Id<typeof Parent>): Next {
  if (!s.pde[parent].writable || writableThrough(s, parent, 0)) return blocked;
  s.pde[parent].dirty = true;
  walk.parent = parent;
  walk.index = 0;
}

/** A child that is linked with another access than the walk has now is not the one to go on into. */
function validate_direct_spte(s: ReadOnlyPageUpgraded, walk: Walk): void {
  const linked = s.parent_spte[walk.parent];
  if (linked !== NULL && s.sp[linked].access !== walk.access) drop_parent_pte(s, walk.parent);
}

function guest_writes_pde(s: ReadOnlyPageUpgraded, parent: Id<typeof Parent>): Next {
  if (s.mmu_lock.held) return blocked;
  s.pde[parent].writable = !s.pde[parent].writable;
  s.pde[parent].dirty = false;
  drop_parent_pte(s, parent);
}

const fault = [forAny(Parent, read_fault), forAny(Parent, write_fault)];
const walk_addr = walkTo(access, access);
const fetch = [kvm_mmu_get_page, mmu_set_spte];

export const readOnlyPageUpgraded = model({
  name: 'museum/9e7b0e7fba45',
  about: 'an SPTE becomes writable in a read-only shadow page that others share',
  state,
  bounds: { parent: 2, index: 1, sp: 2, vcpu: 1, shrinker: 1 },
  actions: [forAny(Parent, guest_writes_pde)],
  variants: {
    'upgraded-in-place': { vcpu: [either(...fault), ...holding('mmu_lock', walk_addr, ...fetch)], shrinker: shrink },
    'installed-anew': {
      vcpu: [either(...fault), ...holding('mmu_lock', walk_addr, validate_direct_spte, ...fetch)],
      shrinker: shrink,
    },
  },
});
