/** What eager splitting is about: huge SPTEs of a nested guest, the page tables that replace them, caches, and what else goes on. */
import {
  array,
  atomically,
  blocked,
  bool,
  exit,
  forAny,
  holding,
  type Id,
  idle,
  type Item,
  member,
  mutex,
  type Next,
  oneOf,
  range,
  type StateOf,
  spinlock,
  thread,
  upTo,
} from '#notation';
import { flushed, tlbs, Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import { memoryCache } from '../kernel/memory-cache.ts';
import { Gfn } from '../kernel/spte.ts';
import { srcu, srcu_read_lock, srcu_read_unlock } from '../kernel/srcu.ts';

/** What huge SPTEs map: an rmap each, in the order of a slot. */
const Frame = range('frame');
type Frame = Id<typeof Frame>;
/** Entries of a page table: 2 stand for 512. */
const Small = range('small');
type Small = Id<typeof Small>;
const Ioctl = range('ioctl');

export const state = {
  slots_lock: mutex,
  mmu_lock: spinlock,
  kvm: { destroyed: bool, freed: bool, eager_page_split: bool },
  slot: { logged: bool },
  /** `kvm_mmu_available_pages()`. */
  available: upTo(3),
  split_desc_cache: memoryCache,
  split_page_header_cache: memoryCache,
  split_shadow_page_cache: memoryCache,
  /** Of each nested gfn, the SPTE of the upper level. A table is the shadow page of its frame, which aliases share. */
  huge: array(Gfn, { frame: member(Frame), entry: oneOf('none', 'huge', 'table') }),
  /** The direct shadow page of each frame. A table in it has a hole: it maps a part of what its entry stands for. */
  child: array(Frame, { exists: bool, spt: array(Small, { entry: oneOf('none', 'leaf', 'table') }) }),
  /** Huge translations, by nested gfn. */
  tlb: tlbs,
  srcu,
  vcpu: thread(Vcpu, { logged: bool }),
  /** Where the walk is; whether it dropped mmu_lock to come again; what it has split. */
  ioctl: thread(Ioctl, {
    frame: upTo(Frame),
    sptep: member(Gfn),
    index: upTo(Small),
    again: bool,
    flush: bool,
    flushed,
    split: array(Gfn, { done: bool }),
  }),
};
export interface EagerSplit extends StateOf<typeof state> {}
export type Vcpu = EagerSplit['vcpu'][VcpuId];
export type Ioctl = EagerSplit['ioctl'][Id<typeof Ioctl>];
export type List<Thread> = readonly Item<EagerSplit, Thread, 'mmu_lock' | 'slots_lock'>[];

/** Whether a walk of the tables finds a leaf. */
function isMapped({ huge, child }: EagerSplit, gfn: Gfn, index: Small): boolean {
  const { entry, frame } = huge[gfn];
  return entry === 'huge' || (entry === 'table' && child[frame].spt[index].entry === 'leaf');
}

/** Whether an SPTE, or the table in its place, maps all that a huge one does. */
export function mapsWhole({ huge, child }: EagerSplit, gfn: Gfn): boolean {
  const { entry, frame } = huge[gfn];
  return entry === 'huge' || (entry === 'table' && child[frame].spt.every(isLeaf));
}

// A fault of the nested guest. The slot is looked up before mmu_lock is taken, and while it is logged nothing huge is mapped. The address
// is of no interest before that.

function page_fault(s: EagerSplit): Next {
  if (s.kvm.destroyed || s.huge.every((_, gfn) => mapsWhole(s, gfn))) return blocked;
}
function gfn_to_memslot({ slot }: EagerSplit, vcpu: Vcpu): void {
  vcpu.logged = slot.logged;
}
function direct_map(s: EagerSplit, { logged }: Vcpu, gfn: Gfn, index: Small): Next {
  const spte = s.huge[gfn];
  if (isMapped(s, gfn, index)) return exit; //  the walk was faster
  if (!logged) {
    spte.entry = 'huge';
    return exit;
  }
  const child = s.child[spte.frame];
  if (!child.exists) {
    if (s.available === 0) return exit; //  the fault is retried when a page has been zapped
    s.available--;
    child.exists = true;
  }
  child.spt[index].entry = 'leaf';
  spte.entry = 'table';
}

/** A fault on any address. */
export const fault: List<Vcpu> = [
  atomically(page_fault, srcu_read_lock, gfn_to_memslot),
  [...holding('mmu_lock', forAny(Gfn, Small, direct_map))],
  srcu_read_unlock,
];

// What may happen at any time.

/** The hardware of a vCPU that is in the guest. */
function tlb_fill(s: EagerSplit, vcpu: VcpuId, gfn: Gfn): Next {
  if (!idle(s.vcpu[vcpu]) || s.huge[gfn].entry !== 'huge' || s.tlb[vcpu][gfn]) return blocked;
  s.tlb[vcpu][gfn] = 1;
}
/** Of the MMU notifier, with mmu_lock held: the host takes the memory away, and the flush is done before the lock is released. */
function kvm_unmap_gfn_range(s: EagerSplit, frame: Frame): Next {
  const { spt } = s.child[frame];
  if (s.mmu_lock.held) return blocked;
  if (!s.huge.some((spte) => spte.frame === frame && spte.entry === 'huge') && !spt.some(isLeaf)) return blocked;
  s.huge.forEach((spte, gfn) => {
    if (spte.frame !== frame) return;
    if (spte.entry === 'huge') spte.entry = 'none';
    s.tlb.forEach((tlb) => {
      tlb[gfn] = 0;
    });
  });
  spt.forEach(zapLeaf);
}
/** Of whoever needs shadow pages, with mmu_lock held: one without parents goes first. */
function kvm_mmu_zap_oldest_mmu_pages(s: EagerSplit, frame: Frame): Next {
  const child = s.child[frame];
  if (s.mmu_lock.held || !child.exists) return blocked;
  if (s.huge.some((spte) => spte.frame === frame && spte.entry === 'table')) return blocked;
  clearChild(child);
  s.available++;
}
export const anyTime = [
  forAny(Vcpu, Gfn, tlb_fill),
  forAny(Frame, kvm_unmap_gfn_range),
  forAny(Frame, kvm_mmu_zap_oldest_mmu_pages),
];

function isLeaf({ entry }: { readonly entry: string }): boolean {
  return entry === 'leaf';
}

/** Takes away a small SPTE, so that a fault can map a huge page again. */
export function zapLeaf(spte: { entry: 'none' | 'leaf' | 'table' }): void {
  if (spte.entry === 'leaf') spte.entry = 'none';
}

/** What is mapped and cached. */
export function forgetMappings(s: EagerSplit): void {
  s.slot.logged = false;
  s.available = 0;
  s.huge.forEach((spte, gfn) => {
    spte.entry = 'none';
    s.tlb.forEach((tlb) => {
      tlb[gfn] = 0;
    });
  });
  s.child.forEach(clearChild);
}
function clearChild(child: EagerSplit['child'][Frame]): void {
  child.exists = false;
  child.spt.forEach((spte) => {
    spte.entry = 'none';
  });
}

// Where a run starts: the log is off, and everything is mapped by huge SPTEs, but for what each says.

/** Pages that are kept back: splitting stops where no more are available. */
export const KVM_MIN_FREE_MMU_PAGES = 1;

function apart(s: EagerSplit): void {
  let frame = 0;
  s.huge.forEach((spte) => {
    spte.entry = 'huge';
    spte.frame = frame++ % s.child.length;
  });
  s.kvm.eager_page_split = true;
  s.available = KVM_MIN_FREE_MMU_PAGES + 2;
}
/** No more than are kept back. */
function fewPages(s: EagerSplit): void {
  apart(s);
  s.available = KVM_MIN_FREE_MMU_PAGES;
}
/** All map the same frame, and share its child. */
function aliases(s: EagerSplit): void {
  apart(s);
  s.huge.forEach((spte) => {
    spte.frame = 0;
  });
}
/** The child is there from an earlier time, and one of its entries has a table with a hole. */
function childWithHole(s: EagerSplit): void {
  aliases(s);
  s.available--;
  s.child[0].exists = true;
  s.child[0].spt[0].entry = 'table';
}
/** The first of them is mapped by a table, of which the host has taken everything away. */
function emptyTable(s: EagerSplit): void {
  aliases(s);
  s.available--;
  s.child[0].exists = true;
  const first = s.huge.find(({ entry }) => entry === 'huge');
  if (first) first.entry = 'table';
}
export const initial = [apart, fewPages, aliases, childWithHole, emptyTable];
