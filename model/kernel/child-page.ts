/**
 * Shadow pages that several entries of an upper level may link, because they are found by what they stand for: a fault from such an
 * entry downwards. Upper SPTEs carry all rights, so that what can be done through one is up to the leaves of the child.
 *
 * What the guest's tables are, what goes into a role and what rights a leaf gets is for the model to say.
 */
import {
  array,
  blocked,
  bool,
  exit,
  forAny,
  free,
  holding,
  type Id,
  member,
  type Next,
  NULL,
  type Null,
  pointer,
  pool,
  type Row,
  range,
  type ValueOf,
} from '#notation';
import { kvm_mmu_get_shadow_page, Sp } from './shadow-page.ts';

/** Entries of the upper level. */
export const Parent = range('parent');
export type Parent = Id<typeof Parent>;
/** Entries of a child. */
export const Index = range('index');
export type Index = Id<typeof Index>;

export const childPages = pool(Sp, { access: bool, spt: array(Index, { present: bool, writable: bool }) });
export const parentSptes = array(Parent, pointer(Sp));
/**
 * Locals of a fault: where it is, the child it goes on in, and what it has read of the guest's tables: what goes into the role of the
 * child, and whether the leaf may be written.
 */
export const walk = { parent: member(Parent), index: member(Index), access: bool, writable: bool, sp: member(Sp) };
export type Walk = ValueOf<typeof walk>;
/** Where a fault is. */
export type Where = Pick<Walk, 'parent' | 'index'>;

/** What a state must have. */
export interface ChildPages {
  readonly sp: ValueOf<typeof childPages>;
  readonly parent_spte: Row<Parent, Sp | Null>;
}

/** A fault on an address that has no SPTE yet. */
export function page_fault(s: ChildPages, walk: Walk, parent: Parent, index: Index): Next {
  const sp = s.parent_spte[parent];
  if (sp !== NULL && s.sp[sp].spt[index].present) return blocked;
  walk.parent = parent;
  walk.index = index;
}

/** Reads the guest's tables. `gpte_changed` makes sure that they are, with mmu_lock held, as the walk without it found them. */
export function walkTo<State>(role: (s: State, to: Where) => boolean, rights: (s: State, to: Where) => boolean) {
  return function walk_addr(s: State, walk: Walk): void {
    walk.access = role(s, walk);
    walk.writable = rights(s, walk);
  };
}

/** Goes on into the child that is linked, or links one whose role has this access. */
export function kvm_mmu_get_page(s: ChildPages, walk: Walk): Next {
  const { access } = walk;
  const linked = s.parent_spte[walk.parent];
  const sp = linked === NULL ? kvm_mmu_get_shadow_page(s.sp, (page) => page.access === access) : linked;
  if (sp === NULL) return exit; //  the fault is retried when one has been zapped
  if (linked === NULL) s.sp[sp].access = access;
  s.parent_spte[walk.parent] = sp;
  walk.sp = sp;
}

export function mmu_set_spte(s: ChildPages, walk: Walk): void {
  const spte = s.sp[walk.sp].spt[walk.index];
  spte.present = true;
  spte.writable = walk.writable;
}

/** Takes away what an upper entry links; the child stays, for others and for whoever looks for it. */
export function drop_parent_pte(s: ChildPages, parent: Parent): void {
  s.parent_spte[parent] = NULL;
}

/** Takes away a leaf. */
export function drop_spte(spte: { present: boolean; writable: boolean }): void {
  spte.present = false;
  spte.writable = false;
}

/** Locals of whoever reclaims shadow pages. */
export const reclaim = { sp: member(Sp) };

function mmu_shrink_scan(s: ChildPages, shrinker: { sp: Sp }, sp: Sp): Next {
  if (!s.sp[sp].allocated) return blocked;
  shrinker.sp = sp;
}

function kvm_mmu_zap_page(s: ChildPages, { sp }: { sp: Sp }): Next {
  if (!s.sp[sp].allocated) return exit;
  s.parent_spte.forEach((linked, parent) => {
    if (linked === sp) drop_parent_pte(s, parent);
  });
  s.sp[sp].spt.forEach(drop_spte);
  s.sp[sp].access = false;
  free(s.sp, sp);
}

/** The list of a thread that reclaims shadow pages. */
export const shrink = [forAny(Sp, mmu_shrink_scan), ...holding('mmu_lock', kvm_mmu_zap_page)];

/** Whether an address can be written through what an upper entry links. */
export function writableThrough(s: ChildPages, parent: Parent, index: Index): boolean {
  const sp = s.parent_spte[parent];
  return sp !== NULL && s.sp[sp].spt[index].writable;
}
