/** What a fault may look into of the page tables of the process. */
import { type HostTableFreed, hostTableFreed } from '#model';
import { claim, idle, NULL, suite } from '#notation';

export const tableLife = claim('a fault is in a table that has not been freed', ({ vcpu, table }: HostTableFreed) =>
  vcpu.every((each) => idle(each) || each.table === NULL || table[each.table].allocated),
);

export const aFaultIsInAnUnlinkedTable = claim(
  'a fault is in a table that the process has unmapped',
  ({ vcpu, pmd }: HostTableFreed) => vcpu.some((each) => !idle(each) && each.table !== NULL && each.table !== pmd),
);

export const hostTableFreedSuite = suite(hostTableFreed, {
  invariants: { tableLife },
  reachable: { aFaultIsInAnUnlinkedTable },
  violated: { 'irqs-on': ['tableLife'], 'irqs-off': [] },
});
