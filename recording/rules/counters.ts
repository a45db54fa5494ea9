/** The kernel's statistics beside the events that they count. */
import type { EventName, TraceEvent } from '../events.ts';
import type { RecordingLog } from '../log.ts';
import type { Checker, Ledger, Rule } from './ledger.ts';

const statistics = {
  name: 'statistics',
  sentence: "at each snapshot the VM's statistics have counted the events of the trace",
} as const satisfies Rule;

export const counterRules = [statistics];

/** Which statistic counts what. */
const counted: Record<string, (event: TraceEvent) => boolean> = {
  remote_tlb_flush_requests: ({ name }) => name === 'flush_all',
  mmu_pte_write: ({ name }) => name === 'pte_write',
  mmu_shadow_zapped: ({ name }) => name === 'kvm_mmu_prepare_zap_page',
  mmu_cache_miss: (event) => event.name === 'kvm_mmu_get_page' && event.found === 'new',
  pf_taken: ({ name }) => name === 'kvm_page_fault',
  pf_emulate: ({ name }) => name === 'pte_write',
  pf_fast: (event) => event.name === 'fast_page_fault' && (event.fixed === 1 || event.spurious === 1),
  invlpg: ({ name }) => name === 'invlpg',
  nested_run: (event) => event.name === 'kvm_exit' && event.reason === 'vmrun',
};

/** Statistics of shadow pages leave those of the TDP MMU out, which have the same events. */
const ofShadowPages = new Set(['mmu_shadow_zapped', 'mmu_cache_miss']);

const names: ReadonlySet<EventName> = new Set<EventName>([
  'flush_all',
  'pte_write',
  'kvm_mmu_prepare_zap_page',
  'kvm_mmu_get_page',
  'kvm_page_fault',
  'fast_page_fault',
  'invlpg',
  'kvm_exit',
]);

/** Counts what the kernel counts. */
export function checkCounters(ledger: Ledger, log: RecordingLog | undefined): Checker {
  const counts = new Map(Object.keys(counted).map((name) => [name, 0]));
  const snapshots = (log?.entries ?? []).filter((entry) => entry.t === 'snapshot');
  let at = 0;
  let lost = false;
  let tdp = false;
  return {
    take(event) {
      if (event.name === 'kvm_tdp_mmu_spte_changed') tdp = true;
      else if (names.has(event.name)) {
        for (const [name, isCounted] of Object.entries(counted)) {
          if (isCounted(event)) counts.set(name, (counts.get(name) ?? 0) + 1);
        }
      } else if (event.name === 'MARK') {
        if (/^PHASE .*_untraced$/.test(event.words)) lost = true;
        if (event.words.startsWith('SNAPSHOT_BEGIN')) snapshot(event);
      }
    },
  };

  function snapshot(event: TraceEvent): void {
    const logged = snapshots[at];
    at += 1;
    if (logged === undefined) return;
    for (const [name, count] of counts) {
      const kernel = logged.statistics[name];
      if (kernel === undefined) continue;
      // what happened untraced was counted too
      if (lost) counts.set(name, kernel);
      else if (!(tdp && ofShadowPages.has(name))) ledger.same(statistics, event, name, kernel, count);
    }
    lost = false;
  }
}
