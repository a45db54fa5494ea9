/**
 * An SPTE that the guest has written through becomes read-only when its unsync page is synced; when the host takes the page back, only
 * that is looked at, and the page is not marked dirty.
 *
 * Models "KVM: MMU: fix page dirty tracking lost while sync page" (9ed5520dd3c9) (arch/x86/kvm/mmu.c: set_spte, rmap_remove;
 * arch/x86/kvm/paging_tmpl.h: FNAME(sync_page)).
 *
 * Assumes one SPTE a gfn and no TLB: the guest writes through the SPTE, as if each sync flushed. The host cleans a page only when it is
 * not mapped.
 */
import {
  array,
  bit,
  blocked,
  bool,
  either,
  exit,
  forAny,
  holding,
  type Id,
  type Item,
  member,
  model,
  type Next,
  type StateOf,
  spinlock,
  symmetric,
  thread,
} from '#notation';

const Gfn = symmetric('gfn');
type Gfn = Id<typeof Gfn>;
const Vcpu = symmetric('vcpu');
const Host = symmetric('host');

const state = {
  mmu_lock: spinlock,
  /** In a guest page table that is unsync: the guest writes to it without an exit. */
  gpte: array(Gfn, { writable: bool }),
  spte: array(Gfn, { present: bool, writable: bool }),
  /** The host's page, and whether it is dirty. */
  page: array(Gfn, { dirty: bool }),
  /** What the guest's entry was when it was read. */
  vcpu: thread(Vcpu, { gfn: member(Gfn), writable: bool }),
  host: thread(Host, { gfn: member(Gfn) }),
  ghost: { unsaved: array(Gfn, bit) },
};
export interface SyncForgetsWrites extends StateOf<typeof state> {}
type Vcpu = SyncForgetsWrites['vcpu'][Id<typeof Vcpu>];
type Host = SyncForgetsWrites['host'][Id<typeof Host>];

function page_fault({ spte, gpte }: SyncForgetsWrites, vcpu: Vcpu, gfn: Gfn): Next {
  if (spte[gfn].present && (spte[gfn].writable || !gpte[gfn].writable)) return blocked;
  vcpu.gfn = gfn;
  vcpu.writable = gpte[gfn].writable;
}

function gpte_changed({ gpte }: SyncForgetsWrites, { gfn, writable }: Vcpu): Next {
  if (gpte[gfn].writable !== writable) return exit;
}

function invlpg({ spte, gpte }: SyncForgetsWrites, vcpu: Vcpu, gfn: Gfn): Next {
  if (!spte[gfn].present || spte[gfn].writable === gpte[gfn].writable) return blocked;
  vcpu.gfn = gfn;
}

/** Not if the host has zapped it since. */
function sync_page({ spte, gpte }: SyncForgetsWrites, vcpu: Vcpu): Next {
  if (!spte[vcpu.gfn].present) return exit;
  vcpu.writable = gpte[vcpu.gfn].writable;
}

/** An SPTE that loses its W is the last that knows of the writes. */
function kvm_set_pfn_dirty({ spte, page }: SyncForgetsWrites, { gfn, writable }: Vcpu): void {
  if (spte[gfn].writable && !writable) page[gfn].dirty = true;
}

function set_spte({ spte }: SyncForgetsWrites, { gfn, writable }: Vcpu): void {
  spte[gfn].present = true;
  spte[gfn].writable = writable;
}

function kvm_unmap_hva({ spte }: SyncForgetsWrites, host: Host, gfn: Gfn): Next {
  if (!spte[gfn].present) return blocked;
  host.gfn = gfn;
}

function rmap_remove({ spte, page }: SyncForgetsWrites, { gfn }: Host): void {
  if (spte[gfn].writable) page[gfn].dirty = true;
  spte[gfn].present = false;
  spte[gfn].writable = false;
}

function host_saves_page({ spte, page, ghost }: SyncForgetsWrites, gfn: Gfn): Next {
  if (spte[gfn].present || !page[gfn].dirty) return blocked;
  page[gfn].dirty = false;
  ghost.unsaved[gfn] = 0;
}

// The guest.

function guest_write({ spte, ghost }: SyncForgetsWrites, gfn: Gfn): Next {
  if (!spte[gfn].writable || ghost.unsaved[gfn]) return blocked;
  ghost.unsaved[gfn] = 1;
}
function guest_writes_pte({ gpte }: SyncForgetsWrites, gfn: Gfn): void {
  gpte[gfn].writable = !gpte[gfn].writable;
}

/** With what the fault and the sync do to an SPTE that is there. */
function changedBy(...set_spte: readonly Item<SyncForgetsWrites, Vcpu, never>[]) {
  return {
    vcpu: either(
      [forAny(Gfn, page_fault), ...holding('mmu_lock', gpte_changed, ...set_spte)],
      [forAny(Gfn, invlpg), ...holding('mmu_lock', sync_page, ...set_spte)],
    ),
    host: [forAny(Gfn, kvm_unmap_hva), ...holding('mmu_lock', rmap_remove)],
  };
}

export const syncForgetsWrites = model({
  name: 'museum/9ed5520dd3c9',
  about: 'an SPTE becomes read-only, and with its W goes all that was known of the writes to the page',
  state,
  bounds: { gfn: 2, vcpu: 1, host: 1 },
  actions: [forAny(Gfn, guest_write), forAny(Gfn, guest_writes_pte), forAny(Gfn, host_saves_page)],
  variants: {
    'writes-forgotten': changedBy(set_spte),
    'dirty-when-write-protected': changedBy(kvm_set_pfn_dirty, set_spte),
  },
});
