/** The MMU notifier: zaps the leaves of a range with mmu_lock held for writing, and may let others have it on the way. */
import { choose, cond_resched, exit, holding, type Item, type Next, NULL } from '#notation';
import { flushIfPending, type List, type Task, type TdpMmu, zapLeaf, zapping } from './state.ts';

const { rcu_read_lock, rcu_read_unlock } = zapping;

function kvm_mmu_invalidate_begin(s: TdpMmu, task: Task): void {
  s.mmu_invalidate_in_progress++;
  task.flush = false;
}
function kvm_mmu_invalidate_end(s: TdpMmu): void {
  s.mmu_invalidate_in_progress--;
}
/** The host gives the pages to somebody else, and writes to disk before what is dirty. */
export function freePages({ ghost }: TdpMmu): void {
  ghost.unreported.forEach((_, gfn) => {
    ghost.unreported[gfn] = 0;
  });
}

function tdp_iter_start({ root }: TdpMmu, task: Task): Next {
  if (root.child === NULL) return exit;
  task.sp = root.child;
  task.gfn = 0;
  return tdp_iter_read;
}
/** `need_resched()`, or `rwlock_needbreak()`: others want the CPU, or mmu_lock. */
function tdp_mmu_iter_cond_resched(): Next {
  if (choose(2) === 0) return tdp_iter_read;
}
/** From the root down to where the iterator was. */
export function tdp_iter_restart({ root }: TdpMmu, task: Task): Next {
  if (root.child === NULL) return exit;
  task.sp = root.child;
}
export function tdp_iter_read({ sp }: TdpMmu, { sp: table, gfn, old_spte }: Task): Next {
  const { kind, dirty } = sp[table].spt[gfn];
  old_spte.kind = kind;
  old_spte.dirty = dirty;
  if (kind !== 'leaf') return tdp_iter_next;
}
/** An exchange; of an SPTE whose D was set before, kernels make a store, which is the same. */
export function tdp_mmu_iter_set_spte(s: TdpMmu, task: Task): void {
  zapLeaf(s, task, 'none');
  task.flush = true;
}
function tdp_iter_next({ sp }: TdpMmu, task: Task): Next {
  if (task.gfn + 1 === sp[task.sp].spt.length) return exit;
  task.gfn++;
  return tdp_mmu_iter_cond_resched;
}

// What no kernel does.

export function storeOverVolatile(s: TdpMmu, task: Task): void {
  zapLeaf(s, task, 'none', task.old_spte.dirty);
  task.flush = true;
}

interface Parts {
  beforeYield?: List<Task>;
  afterYield?: List<Task>;
  set_spte?: Item<TdpMmu, Task, never>;
}

/** An invalidation of all gfns; right unless told otherwise. */
export function unmap({
  beforeYield = [flushIfPending],
  afterYield = [tdp_iter_restart],
  set_spte = tdp_mmu_iter_set_spte,
}: Parts = {}): List<Task> {
  const yielding = [...beforeYield, rcu_read_unlock, cond_resched('mmu_lock'), rcu_read_lock, ...afterYield];
  const zapLeafs = [tdp_iter_start, tdp_mmu_iter_cond_resched, ...yielding, tdp_iter_read, set_spte, tdp_iter_next];
  return [
    ...holding('mmu_lock', kvm_mmu_invalidate_begin, rcu_read_lock, zapLeafs, rcu_read_unlock, flushIfPending),
    freePages,
    ...holding('mmu_lock', kvm_mmu_invalidate_end),
  ];
}
