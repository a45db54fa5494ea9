/** The comparison of a trace with the rules: every event through every checker. */
import type { TraceEvent } from './events.ts';
import type { RecordingLog } from './log.ts';
import type { PteLists } from './pte-lists.ts';
import { type Checker, Ledger, type Rule, type RuleResult } from './rules/ledger.ts';
import { cacheRules, checkCaches } from './rules/caches.ts';
import { checkCounters, counterRules } from './rules/counters.ts';
import { checkDirtyLog, dirtyLogRules } from './rules/dirty-log.ts';
import { checkSplits, splitRules } from './rules/eager-split.ts';
import { checkFaults, faultRules } from './rules/fault.ts';
import { checkFlushes, flushRules } from './rules/flush.ts';
import { checkLists, listRules } from './rules/lists.ts';
import { checkLocks, lockRules } from './rules/lock.ts';
import { logMarkRules } from './rules/log-marks.ts';
import { checkMappings, mappingRules } from './rules/mapping.ts';
import { Memory } from './rules/memory.ts';
import { checkOrder, orderRules } from './rules/call-order.ts';
import { checkRmaps, rmapRules } from './rules/rmap.ts';
import { checkRmapWriteProtection, rmapWriteProtectRules } from './rules/rmap-write-protect.ts';
import { checkShadowPages, shadowPageRules } from './rules/shadow-pages.ts';
import { checkSptes, spteRules } from './rules/spte.ts';
import { checkWriteProtection, writeProtectRules } from './rules/write-protect.ts';
import { checkTdp, tdpRules } from './rules/tdp.ts';
import { checkVcpus, vcpuRules } from './rules/vcpu.ts';

/** Every rule, in the order in which a report has them. */
export const rules: readonly Rule[] = [
  ...faultRules,
  ...mappingRules,
  ...lockRules,
  ...spteRules,
  ...listRules,
  ...rmapRules,
  ...rmapWriteProtectRules,
  ...writeProtectRules,
  ...dirtyLogRules,
  ...logMarkRules,
  ...cacheRules,
  ...splitRules,
  ...flushRules,
  ...shadowPageRules,
  ...tdpRules,
  ...vcpuRules,
  ...orderRules,
  ...counterRules,
];

/**
 * Holds the events of one VM's life to the rules. `lists`, all empty, are the model's, of the policy that the kernel has; `log` is the one
 * beside the trace. A rule that was never put to the test has `checked` 0, and says nothing.
 */
export function checkEvents(events: readonly TraceEvent[], lists: PteLists, log?: RecordingLog): RuleResult[] {
  const ledger = new Ledger(rules);
  const memory = new Memory(lists);
  const checkers: readonly Checker[] = [
    checkFaults(ledger, memory),
    checkMappings(ledger),
    checkLocks(ledger),
    checkSptes(ledger, memory),
    // looks at lists before their checker changes them
    checkRmaps(ledger, memory),
    checkLists(ledger, memory),
    checkRmapWriteProtection(ledger, memory),
    checkWriteProtection(ledger, memory),
    checkDirtyLog(ledger, memory, log),
    checkCaches(ledger, memory),
    checkSplits(ledger, memory),
    checkFlushes(ledger, memory),
    checkShadowPages(ledger),
    checkTdp(ledger),
    checkVcpus(ledger),
    checkOrder(ledger),
    checkCounters(ledger, log),
  ];
  for (const event of events) {
    memory.take(event);
    for (const checker of checkers) checker.take(event);
  }
  const last = events.at(-1);
  if (last !== undefined) for (const checker of checkers) checker.end?.(last);
  return ledger.results();
}
