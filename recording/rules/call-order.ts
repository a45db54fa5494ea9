/** What follows what in a thread: functions call each other in one order only. */
import type { TraceEvent } from '../events.ts';
import type { Checker, Ledger, Rule } from './ledger.ts';

const order = {
  name: 'order of calls',
  sentence: 'in a thread, what follows an event, and what comes before it, is what the functions do next to it',
} as const satisfies Rule;

const undivided = {
  name: 'undivided',
  sentence: 'under mmu_lock nobody else comes between a call and its return, or an SPTE write and its rmap add',
} as const satisfies Rule;

const endsWhole = {
  name: 'ends whole',
  sentence: 'no thread ends in the midst of a call',
} as const satisfies Rule;

export const orderRules = [order, undivided, endsWhole];

/** An event by its name, and by who called it or why it happened where that matters. */
function kindOf(event: TraceEvent): string {
  switch (event.name) {
    case 'MARK':
      return `MARK ${event.words.split(' ')[0]}`;
    case 'kvm_exit':
      return `kvm_exit ${event.reason}`;
    case 'mark_dirty':
    case 'flush_all':
    case 'flush_range':
    case 'cache_alloc':
      return `${event.name} ${event.from}`;
    case 'spte_update_ret':
      return `${event.name} ${event.by}`;
    default:
      return event.name;
  }
}

/** What may come directly after an event, in its thread. An event that is not here may be followed by anything that need not follow something. */
const followers: Record<string, string> = {
  'MARK WORKLOAD': 'MARK|notifier_start',
  'MARK SETSLOT': 'MARK SETSLOT_DONE|split_pages|zap_collapsible|zap_all_fast|kvm_mmu_zap_all_fast',
  'MARK GET_DIRTY_LOG': 'MARK GET_DIRTY_LOG_DONE|enable_log_mask',
  'MARK CLEAR_DIRTY_LOG': 'MARK CLEAR_DIRTY_LOG_DONE|enable_log_mask',
  'MARK SNAPSHOT_BEGIN': 'MARK SNAPSHOT_END',
  kvm_entry: 'kvm_exit',
  'kvm_exit PF excp': 'kvm_page_fault',
  'kvm_exit npf': 'kvm_page_fault',
  'kvm_exit invlpg': 'invlpg',
  'kvm_exit vmrun': 'new_pgd',
  'kvm_exit hypercall': 'mark_dirty kvm_vcpu_unmap',
  'kvm_exit interrupt': 'kvm_entry|tlb_',
  'kvm_exit io': 'MARK|notifier_start',
  'kvm_exit write_cr3': 'slot_gfn_wp|new_pgd|tlb_current|kvm_mmu_get_page',
  kvm_page_fault:
    'mark_dirty paging64_walk_addr_generic|mark_dirty fast_page_fault|mark_dirty direct_page_fault|mark_dirty __kvm_write_guest_page|fast_page_fault|cache_topup|slot_gfn_wp|kvm_mmu_get_page|kvm_mmu_spte_requested',
  'mark_dirty paging64_walk_addr_generic': 'cache_topup|slot_gfn_wp|kvm_mmu_get_page|kvm_mmu_spte_requested',
  'mark_dirty make_spte': 'spte_update|kvm_tdp_mmu_spte_changed',
  'mark_dirty fast_page_fault': 'fast_page_fault',
  'mark_dirty direct_page_fault': 'fast_page_fault',
  'mark_dirty __kvm_write_guest_page': 'pte_write',
  'mark_dirty kvm_vcpu_unmap': 'tlb_current|new_pgd',
  fast_page_fault: 'kvm_entry|tlb_|kvm_mmu_spte_requested',
  kvm_mmu_spte_requested:
    'unsync_try|spte_update|kvm_mmu_get_page|list_rm|cache_alloc|kvm_entry|kvm_tdp_mmu_spte_changed',
  unsync_try: 'mark_dirty make_spte|spte_update|kvm_tdp_mmu_spte_changed|kvm_mmu_unsync_page',
  kvm_mmu_unsync_page: 'spte_update|mark_dirty make_spte|kvm_mmu_unsync_page',
  spte_update: 'spte_update_ret',
  'spte_update_ret mmu_set_spte': 'kvm_mmu_set_spte',
  'spte_update_ret rmap_write_protect': 'spte_update|rmap_wp_ret',
  kvm_mmu_set_spte: 'rmap_add|kvm_entry|tlb_all|flush_all mmu_set_spte|flush_range mmu_set_spte|drop_spte',
  rmap_add: 'list_add',
  list_add: 'list_add_ret|cache_alloc pte_list_add',
  'cache_alloc pte_list_add': 'list_add_ret',
  'cache_alloc __kvm_mmu_get_shadow_page': 'cache_alloc __kvm_mmu_get_shadow_page|kvm_mmu_get_page|slot_gfn_wp',
  kvm_mmu_get_page: 'list_add|kvm_tdp_mmu_spte_changed|tlb_current|rmap_add|drop_spte|slot_gfn_wp',
  drop_spte: 'spte_clear',
  list_rm: 'list_rm_ret',
  list_zap_all: 'list_zap_all_ret|spte_clear',
  rmap_wp: 'spte_update|rmap_wp_ret',
  slot_gfn_wp: 'rmap_wp|kvm_mmu_get_page|slot_gfn_wp|enable_log_mask|flush_memslot|flush_all',
  enable_log_mask: 'rmap_wp|kvm_tdp_mmu_spte_changed|slot_gfn_wp|cache_topup|flush_all|enable_log_mask',
  kvm_mmu_zap_all_fast: 'kvm_mmu_prepare_zap_page|kvm_tdp_mmu_spte_changed',
  kvm_mmu_sync_page: 'kvm_mmu_prepare_zap_page|spte_update|drop_spte|tlb_',
  notifier_start: 'kvm_unmap_hva_range',
  unmap_gfn: 'list_zap_all|kvm_tdp_mmu_spte_changed|notifier_start',
  'flush_range __kvm_mmu_invalidate_addr': 'flush_all __kvm_mmu_invalidate_addr',
  'flush_range __kvm_mmu_get_shadow_page': 'flush_all __kvm_mmu_get_shadow_page',
  'flush_range mmu_set_spte': 'flush_all mmu_set_spte',
  'flush_range zap_collapsible_spte_range':
    'flush_all zap_collapsible_spte_range|flush_all kvm_flush_remote_tlbs_with_address',
  flush_memslot: 'flush_all',
  'flush_all kvm_get_dirty_log_protect': 'MARK GET_DIRTY_LOG_DONE',
  'flush_all kvm_clear_dirty_log_protect': 'MARK CLEAR_DIRTY_LOG_DONE',
  'flush_all kvm_set_memslot': 'MARK SETSLOT_DONE',
  'flush_all kvm_arch_flush_remote_tlbs_memslot': 'MARK SETSLOT_DONE|MARK GET_DIRTY_LOG_DONE|MARK CLEAR_DIRTY_LOG_DONE',
  'flush_all __link_shadow_page': 'list_add',
  'flush_all paging64_invlpg': 'drop_spte|spte_update|unsync_try|tlb_|kvm_entry|mark_dirty make_spte',
  'flush_all __kvm_mmu_invalidate_addr': 'tlb_|kvm_entry',
  invlpg: 'tlb_gva',
  new_pgd: 'tlb_current|mark_dirty kvm_vcpu_unmap|slot_gfn_wp',
  tlb_all: 'tlb_asid',
  tlb_current: 'tlb_asid',
  split_pages: 'slot_rm_wacc|cache_topup|kvm_mmu_split_huge_page|kvm_mmu_get_page|cache_alloc|kvm_tdp_mmu_spte_changed',
  pte_write: 'list_rm|kvm_mmu_prepare_zap_page|kvm_entry|tlb_',
  zap_all_fast: 'kvm_mmu_zap_all_fast',
};

