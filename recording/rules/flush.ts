/** A flush of remote TLBs reaches every vCPU before it runs again. */
import type { Checker, Ledger, Rule } from './ledger.ts';
import { type Memory, PT_PAGE_SIZE_MASK } from './memory.ts';

const reaches = {
  name: 'a flush reaches all',
  sentence:
    'after a flush of remote TLBs no vCPU enters the guest before it has flushed its own, and none flushes all unasked',
} as const satisfies Rule;

const range = {
  name: 'the range flushed',
  sentence: 'a flush of a range is about the page whose SPTE was just written, cleared or write-protected',
} as const satisfies Rule;

export const flushRules = [reaches, range];

interface Vcpu {
  /** A flush that this vCPU has still to carry out: who asked for it. */
  asked: { readonly by: string; made: boolean } | undefined;
  /** It flushed while somebody was about to ask, and may be asked again for that. */
  again: boolean;
  /** The request had been made when this vCPU's last event was recorded. */
  due: boolean;
}

/** Flushes that are asked for, and those that vCPUs carry out. */
export function checkFlushes(ledger: Ledger, memory: Memory): Checker {
  /** The page that a thread was last about. */
  const pages = new Map<string, { readonly gfn: bigint; readonly pages: bigint }>();
  const vcpus = new Map<string, Vcpu>();
  return {
    take(event) {
      const { pid } = event;
      // whoever has asked goes on only when all have been told
      for (const { asked } of vcpus.values()) if (asked?.by === pid) asked.made = true;
      if (event.name === 'kvm_mmu_set_spte') {
        pages.set(pid, { gfn: event.gfn, pages: 1n << BigInt(9 * (event.level - 1)) });
      } else if (event.name === 'slot_gfn_wp') pages.set(pid, { gfn: event.gfn, pages: 1n });
      else if (event.name === 'spte_clear') {
        const gfn = memory.gfns.get(event.sptep);
        if (gfn !== undefined) pages.set(pid, { gfn, pages: (event.old & PT_PAGE_SIZE_MASK) === 0n ? 1n : 512n });
      } else if (event.name === 'flush_range' && event.from !== 'zap_collapsible_spte_range') {
        const about = pages.get(pid);
        ledger.same(range, event, 'gfn', about?.gfn ?? -1n, event.gfn);
        ledger.same(range, event, 'pages', about?.pages ?? -1n, event.pages);
      } else if (event.name === 'flush_all') {
        for (const vcpu of vcpus.values()) vcpu.asked ??= { by: pid, made: false };
      } else if (event.name === 'tlb_all') {
        const vcpu = vcpus.get(pid);
        if (vcpu !== undefined) {
          const { asked } = vcpu;
          ledger.same(reaches, event, 'asked for', true, asked !== undefined || vcpu.again);
          vcpu.again = asked?.made === false && asked.by !== pid;
          vcpu.asked = undefined;
        }
      } else if (event.name === 'kvm_entry') {
        const vcpu = vcpus.get(pid);
        ledger.same(reaches, event, 'a flush left undone', false, vcpu?.due === true);
        if (vcpu === undefined) vcpus.set(pid, { asked: undefined, again: false, due: false });
      }
      const own = vcpus.get(pid);
      if (own !== undefined) own.due = own.asked?.made === true;
    },
  };
}
