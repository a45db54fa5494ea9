/** A flush of remote TLBs reaches every vCPU before it runs again. */
import type { Checker, Ledger, Rule } from './ledger.ts';

const reaches = {
  name: 'a flush reaches all',
  sentence:
    'after a flush of remote TLBs no vCPU enters the guest before it has flushed its own, and none flushes all unasked',
} as const satisfies Rule;

export const flushRules = [reaches];

interface Vcpu {
  /** A flush that this vCPU has still to carry out: who asked for it. */
  asked: { readonly by: string; made: boolean } | undefined;
  /** The request had been made when this vCPU's last event was recorded. */
  due: boolean;
}

/** Flushes that are asked for, and those that vCPUs carry out. */
export function checkFlushes(ledger: Ledger): Checker {
  const vcpus = new Map<string, Vcpu>();
  return {
    take(event) {
      const { pid } = event;
      // whoever has asked goes on only when all have been told
      for (const { asked } of vcpus.values()) if (asked?.by === pid) asked.made = true;
      if (event.name === 'flush_all') {
        for (const vcpu of vcpus.values()) vcpu.asked ??= { by: pid, made: false };
      } else if (event.name === 'tlb_all') {
        const vcpu = vcpus.get(pid);
        if (vcpu !== undefined) {
          ledger.same(reaches, event, 'asked for', true, vcpu.asked !== undefined);
          vcpu.asked = undefined;
          vcpu.due = false;
        }
      } else if (event.name === 'kvm_entry') {
        const vcpu = vcpus.get(pid);
        ledger.same(reaches, event, 'a flush left undone', false, vcpu?.due === true);
        if (vcpu === undefined) vcpus.set(pid, { asked: undefined, due: false });
      }
      const own = vcpus.get(pid);
      if (own !== undefined) own.due = own.asked?.made === true;
    },
  };
}
