/**
 * The dirty log: in which order a write fault makes an SPTE writable, adds it to the rmap and sets the dirty bit, while
 * KVM_GET_DIRTY_LOG reaps the bit, write-protects what the rmap shows, flushes and reports.
 *
 * Models "KVM: MMU: update spte and add it into rmap before dirty log" and "KVM: MMU: locklessly write-protect the page"
 * (Xiao Guangrong, 2013; arch/x86/kvm/mmu.c: mmu_set_spte, set_spte, rmap_add, fast_pf_fix_direct_spte,
 * rmap_write_protect; arch/x86/kvm/x86.c: kvm_vm_ioctl_get_dirty_log; virt/kvm/kvm_main.c: mark_page_dirty).
 *
 * Assumes a direct map: each gfn has one 4K SPTE, shared by the vCPUs and never taken out of the rmap, so that to find it
 * there and to clear its W is one step. A round of the ioctl is for one gfn, and rounds never end. Of the TLB only what is
 * writable is kept. No manual protection, no PML, no failing copy to userspace. Where the order of stores matters, to find an SPTE in
 * the rmap and to clear its W are two steps.
 */
import {
  array,
  bit,
  blocked,
  bool,
  cmpxchg,
  exit,
  forAny,
  holding,
  type Id,
  idle,
  type Initial,
  type Item,
  member,
  memory,
  type MemoryOrder,
  model,
  type Next,
  range,
  smp_wmb,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  xchg,
} from '#notation';
import { kernelSource } from './source.ts';

const Gfn = symmetric('gfn');
type Gfn = Id<typeof Gfn>;
const Vcpu = symmetric('vcpu');
type VcpuId = Id<typeof Vcpu>;
const Ioctl = range('ioctl');

const state = {
  mmu_lock: spinlock,
  spte: memory(array(Gfn, { writable: bool })),
  rmap: memory(array(Gfn, bit)),
  dirty_bitmap: memory(array(Gfn, bit)),
  tlb: array(Vcpu, array(Gfn, bit)),
  vcpu: thread(Vcpu, { gfn: member(Gfn) }),
  ioctl: thread(Ioctl, { gfn: member(Gfn), flushed: array(Vcpu, bit) }),
  ghost: { unsent: array(Gfn, bit) }, //  written since the last report
};
export interface DirtyLog extends StateOf<typeof state> {}
type Vcpu = DirtyLog['vcpu'][VcpuId];
type Ioctl = DirtyLog['ioctl'][Id<typeof Ioctl>];

// A write fault. In a direct map one whose SPTE is only write-protected is fixed without mmu_lock, by compare-and-exchange.

function page_fault(s: DirtyLog, vcpu: Vcpu, gfn: Gfn): Next {
  if (s.spte[gfn].writable) return blocked;
  vcpu.gfn = gfn;
}
export function set_spte(s: DirtyLog, vcpu: Vcpu): void {
  s.spte[vcpu.gfn].writable = true;
}
export function rmap_add(s: DirtyLog, vcpu: Vcpu): void {
  s.rmap[vcpu.gfn] = 1;
}
export function mark_page_dirty(s: DirtyLog, vcpu: Vcpu): void {
  s.dirty_bitmap[vcpu.gfn] = 1;
}
export function fast_pf_fix_direct_spte(s: DirtyLog, vcpu: Vcpu): Next {
  if (cmpxchg(s.spte[vcpu.gfn], 'writable', false, true)) return exit; //  another vCPU was faster
}
/** Who sees the dirty bit finds the SPTE. */
export function smp_wmb_before_dirty(): void {
  smp_wmb();
}

// KVM_GET_DIRTY_LOG.

