/** What the MMU notifier is for, and which ways to ask for a retry, or not to, break it. */
import { type Notifier, notifier, notifierSteps } from '#model';
import { ahead, claim, idle, implies, passed, suite } from '#notation';

const { kvm_faultin_pfn, set_spte } = notifierSteps;

export const noStalePfn = claim('an SPTE maps the page that the host maps there', ({ spte, host }: Notifier) =>
  spte.every(({ present, pfn }, gfn) => implies(present, () => pfn === host[gfn].pfn)),
);

export const aFaultHasAStalePfn = claim(
  'a fault has looked up a page that the host has taken away since',
  ({ vcpu, mm, host }: Notifier) =>
    mm.some((each) => !idle(each)) &&
    vcpu.some((each) => passed(each, kvm_faultin_pfn) && ahead(each, set_spte) && each.pfn !== host[each.gfn].pfn),
);

export const notifierSuite = suite(notifier, {
  invariants: { noStalePfn },
  reachable: { aFaultHasAStalePfn },
  violated: {
    retry: [],
    'retry-by-range': [],
    'no-retry': ['noStalePfn'],
    'count-only': ['noStalePfn'],
    'sequence-only': ['noStalePfn'],
    'retry-before-lock': ['noStalePfn'],
    'sequence-after-pfn': ['noStalePfn'],
    'zap-before-begin': ['noStalePfn'],
    'end-before-change': ['noStalePfn'],
    'range-replaced': ['noStalePfn'],
  },
});
