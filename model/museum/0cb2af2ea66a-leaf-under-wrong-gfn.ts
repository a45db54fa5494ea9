/**
 * A leaf SPTE is added to the rmap of one gfn and looked for in that of another when it is removed (CVE-2026-46113); and what was left
 * of that when only the gfn of a shadow page was compared, and not its role (CVE-2026-53359, "Januscape").
 *
 * Models "KVM: x86: Fix shadow paging use-after-free due to unexpected GFN" (0cb2af2ea66a) and "KVM: x86: Fix shadow paging
 * use-after-free due to unexpected role" (81ccda30b4e8) (arch/x86/kvm/mmu/mmu.c: kvm_mmu_get_child_sp, __link_shadow_page,
 * mmu_set_spte, kvm_mmu_page_get_gfn, rmap_remove; arch/x86/kvm/mmu/paging_tmpl.h: FNAME(walk_addr), FNAME(fetch)).
 *
 * Assumes one PDE, that all tables of the guest have the same entries wherever they lie, and that entry `index` of a table maps a frame
 * of that index, so that a gfn is a block and an index. What a shadow page maps stands for its shadowed_translation too. No TLB.
 */
import {
  array,
  bit,
  blocked,
  bool,
  either,
  exit,
  forAny,
  free,
  holding,
  type Id,
  member,
  model,
  type Next,
  NULL,
  pointer,
  pool,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  WARN_ON_ONCE,
} from '#notation';
import { kvm_mmu_get_shadow_page, Sp } from '../kernel/shadow-page.ts';

/** As many gfns as a large page maps, the first of which can also be a table of the guest. */
const Block = symmetric('block');
type Block = Id<typeof Block>;
const Index = symmetric('index');
type Index = Id<typeof Index>;
const Vcpu = symmetric('vcpu');
const Ioctl = symmetric('ioctl');

const state = {
  mmu_lock: spinlock,
  /** The guest's page directory entry: a large page, or a table at the first gfn of a block; and the entries of that table. */
  pde: { large: bool, gfn: member(Block) },
  pte: array(Index, member(Block)),
  /** The SPTE that shadows the PDE. */
  sptep: pointer(Sp),
  sp: pool(Sp, { gfn: pointer(Block), direct: bool, spt: array(Index, pointer(Block)) }),
  rmap: array(Block, array(Index, array(Sp, bit))),
  /** What FNAME(walk_addr) found: the child that is wanted, and what the leaf maps. */
  vcpu: thread(Vcpu, {
    index: member(Index),
    table_gfn: member(Block),
    direct: bool,
    gfn: member(Block),
    sp: member(Sp),
  }),
  ioctl: thread(Ioctl, { sp: member(Sp), gfn: member(Block), index: member(Index) }),
};
export interface LeafUnderWrongGfn extends StateOf<typeof state> {}
type Vcpu = LeafUnderWrongGfn['vcpu'][Id<typeof Vcpu>];
type Ioctl = LeafUnderWrongGfn['ioctl'][Id<typeof Ioctl>];
type ShadowPage = LeafUnderWrongGfn['sp'][Sp];

// A fault.

function walk_addr(s: LeafUnderWrongGfn, vcpu: Vcpu, index: Index): Next {
  const { large, gfn } = s.pde;
  const target = large ? gfn : s.pte[index];
  if (s.sptep !== NULL && s.sp[s.sptep].spt[index] === target) return blocked;
  vcpu.index = index;
  vcpu.table_gfn = gfn;
  vcpu.direct = large;
  vcpu.gfn = target;
}

/** Goes on into a child that is there already, if it is the right one by this test. */
function childReusedIf(right: (child: ShadowPage, vcpu: Vcpu) => boolean) {
  return function kvm_mmu_get_child_sp(s: LeafUnderWrongGfn, vcpu: Vcpu): Next {
    if (s.sptep !== NULL && right(s.sp[s.sptep], vcpu)) {
      vcpu.sp = s.sptep;
      return mmu_set_spte;
    }
    const { table_gfn, direct } = vcpu;
    const sp = kvm_mmu_get_shadow_page(s.sp, (page) => page.gfn === table_gfn && page.direct === direct);
    if (sp === NULL) return exit; //  the fault is retried when one has been zapped
    s.sp[sp].gfn = table_gfn;
    s.sp[sp].direct = direct;
    vcpu.sp = sp;
  };
}

/** In place of another child, which stays in the hash. */
function link_shadow_page(s: LeafUnderWrongGfn, vcpu: Vcpu): void {
  s.sptep = vcpu.sp;
}

function mmu_set_spte(s: LeafUnderWrongGfn, vcpu: Vcpu): void {
  const { spt } = s.sp[vcpu.sp];
  if (spt[vcpu.index] !== NULL && spt[vcpu.index] !== vcpu.gfn) rmap_remove(s, vcpu.sp, vcpu.index);
  spt[vcpu.index] = vcpu.gfn;
}