/** What an event that cannot begin anything comes directly after, in its thread. */
const predecessors: Record<string, string> = {
  'MARK SETSLOT_DONE': 'MARK SETSLOT|flush_|zap_collapsible|kvm_tdp_mmu_spte_changed',
  'MARK GET_DIRTY_LOG_DONE': 'MARK GET_DIRTY_LOG|flush_all',
  'MARK CLEAR_DIRTY_LOG_DONE': 'MARK CLEAR_DIRTY_LOG|flush_all',
  'MARK SNAPSHOT_END': 'MARK SNAPSHOT_BEGIN',
  kvm_exit: 'kvm_entry',
  kvm_page_fault: 'kvm_exit PF excp|kvm_exit npf',
  fast_page_fault: 'mark_dirty fast_page_fault|mark_dirty direct_page_fault|kvm_page_fault',
  'mark_dirty paging64_walk_addr_generic': 'kvm_page_fault',
  'mark_dirty make_spte': 'unsync_try|kvm_mmu_unsync_page',
  'mark_dirty fast_page_fault': 'kvm_page_fault',
  'mark_dirty direct_page_fault': 'kvm_page_fault',
  'mark_dirty __kvm_write_guest_page': 'kvm_page_fault|list_add_ret',
  'mark_dirty kvm_vcpu_unmap': 'kvm_exit hypercall|new_pgd',
  kvm_mmu_spte_requested:
    'kvm_page_fault|mark_dirty paging64_walk_addr_generic|cache_topup|fast_page_fault|list_add_ret',
  unsync_try:
    'kvm_mmu_spte_requested|list_add_ret|list_rm_ret|flush_all paging64_invlpg|kvm_tdp_mmu_spte_changed|kvm_mmu_set_spte',
  kvm_mmu_unsync_page: 'unsync_try|kvm_mmu_unsync_page',
  spte_update:
    'unsync_try|mark_dirty make_spte|kvm_mmu_unsync_page|kvm_mmu_spte_requested|rmap_wp|spte_update_ret|kvm_mmu_sync_page|list_rm_ret|flush_all paging64_invlpg',
  spte_update_ret: 'spte_update',
  kvm_mmu_set_spte: 'spte_update_ret mmu_set_spte|kvm_tdp_mmu_spte_changed',
  rmap_add: 'kvm_mmu_set_spte|flush_all mmu_set_spte|list_add_ret|kvm_mmu_get_page',
  list_add: 'rmap_add|kvm_mmu_get_page|flush_all __link_shadow_page',
  list_add_ret: 'list_add|cache_alloc pte_list_add',
  'cache_alloc pte_list_add': 'list_add',
  spte_clear: 'drop_spte|list_rm_ret|list_zap_all|spte_clear|zap_collapsible|flush_all kvm_rmap_zap_collapsible_sptes',
  list_rm: 'spte_clear|kvm_mmu_prepare_zap_page|list_rm_ret|pte_write|kvm_mmu_spte_requested',
  list_rm_ret: 'list_rm',
  list_zap_all: 'unmap_gfn|list_zap_all_ret|list_add_ret',
  list_zap_all_ret: 'list_zap_all|spte_clear',
  rmap_wp: 'enable_log_mask|rmap_wp_ret|slot_rm_wacc|slot_gfn_wp',
  rmap_wp_ret: 'rmap_wp|spte_update_ret rmap_write_protect',
  slot_rm_wacc: 'split_pages|kvm_mmu_split_huge_page',
  split_pages: 'MARK SETSLOT',
  zap_collapsible: 'MARK SETSLOT',
  zap_all_fast: 'MARK SETSLOT',
  kvm_mmu_zap_all_fast: 'zap_all_fast|MARK SETSLOT',
  kvm_unmap_hva_range: 'notifier_start',
  unmap_gfn: 'kvm_unmap_hva_range',
  invlpg: 'kvm_exit invlpg',
  tlb_gva: 'invlpg',
  pte_write: 'mark_dirty __kvm_write_guest_page',
  'flush_all kvm_get_dirty_log_protect': 'rmap_wp_ret|slot_gfn_wp|kvm_tdp_mmu_spte_changed|enable_log_mask',
  'flush_all kvm_clear_dirty_log_protect': 'rmap_wp_ret|slot_gfn_wp|kvm_tdp_mmu_spte_changed|enable_log_mask',
  'flush_all kvm_set_memslot': 'flush_memslot',
  'flush_all kvm_arch_flush_remote_tlbs_memslot': 'flush_memslot',
  'flush_all __link_shadow_page': 'list_rm_ret',
  'flush_all kvm_mmu_commit_zap_page': 'kvm_mmu_prepare_zap_page|list_rm_ret',
  'flush_all paging64_invlpg': 'list_rm_ret',
  'flush_range __kvm_mmu_invalidate_addr': 'list_rm_ret',
  'flush_range mmu_set_spte': 'kvm_mmu_set_spte',
  'flush_all __kvm_mmu_invalidate_addr': 'flush_range __kvm_mmu_invalidate_addr',
};