function get_dirty_log(_: DirtyLog, ioctl: Ioctl, gfn: Gfn): void {
  ioctl.gfn = gfn;
}
/** One atomic exchange, under mmu_lock or not. */
export function clear_dirty_bit(s: DirtyLog, ioctl: Ioctl): Next {
  if (!xchg(s.dirty_bitmap, ioctl.gfn, 0)) return exit;
}
function rmap_write_protect(s: DirtyLog, ioctl: Ioctl): void {
  if (s.rmap[ioctl.gfn]) s.spte[ioctl.gfn].writable = false;
}
/** The same in two steps. */
function rmap_get_first(s: DirtyLog, ioctl: Ioctl): Next {
  if (!s.rmap[ioctl.gfn]) return kvm_flush_remote_tlbs;
}
function spte_write_protect(s: DirtyLog, ioctl: Ioctl): void {
  cmpxchg(s.spte[ioctl.gfn], 'writable', true, false);
}
/** The vCPUs are interrupted one by one, in any order, and the ioctl waits for all of them. */
function kvm_flush_remote_tlbs(s: DirtyLog, ioctl: Ioctl, vcpu: VcpuId): Next {
  if (ioctl.flushed[vcpu]) return blocked;
  s.tlb[vcpu][ioctl.gfn] = 0;
  ioctl.flushed[vcpu] = 1;
  if (ioctl.flushed.includes(0)) return kvm_flush_remote_tlbs;
}
/** The report: userspace reads the page after it, and so sends whatever was written before. */
export function copy_to_user(s: DirtyLog, ioctl: Ioctl): void {
  s.ghost.unsent[ioctl.gfn] = 0;
}

// Instead of the exchange.

function read_dirty_bit(s: DirtyLog, ioctl: Ioctl): Next {
  if (!s.dirty_bitmap[ioctl.gfn]) return exit;
}
export function store_clear_bit(s: DirtyLog, ioctl: Ioctl): void {
  s.dirty_bitmap[ioctl.gfn] = 0;
}

// The hardware of a vCPU that is in the guest.

function tlb_fill(s: DirtyLog, vcpu: VcpuId, gfn: Gfn): Next {
  if (!idle(s.vcpu[vcpu]) || !s.spte[gfn].writable || s.tlb[vcpu][gfn]) return blocked;
  s.tlb[vcpu][gfn] = 1;
}
function guest_write(s: DirtyLog, vcpu: VcpuId, gfn: Gfn): Next {
  if (!idle(s.vcpu[vcpu]) || !s.tlb[vcpu][gfn] || s.ghost.unsent[gfn]) return blocked;
  s.ghost.unsent[gfn] = 1;
}

// Where a run starts: nothing mapped, or all write-protected; the bitmap clear, or set (KVM_DIRTY_LOG_INITIALLY_SET).

function bitmapClear(): void {}
function bitmapSet(s: DirtyLog): void {
  s.dirty_bitmap.forEach((_, gfn) => {
    s.dirty_bitmap[gfn] = 1;
  });
}
function writeProtected(s: DirtyLog): void {
  s.rmap.forEach((_, gfn) => {
    s.rmap[gfn] = 1;
  });
}
function writeProtectedBitmapSet(s: DirtyLog): void {
  writeProtected(s);
  bitmapSet(s);
}

/**
 * Every order of the three steps of a fault, by its name. A name leaves out what goes without saying: an SPTE that comes first;
 * after `mmu-lock` the order that the kernel has without the patch; before `no-flush` the order that the patch makes.
 */
export const orders = {
  'rmap-then-dirty': [set_spte, rmap_add, mark_page_dirty],
  'rmap-then-spte-then-dirty': [rmap_add, set_spte, mark_page_dirty],
  'dirty-then-rmap': [set_spte, mark_page_dirty, rmap_add],
  'rmap-then-dirty-then-spte': [rmap_add, mark_page_dirty, set_spte],
  'dirty-then-spte-then-rmap': [mark_page_dirty, set_spte, rmap_add],
  'dirty-then-rmap-then-spte': [mark_page_dirty, rmap_add, set_spte],
} as const;

/** Both orders of the fast page fault, whose SPTE is in the rmap already. */
export const fastOrders = {
  'fast-spte-then-dirty': [fast_pf_fix_direct_spte, mark_page_dirty],
  'fast-dirty-then-spte': [mark_page_dirty, fast_pf_fix_direct_spte],
} as const;

const fault = forAny(Gfn, page_fault);
const get = forAny(Gfn, get_dirty_log);
const flush = forAny(Vcpu, kvm_flush_remote_tlbs);
const lockless: List<Ioctl> = [get, clear_dirty_bit, rmap_write_protect, flush, copy_to_user];
const locked: List<Ioctl> = [get, ...holding('mmu_lock', clear_dirty_bit, rmap_write_protect), flush, copy_to_user];