function rmap_add(s: LeafUnderWrongGfn, vcpu: Vcpu): void {
  s.rmap[vcpu.gfn][vcpu.index][vcpu.sp] = 1;
}

/** The gfn that an SPTE was added under, as far as its shadow page tells. */
function kvm_mmu_page_get_gfn({ direct, gfn, spt }: ShadowPage, index: Index): Block {
  return (direct ? gfn : spt[index]) as Block;
}

function rmap_remove(s: LeafUnderWrongGfn, sp: Sp, index: Index): void {
  const list = s.rmap[kvm_mmu_page_get_gfn(s.sp[sp], index)][index];
  WARN_ON_ONCE(list[sp] === 0, 'pte_list_remove: the SPTE is not in the rmap');
  list[sp] = 0;
  s.sp[sp].spt[index] = NULL;
}

// Deleting a slot zaps its shadow pages; a notifier zaps what the rmap of a gfn lists.

function kvm_delete_memslot(s: LeafUnderWrongGfn, ioctl: Ioctl, sp: Sp): Next {
  if (!s.sp[sp].allocated) return blocked;
  ioctl.sp = sp;
}

function kvm_mmu_prepare_zap_page(s: LeafUnderWrongGfn, { sp }: Ioctl): Next {
  if (!s.sp[sp].allocated) return exit;
  s.sp[sp].spt.forEach((gfn, index) => {
    if (gfn !== NULL) rmap_remove(s, sp, index);
  });
  if (s.sptep === sp) s.sptep = NULL;
}

function kvm_mmu_free_shadow_page(s: LeafUnderWrongGfn, ioctl: Ioctl): void {
  s.sp[ioctl.sp].gfn = NULL;
  s.sp[ioctl.sp].direct = false;
  free(s.sp, ioctl.sp);
}

function kvm_unmap_gfn_range(_: LeafUnderWrongGfn, ioctl: Ioctl, gfn: Block, index: Index): void {
  ioctl.gfn = gfn;
  ioctl.index = index;
}

/** Stores to each SPTE of the list. */
function kvm_zap_rmap(s: LeafUnderWrongGfn, { gfn, index }: Ioctl): void {
  const list = s.rmap[gfn][index];
  list.forEach((listed, sp) => {
    if (!listed) return;
    s.sp[sp].spt[index] = NULL;
    list[sp] = 0;
  });
}

// Userspace writes to the guest's memory, of which KVM learns nothing.

function userspace_maps_large_page(s: LeafUnderWrongGfn, gfn: Block): void {
  s.pde.large = true;
  s.pde.gfn = gfn;
}
function userspace_maps_table(s: LeafUnderWrongGfn, gfn: Block): void {
  s.pde.large = false;
  s.pde.gfn = gfn;
}
function userspace_writes_pte(s: LeafUnderWrongGfn, index: Index, gfn: Block): void {
  s.pte[index] = gfn;
}

/** What the claims name. */
export const leafUnderWrongGfnSteps = { kvm_mmu_page_get_gfn, kvm_zap_rmap };

const ioctl = either(
  [forAny(Sp, kvm_delete_memslot), ...holding('mmu_lock', kvm_mmu_prepare_zap_page, kvm_mmu_free_shadow_page)],
  [forAny(Block, Index, kvm_unmap_gfn_range), ...holding('mmu_lock', kvm_zap_rmap)],
);

function faultThat(kvm_mmu_get_child_sp: ReturnType<typeof childReusedIf>) {
  const fetch = [kvm_mmu_get_child_sp, link_shadow_page, mmu_set_spte, rmap_add];
  return { vcpu: [forAny(Index, walk_addr), ...holding('mmu_lock', ...fetch)], ioctl };
}

export const leafUnderWrongGfn = model({
  name: 'museum/0cb2af2ea66a',
  about: 'a leaf is added to the rmap of one gfn and looked for in that of another (CVE-2026-46113, CVE-2026-53359)',
  state,
  bounds: { block: 2, index: 1, sp: 2, vcpu: 1, ioctl: 1 },
  actions: [
    forAny(Block, userspace_maps_large_page),
    forAny(Block, userspace_maps_table),
    forAny(Index, Block, userspace_writes_pte),
  ],
  variants: {
    unfixed: faultThat(childReusedIf(() => true)),
    'gfn-compared': {
      ...faultThat(childReusedIf((child, { table_gfn }) => child.gfn === table_gfn)),
      bounds: { sp: 1 },
    },
    'gfn-and-role-compared': faultThat(
      childReusedIf((child, { table_gfn, direct }) => child.gfn === table_gfn && child.direct === direct),
    ),
  },
});
