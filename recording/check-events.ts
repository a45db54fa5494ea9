/** The comparison of a trace with the rules: every event through every checker. */
import type { TraceEvent } from './events.ts';
import type { RecordingLog } from './log.ts';
import type { PteLists } from './pte-lists.ts';
import { type Checker, Ledger, type RuleResult } from './rules/ledger.ts';
import { checkCounters, counterRules } from './rules/counters.ts';
import { checkDirtyLog, dirtyLogRules } from './rules/dirty-log.ts';
import { checkSplits, splitRules } from './rules/eager-split.ts';
import { checkFaults, faultRules } from './rules/fault.ts';
import { checkFlushes, flushRules } from './rules/flush.ts';
import { checkLists, listRules } from './rules/lists.ts';
import { checkLocks, lockRules } from './rules/lock.ts';
import { Memory } from './rules/memory.ts';
import { checkOrder, orderRules } from './rules/order.ts';
import { checkShadowPages, shadowPageRules } from './rules/shadow-pages.ts';
import { checkSptes, spteRules } from './rules/spte.ts';
import { checkWriteProtection, writeProtectRules } from './rules/write-protect.ts';
import { checkTdp, tdpRules } from './rules/tdp.ts';
import { checkVcpus, vcpuRules } from './rules/vcpu.ts';

export function checkEvents(
  events: readonly TraceEvent[],
  lists: PteLists,
  log: RecordingLog | undefined,
): RuleResult[] {
  const ledger = new Ledger([
    ...orderRules,
    ...lockRules,
    ...vcpuRules,
    ...spteRules,
    ...listRules,
    ...faultRules,
    ...writeProtectRules,
    ...dirtyLogRules,
    ...splitRules,
    ...flushRules,
    ...shadowPageRules,
    ...counterRules,
    ...tdpRules,
  ]);
  const memory = new Memory(lists);
  const checkers: Checker[] = [
    checkOrder(ledger),
    checkLocks(ledger),
    checkVcpus(ledger),
    checkSptes(ledger, memory),
    checkLists(ledger, memory),
    checkFaults(ledger, memory),
    checkWriteProtection(ledger, memory),
    checkDirtyLog(ledger, memory, log),
    checkSplits(ledger, memory),
    checkFlushes(ledger),
    checkShadowPages(ledger),
    checkCounters(ledger, log),
    checkTdp(ledger),
  ];
  for (const event of events) {
    memory.take(event);
    for (const checker of checkers) checker.take(event);
  }
  const last = events.at(-1);
  if (last !== undefined) for (const checker of checkers) checker.end?.(last);
  return ledger.results();
}