type List<Thread> = readonly Item<DirtyLog, Thread, 'mmu_lock'>[];
type Variant = {
  vcpu: List<Vcpu>;
  ioctl: List<Ioctl>;
  initial?: readonly Initial<DirtyLog>[];
  memoryOrder?: MemoryOrder;
  bounds?: { gfn: number; store_buffer?: number };
};

/** With mmu_lock on both sides. */
function underMmuLock(order: keyof typeof orders) {
  return order === 'dirty-then-rmap' ? 'mmu-lock' : (`mmu-lock-${order}` as const);
}

/** What loses no page as long as it flushes. */
const right = [
  'rmap-then-dirty',
  'rmap-then-spte-then-dirty',
  'fast-spte-then-dirty',
  ...keys(orders).map(underMmuLock),
] as const;

function withoutFlush(variant: (typeof right)[number]) {
  return variant === 'rmap-then-dirty' ? 'no-flush' : (`${variant}-no-flush` as const);
}

const walk = [rmap_get_first, spte_write_protect];
const fixed = {
  vcpu: [fault, ...fastOrders['fast-spte-then-dirty']],
  initial: [writeProtected, writeProtectedBitmapSet],
};
const ordered = [fault, set_spte, rmap_add, mark_page_dirty];
const fenced = [fault, set_spte, rmap_add, smp_wmb_before_dirty, mark_page_dirty];
const exchanging: List<Ioctl> = [get, clear_dirty_bit, ...walk, flush, copy_to_user];
const storing: List<Ioctl> = [get, read_dirty_bit, store_clear_bit, ...walk, flush, copy_to_user];

/** What each memory order asks of 'rmap-then-dirty' and of 'fast-spte-then-dirty'. One gfn is enough: no two share a location. */
const weak = {
  'stores-in-order': { vcpu: ordered, ioctl: exchanging, memoryOrder: 'tso', bounds: { gfn: 1, store_buffer: 3 } },
  'store-barrier': { vcpu: fenced, ioctl: exchanging, memoryOrder: 'pso' },
  'no-store-barrier': { vcpu: ordered, ioctl: exchanging, memoryOrder: 'pso' },
  //  Its compare-and-exchange is a full barrier.
  'fast-without-barrier': { ...fixed, ioctl: exchanging, memoryOrder: 'pso' },
  //  Without store buffers this is right: whoever adds to the rmap later sets the bit later still.
  'cleared-by-store': { vcpu: fenced, ioctl: storing, memoryOrder: 'tso' },
} as const satisfies Record<string, Variant>;

/** The names of the variants, made of the names of the orders: a suite that has no verdict for one does not compile. */
export type DirtyLogVariant =
  | keyof typeof orders
  | keyof typeof fastOrders
  | ReturnType<typeof underMmuLock>
  | ReturnType<typeof withoutFlush>
  | keyof typeof weak;

const variants = {} as Record<DirtyLogVariant, Variant>;
for (const order of keys(orders)) {
  variants[order] = { vcpu: [fault, ...orders[order]], ioctl: lockless };
}
for (const order of keys(fastOrders)) {
  const initial = [writeProtected, writeProtectedBitmapSet];
  variants[order] = { vcpu: [fault, ...fastOrders[order]], ioctl: lockless, initial };
}
for (const order of keys(orders)) {
  variants[underMmuLock(order)] = { vcpu: [fault, ...holding('mmu_lock', ...orders[order])], ioctl: locked };
}
for (const variant of right) {
  const { ioctl } = variants[variant];
  variants[withoutFlush(variant)] = { ...variants[variant], ioctl: ioctl.filter((item) => item !== flush) };
}
for (const name of keys(weak)) variants[name] = { bounds: { gfn: 1 }, ...weak[name] };

/** What a claim is made for every member of. */
export const dirtyLogSets = { Gfn, Vcpu };

function keys<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record) as Key[];
}

export const dirtyLog = model({
  name: 'dirty-log',
  about:
    'in which order a fault may make an SPTE writable, add it to the rmap and set the dirty bit while the log is read',
  source: kernelSource,
  state,
  bounds: { gfn: 2, vcpu: 2, ioctl: 1 },
  actions: [forAny(Vcpu, Gfn, tlb_fill), forAny(Vcpu, Gfn, guest_write)],
  initial: [bitmapClear, bitmapSet],
  variants,
});
