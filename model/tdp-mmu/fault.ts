/** A fault, with mmu_lock held for reading: links a table, unless one is there, and maps the page in it. */
import { alloc, blocked, exit, forAny, holding, type Next, NULL, read } from '#notation';
import { Gfn } from '../kernel/notifier.ts';
import { faulting, type List, type TdpMmu, type Vcpu } from './state.ts';

function page_fault({ root, sp, tlb }: TdpMmu, vcpu: Vcpu, gfn: Gfn): Next {
  const mapped = root.child !== NULL && sp[root.child].spt[gfn].kind === 'leaf';
  if (mapped || tlb[vcpu.id].pages[gfn]) return blocked;
  vcpu.gfn = gfn;
}
function is_page_fault_stale({ mmu_invalidate_in_progress }: TdpMmu): Next {
  if (mmu_invalidate_in_progress > 0) return exit;
}

/** Reads the root entry. */
export function kvm_tdp_mmu_map({ root }: TdpMmu, vcpu: Vcpu): Next {
  vcpu.old_root = root.kind;
  if (root.child === NULL) return;
  vcpu.sp = root.child;
  return try_step_down;
}
/** Another thread is at work on the entry, and the fault is retried. */
export function is_frozen_spte(_: TdpMmu, { old_root }: Vcpu): Next {
  if (old_root === 'frozen') return exit;
}
/** Compares and exchanges. A table that is not linked has not been seen by anybody. */
export function tdp_mmu_link_sp(s: TdpMmu, vcpu: Vcpu): Next {
  if (s.root.kind !== vcpu.old_root) return exit;
  return link(s, vcpu);
}
function link({ root, sp }: TdpMmu, vcpu: Vcpu): typeof exit | undefined {
  const child = alloc(sp);
  if (child === NULL) return exit; //  the fault is retried when a table has been freed
  root.kind = 'table';
  root.child = child;
  vcpu.sp = child;
}
/** Reads the entry of the table; that it is frozen is a reason to give up as well. */
export function try_step_down(s: TdpMmu, { sp, gfn }: Vcpu): Next {
  if (s.sp[sp].spt[gfn].kind !== 'none') return exit;
}
/** Compares and exchanges. */
export function tdp_mmu_map_handle_target_level(s: TdpMmu, { sp, gfn }: Vcpu): Next {
  const spte = s.sp[sp].spt[gfn];
  if (spte.kind !== 'none') return exit;
  spte.kind = 'leaf';
}

// What no kernel does.

export function linkWithoutComparing(s: TdpMmu, vcpu: Vcpu): Next {
  if (link(s, vcpu) === exit) return exit;
}
export function mapWithoutComparing(s: TdpMmu, { sp, gfn }: Vcpu): void {
  s.sp[sp].spt[gfn].kind = 'leaf';
}

/** The steps of a walk. */
export const walk: List<Vcpu> = [
  kvm_tdp_mmu_map,
  is_frozen_spte,
  tdp_mmu_link_sp,
  try_step_down,
  tdp_mmu_map_handle_target_level,
];

const { rcu_read_lock, rcu_read_unlock } = faulting;

/** A walk in an RCU section. */
export function inRcu(steps: List<Vcpu>): List<Vcpu> {
  return [rcu_read_lock, steps, rcu_read_unlock];
}

/** A fault with this walk. */
export function fault(walking: List<Vcpu>): List<Vcpu> {
  return [forAny(Gfn, page_fault), ...holding(read('mmu_lock'), is_page_fault_stale, ...walking)];
}
