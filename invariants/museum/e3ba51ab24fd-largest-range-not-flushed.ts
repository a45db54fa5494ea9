/** What a flush of a range must have done when it returns. */
import { type LargestRangeNotFlushed, largestRangeNotFlushed } from '#model';
import { claim, idle, implies, suite } from '#notation';

export const flushCoversRange = claim(
  'when the dirty log has been read, no TLB has as writable what is write-protected',
  ({ ioctl, tlb, pte }: LargestRangeNotFlushed) =>
    implies(ioctl.every(idle), () => tlb.every((of) => of.every((cached, gfn) => cached === 0 || pte[gfn].writable))),
);

export const aTlbOutlivesItsPte = claim(
  'a TLB still has as writable what has been write-protected',
  ({ tlb, pte }: LargestRangeNotFlushed) =>
    tlb.some((of) => of.some((cached, gfn) => cached === 1 && !pte[gfn].writable)),
);

export const largestRangeNotFlushedSuite = suite(largestRangeNotFlushed, {
  invariants: { flushCoversRange },
  reachable: { aTlbOutlivesItsPte },
  violated: { 'num-masked': ['flushCoversRange'], 'num-bounded': [] },
});
