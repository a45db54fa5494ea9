/** What the host must know of a page that it takes back. */
import { type SyncForgetsWrites, syncForgetsWrites } from '#model';
import { claim, implies, suite } from '#notation';

export const noLostWrite = claim(
  'a page that has been written and is not mapped any more is dirty',
  ({ spte, page, ghost }: SyncForgetsWrites) =>
    spte.every(({ present }, gfn) => implies(!present && ghost.unsaved[gfn] === 1, page[gfn].dirty)),
);

export const aWrittenPageIsReadOnly = claim(
  'a page that the guest has written is mapped read-only',
  ({ spte, ghost }: SyncForgetsWrites) =>
    spte.some(({ present, writable }, gfn) => present && !writable && ghost.unsaved[gfn] === 1),
);

export const syncForgetsWritesSuite = suite(syncForgetsWrites, {
  invariants: { noLostWrite },
  reachable: { aWrittenPageIsReadOnly },
  violated: { 'writes-forgotten': ['noLostWrite'], 'dirty-when-write-protected': [] },
});
