/** What holds the page of a stage-2 table. */
import { type OldEntryNotPut, oldEntryNotPut } from '#model';
import { claim, idle, implies, suite } from '#notation';

export const refExact = claim(
  'while mmu_lock is free, the page of a table is held by its allocation and by each valid entry, once',
  ({ mmu_lock, entry, table, pte }: OldEntryNotPut) =>
    mmu_lock.held || table.page_count === pte.reduce((count, { valid }) => count + Number(valid), Number(entry.table)),
);

export const noLeak = claim(
  'while mmu_lock is free, there is no table without a valid entry',
  ({ mmu_lock, entry, pte }: OldEntryNotPut) =>
    mmu_lock.held || implies(entry.table, () => pte.some(({ valid }) => valid)),
);

export const anEntryIsReplaced = claim(
  'a fault is about to replace an entry that another one has made',
  ({ vcpu, pte, mmu_lock }: OldEntryNotPut) =>
    mmu_lock.held && vcpu.every((each) => !idle(each)) && pte.some(({ valid }) => valid),
);

export const oldEntryNotPutSuite = suite(oldEntryNotPut, {
  invariants: { refExact, noLeak },
  reachable: { anEntryIsReplaced },
  violated: { 'old-entry-not-put': ['refExact', 'noLeak', 'range'], 'old-entry-put': [] },
});
