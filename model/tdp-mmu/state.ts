/** What the TDP MMU is about: a root entry that links a table of leaves, the tables, what CPUs have cached of them, and who changes them. */
import {
  array,
  bit,
  blocked,
  bool,
  exit,
  forAny,
  free,
  type Id,
  type Item,
  idle,
  member,
  type Next,
  NULL,
  oneOf,
  pointer,
  pool,
  range,
  rwlock,
  type StateOf,
  thread,
  upTo,
} from '#notation';
import { flushed, flushRemoteTlbs, Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import { Gfn } from '../kernel/notifier.ts';
import { rcuReaders, rcuSection, readersHaveLeft } from '../kernel/rcu.ts';
import { Sp } from '../kernel/shadow-page.ts';

/** Whoever takes mmu_lock, other than for a fault. */
const Task = range('task');

/** An SPTE: not present, FROZEN_SPTE (which was REMOVED_SPTE before), which is not present either, or a leaf, whose D hardware sets. */
const spte = { kind: oneOf('none', 'frozen', 'leaf'), dirty: bool };

export const state = {
  mmu_lock: rwlock,
  mmu_invalidate_in_progress: upTo(Task),
  /** The entry of the upper level, over all gfns. */
  root: { kind: oneOf('none', 'frozen', 'table'), child: pointer(Sp) },
  /** Tables of leaves; `rcu_head` says that `call_rcu()` has it. */
  sp: pool(Sp, { spt: array(Gfn, spte), rcu_head: bool }),
  rcu: { vcpu: rcuReaders(Vcpu), task: rcuReaders(Task) },
  /** Translations for writing, and the table that the root entry pointed to when the CPU last read it. */
  tlb: array(Vcpu, { pages: array(Gfn, bit), walk_cache: pointer(Sp) }),
  vcpu: thread(Vcpu, { gfn: member(Gfn), sp: member(Sp), old_root: oneOf('none', 'frozen', 'table') }),
  /** `struct tdp_iter`, and whether a flush is due. */
  task: thread(Task, { sp: member(Sp), gfn: member(Gfn), old_spte: spte, flush: bool, flushed }),
  ghost: { unreported: array(Gfn, bit) }, //  written, and the host has not been told that the page is dirty
};
export interface TdpMmu extends StateOf<typeof state> {}
export type Vcpu = TdpMmu['vcpu'][VcpuId];
export type Task = TdpMmu['task'][Id<typeof Task>];
export type List<Thread> = readonly Item<TdpMmu, Thread, 'mmu_lock'>[];

export const faulting = rcuSection((s: TdpMmu) => s.rcu.vcpu);
export const zapping = rcuSection((s: TdpMmu) => s.rcu.task);

// The hardware of a vCPU that is in the guest.

/** A walk for a write, when there is no translation: it goes on from the walk cache while that has a table. */
function walk_root({ vcpu, root, tlb }: TdpMmu, id: VcpuId): Next {
  if (!idle(vcpu[id]) || tlb[id].walk_cache !== NULL || root.child === NULL) return blocked;
  tlb[id].walk_cache = root.child;
}
function walk_table({ vcpu, sp, tlb, ghost }: TdpMmu, id: VcpuId, gfn: Gfn): Next {
  const { pages, walk_cache } = tlb[id];
  if (!idle(vcpu[id]) || walk_cache === NULL || pages[gfn] || sp[walk_cache].spt[gfn].kind !== 'leaf') return blocked;
  sp[walk_cache].spt[gfn].dirty = true;
  pages[gfn] = 1;
  ghost.unreported[gfn] = 1;
}
function forget({ tlb }: TdpMmu, vcpu: VcpuId): void {
  const { pages } = tlb[vcpu];
  pages.forEach((_, gfn) => {
    pages[gfn] = 0;
  });
  tlb[vcpu].walk_cache = NULL;
}

export const flush_remote_tlbs: List<Task> = flushRemoteTlbs(forget);

function flush_pending(_: TdpMmu, task: Task): Next {
  if (!task.flush) return exit;
  task.flush = false;
  task.flushed.forEach((__, vcpu) => {
    task.flushed[vcpu] = 0;
  });
}

/** `if (flush) kvm_flush_remote_tlbs(kvm)`. */
export const flushIfPending = [flush_pending, ...flush_remote_tlbs];

// What becomes of a leaf, and of a table.

/**
 * Stores a value that is not present where the task is, and tells the host whether what was there was dirty: by an exchange, because
 * hardware may have set D since it was read; or as it was when it was read.
 */
export function zapLeaf({ sp, ghost }: TdpMmu, task: Task, kind: 'none' | 'frozen', dirty?: boolean): void {
  const spte = sp[task.sp].spt[task.gfn];
  if (dirty ?? spte.dirty) ghost.unreported[task.gfn] = 0;
  spte.kind = kind;
  spte.dirty = false;
}

/** The memory cache hands out zeroed memory. */
export function tdp_mmu_free_sp(s: TdpMmu, sp: Sp): void {
  s.sp[sp].rcu_head = false;
  s.sp[sp].spt.forEach((entry) => {
    entry.kind = 'none';
    entry.dirty = false;
  });
  free(s.sp, sp);
}
function tdp_mmu_free_sp_rcu_callback(s: TdpMmu, sp: Sp): Next {
  if (!s.sp[sp].rcu_head || !readersHaveLeft(s.rcu.vcpu, sp) || !readersHaveLeft(s.rcu.task, sp)) return blocked;
  tdp_mmu_free_sp(s, sp);
}

export const actions = [
  forAny(Vcpu, walk_root),
  forAny(Vcpu, Gfn, walk_table),
  forAny(Sp, tdp_mmu_free_sp_rcu_callback),
];
