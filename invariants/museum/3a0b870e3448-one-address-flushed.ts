/** What no CPU may have cached when a table has become a block. */
import { type OneAddressFlushed, oneAddressFlushed } from '#model';
import { claim, suite } from '#notation';
import { breakBeforeMake, noConflict } from '../coalesce.ts';

export const aPageIsCachedWhileBroken = claim(
  'a CPU has a page cached whose table has been taken out',
  ({ entry, tlb }: OneAddressFlushed) => !entry.valid && tlb.some(({ stage2 }) => stage2.pages.includes(1)),
);

export const oneAddressFlushedSuite = suite(oneAddressFlushed, {
  invariants: { noConflict, breakBeforeMake },
  reachable: { aPageIsCachedWhileBroken },
  violated: { 'address-flushed': ['noConflict', 'breakBeforeMake'], 'vmid-flushed': [] },
});
