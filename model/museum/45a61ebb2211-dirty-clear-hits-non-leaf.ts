/**
 * Clearing a dirty bit picks a leaf, fails to exchange it because it has become a table, and tries the table.
 *
 * Models "KVM: x86/mmu: Check for leaf SPTE when clearing dirty bit in the TDP MMU" (45a61ebb2211; arch/x86/kvm/mmu/tdp_mmu.c:
 * clear_dirty_gfn_range, tdp_mmu_set_spte_atomic, tdp_mmu_split_huge_page).
 *
 * Assumes a CPU without A/D bits, so that the dirty bit of a leaf is W; a non-leaf SPTE has W too, and no fault ever sets it again. What
 * is under a table is left out. All hold mmu_lock for reading.
 */
import {
  array,
  blocked,
  bool,
  either,
  exit,
  forAny,
  holding,
  type Id,
  member,
  model,
  type Next,
  oneOf,
  read,
  rwlock,
  type StateOf,
  symmetric,
  thread,
} from '#notation';

/** Huge pages. */
const Gfn = symmetric('gfn');
type Gfn = Id<typeof Gfn>;
const Ioctl = symmetric('ioctl');
const Vcpu = symmetric('vcpu');

const spte = { kind: oneOf('none', 'leaf', 'table'), writable: bool };

const state = {
  mmu_lock: rwlock,
  spte: array(Gfn, spte),
  /** The iterator: where it is, and what it has read there. */
  ioctl: thread(Ioctl, { gfn: member(Gfn), old_spte: spte }),
  vcpu: thread(Vcpu, { gfn: member(Gfn) }),
};
export interface DirtyClearHitsNonLeaf extends StateOf<typeof state> {}
type Ioctl = DirtyClearHitsNonLeaf['ioctl'][Id<typeof Ioctl>];
type Vcpu = DirtyClearHitsNonLeaf['vcpu'][Id<typeof Vcpu>];

// Clearing dirty bits.

function readSpte(s: DirtyClearHitsNonLeaf, { gfn, old_spte }: Ioctl): void {
  old_spte.kind = s.spte[gfn].kind;
  old_spte.writable = s.spte[gfn].writable;
}
function tdp_root_for_each_leaf_pte(s: DirtyClearHitsNonLeaf, ioctl: Ioctl, gfn: Gfn): void {
  ioctl.gfn = gfn;
  readSpte(s, ioctl);
}
function is_last_spte(_: DirtyClearHitsNonLeaf, { old_spte }: Ioctl): Next {
  if (old_spte.kind !== 'leaf') return exit;
}
function is_dirty_spte(_: DirtyClearHitsNonLeaf, { old_spte }: Ioctl): Next {
  if (!old_spte.writable) return exit;
}
/** Compares and exchanges, or reads again. */
function exchange(s: DirtyClearHitsNonLeaf, ioctl: Ioctl): boolean {
  const { gfn, old_spte } = ioctl;
  const same = s.spte[gfn].kind === old_spte.kind && s.spte[gfn].writable === old_spte.writable;
  if (same) s.spte[gfn].writable = false;
  else readSpte(s, ioctl);
  return same;
}
const thenDirtyBit = function tdp_mmu_set_spte_atomic(s: DirtyClearHitsNonLeaf, ioctl: Ioctl): Next {
  if (!exchange(s, ioctl)) return is_dirty_spte;
};
const thenLeaf = function tdp_mmu_set_spte_atomic(s: DirtyClearHitsNonLeaf, ioctl: Ioctl): Next {
  if (!exchange(s, ioctl)) return is_last_spte;
};

// A write fault, and what a huge SPTE becomes: a table, or nothing.

function page_fault(s: DirtyClearHitsNonLeaf, vcpu: Vcpu, gfn: Gfn): Next {
  const { kind, writable } = s.spte[gfn];
  if (kind === 'table' || writable) return blocked;
  vcpu.gfn = gfn;
}
function tdp_mmu_map_handle_target_level(s: DirtyClearHitsNonLeaf, { gfn }: Vcpu): Next {
  if (s.spte[gfn].kind === 'table') return exit; //  the exchange fails
  s.spte[gfn].kind = 'leaf';
  s.spte[gfn].writable = true;
}
function tdp_mmu_split_huge_page(s: DirtyClearHitsNonLeaf, _: Vcpu, gfn: Gfn): Next {
  if (s.spte[gfn].kind !== 'leaf') return exit;
  s.spte[gfn].kind = 'table';
  s.spte[gfn].writable = true;
}
function tdp_mmu_zap_spte_atomic(s: DirtyClearHitsNonLeaf, _: Vcpu, gfn: Gfn): void {
  s.spte[gfn].kind = 'none';
  s.spte[gfn].writable = false;
}

const mmuLock = read('mmu_lock');
const vcpu = either(
  [forAny(Gfn, page_fault), ...holding(mmuLock, tdp_mmu_map_handle_target_level)],
  holding(mmuLock, either(forAny(Gfn, tdp_mmu_split_huge_page), forAny(Gfn, tdp_mmu_zap_spte_atomic))),
);

function clearDirty(set: typeof thenLeaf) {
  return { ioctl: holding(mmuLock, forAny(Gfn, tdp_root_for_each_leaf_pte), is_last_spte, is_dirty_spte, set), vcpu };
}

/** What the claims name. */
export const dirtyClearHitsNonLeafSteps = { is_dirty_spte };

export const dirtyClearHitsNonLeaf = model({
  name: 'museum/45a61ebb2211',
  about: 'the dirty bit of a leaf is cleared in the table that has taken its place',
  state,
  bounds: { gfn: 2, ioctl: 1, vcpu: 2 },
  variants: {
    'leaf-checked-once': clearDirty(thenDirtyBit),
    'leaf-checked-again': clearDirty(thenLeaf),
  },
});
