/** What is done under mmu_lock, and what without any lock. */
import type { EventName, TraceEvent } from '../events.ts';
import type { Checker, Ledger, Rule } from './ledger.ts';

const held = {
  name: 'mmu_lock held',
  sentence: 'SPTEs, rmaps and shadow pages are changed, and pages write-protected, under mmu_lock',
} as const satisfies Rule;

const notHeld = {
  name: 'no lock held',
  sentence: 'faults begin, fast faults end, caches are topped up and the dirty log flushes without mmu_lock',
} as const satisfies Rule;

export const lockRules = [held, notHeld];

const underLock: ReadonlySet<EventName> = new Set<EventName>([
  'kvm_mmu_spte_requested',
  'kvm_mmu_set_spte',
  'kvm_tdp_mmu_spte_changed',
  'kvm_mmu_split_huge_page',
  'kvm_mmu_get_page',
  'kvm_mmu_prepare_zap_page',
  'kvm_mmu_sync_page',
  'kvm_mmu_zap_all_fast',
  'rmap_add',
  'list_add',
  'list_add_ret',
  'list_rm',
  'list_rm_ret',
  'list_zap_all',
  'list_zap_all_ret',
  'drop_spte',
  'spte_clear',
  'spte_update',
  'spte_update_ret',
  'rmap_wp',
  'rmap_wp_ret',
  'slot_gfn_wp',
  'enable_log_mask',
  'cache_alloc',
  'flush_range',
  'unsync_try',
  'unmap_gfn',
  // not a lock: preemption is off around the guest
  'kvm_entry',
]);

/** Who flushes, or marks a page dirty, without mmu_lock; all others hold it. */
const flushersWithoutLock =
  /^(?:kvm_get_dirty_log_protect|kvm_clear_dirty_log_protect|kvm_set_memslot|kvm_arch_flush_remote_tlbs_memslot)$/;

/** How many locks are held at an event; undefined where kernels differ. */
function depthAt(event: TraceEvent): number | undefined {
  switch (event.name) {
    case 'kvm_exit':
    case 'flush_memslot':
      return undefined;
    case 'kvm_mmu_unsync_page':
      // mmu_unsync_pages_lock
      return 2;
    case 'kvm_mmu_get_page':
    case 'cache_alloc':
      // tdp_mmu_pages_lock, for a root
      return event.depth === 2 ? 2 : 1;
    case 'flush_all':
      return flushersWithoutLock.test(event.from) ? 0 : 1;
    case 'mark_dirty':
      return event.from === 'make_spte' ? 1 : 0;
    default:
      return underLock.has(event.name) ? 1 : 0;
  }
}

/** The preempt depth at every event, which is the number of spinlocks held. */
export function checkLocks(ledger: Ledger): Checker {
  let outside: number | undefined;
  const flushing = new Map<string, number>();
  return {
    take(event) {
      const before = flushing.get(event.pid);
      flushing.delete(event.pid);
      // a memslot is flushed with mmu_lock or without, as its caller has it
      if (before !== undefined) ledger.same(before === 0 ? notHeld : held, event, 'preempt depth', before, event.depth);
      if (event.name === 'kvm_exit') {
        // before preemption is on again or after, as the kernel has it
        outside ??= event.depth;
        ledger.same(notHeld, event, 'preempt depth', outside, event.depth);
      }
      if (event.name === 'flush_memslot') flushing.set(event.pid, event.depth);
      const depth = depthAt(event);
      if (depth !== undefined) ledger.same(depth === 0 ? notHeld : held, event, 'preempt depth', depth, event.depth);
    },
  };
}