const after = patterns(followers);
const before = patterns(predecessors);

function patterns(table: Record<string, string>): ReadonlyMap<string, RegExp> {
  return new Map(Object.entries(table).map(([kind, others]) => [kind, new RegExp(`^(?:${others})(?:(?<=_)|$| )`)]));
}

/** Calls whose return has to come before anybody else does something under mmu_lock. */
const undividedCalls = /^(?:spte_update|list_add|list_rm|rmap_wp|rmap_add|drop_spte|cache_alloc pte_list_add)$/;

/** The events of each thread in their order. */
export function checkOrder(ledger: Ledger): Checker {
  const threads = new Map<string, { readonly kind: string; readonly event: TraceEvent }>();
  let inside: { readonly pid: string; readonly kind: string } | undefined;
  return {
    take(event) {
      const kind = kindOf(event);
      const last = threads.get(event.pid);
      threads.set(event.pid, { kind, event });
      if (last !== undefined) {
        allowed(ledger, event, after.get(last.kind) ?? after.get(last.event.name), kind, `after ${last.kind}`);
      }
      allowed(ledger, event, before.get(kind) ?? before.get(event.name), last?.kind ?? 'nothing', `before ${kind}`);
      if (event.depth > 0 && event.name !== 'kvm_entry' && event.name !== 'kvm_exit') {
        if (inside !== undefined) {
          const { pid, kind: call } = inside;
          ledger.same(undivided, event, `after ${call}, thread`, pid, event.pid);
        }
        inside = undividedCalls.test(kind) ? { pid: event.pid, kind } : undefined;
      }
    },
    end() {
      for (const { kind, event } of threads.values()) {
        const open = after.get(kind) ?? after.get(event.name);
        ledger.check(
          endsWhole,
          event,
          open === undefined || kind.startsWith('kvm_exit') || open.test('kvm_entry'),
          () => choices(open as RegExp),
          () => 'the end of the trace',
        );
      }
    },
  };
}

function allowed(ledger: Ledger, event: TraceEvent, pattern: RegExp | undefined, other: string, where: string): void {
  if (pattern === undefined) return;
  ledger.check(
    order,
    event,
    pattern.test(other),
    () => `${where}: ${choices(pattern)}`,
    () => other,
  );
}

function choices({ source }: RegExp): string {
  return source.slice('^(?:'.length, source.lastIndexOf(')(?:(?<=_)')).split('|').join(' or ');
}
