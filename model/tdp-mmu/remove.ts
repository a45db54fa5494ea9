/** A table is taken out with mmu_lock held for reading, so that a large page can be mapped in its place, while others fault. */
import { BUG_ON, exit, holding, type Next, NULL, read } from '#notation';
import { awaitReaders } from '../kernel/rcu.ts';
import { type List, type Task, type TdpMmu, tdp_mmu_free_sp, zapLeaf, zapping } from './state.ts';

export function zap_collapsible_spte_range({ root }: TdpMmu, task: Task): Next {
  task.flush = false;
  if (root.child === NULL) return exit;
  task.sp = root.child;
  task.gfn = 0;
}
/** Compares and exchanges: others leave the entry alone until it is thawed. */
export function tdp_mmu_zap_spte_atomic(s: TdpMmu, task: Task): Next {
  if (s.root.child !== task.sp) return exit;
  setRoot(s, 'frozen');
  task.flush = true;
}
/** Nobody else writes to a frozen SPTE, and so a store will do. */
export function thaw(s: TdpMmu): void {
  setRoot(s, 'none');
}
function setRoot({ root }: TdpMmu, kind: 'none' | 'frozen'): void {
  root.kind = kind;
  root.child = NULL;
}

/** Exchanges each entry, so that who still stands in the table maps nothing more in it. */
export function handle_removed_pt(s: TdpMmu, task: Task): Next {
  zapLeaf(s, task, 'frozen');
  if (nextEntry(s, task)) return handle_removed_pt;
}
function nextEntry({ sp }: TdpMmu, task: Task): boolean {
  if (task.gfn + 1 === sp[task.sp].spt.length) return false;
  task.gfn++;
  return true;
}

export function call_rcu(s: TdpMmu, { sp }: Task): void {
  BUG_ON(s.sp[sp].rcu_head, 'call_rcu() has the table already');
  s.sp[sp].rcu_head = true;
  awaitReaders(s.rcu.vcpu, sp);
  awaitReaders(s.rcu.task, sp);
}

// What no kernel does.

export function freezeWithoutComparing(s: TdpMmu): void {
  setRoot(s, 'frozen');
}
export function clearWithoutFreezing(s: TdpMmu, { sp }: Task): Next {
  if (s.root.child !== sp) return exit;
  setRoot(s, 'none');
}
export function clearRemoved(s: TdpMmu, task: Task): Next {
  zapLeaf(s, task, 'none');
  if (nextEntry(s, task)) return clearRemoved;
}
export function freeAtOnce(s: TdpMmu, { sp }: Task): void {
  tdp_mmu_free_sp(s, sp);
}

const { rcu_read_lock, rcu_read_unlock } = zapping;

/** A removal by these steps, all but what comes first and last in an RCU section. */
export function remove(inSection: List<Task>, afterwards: List<Task> = []): List<Task> {
  return holding(
    read('mmu_lock'),
    rcu_read_lock,
    [zap_collapsible_spte_range, ...inSection],
    rcu_read_unlock,
    ...afterwards,
  );
}
