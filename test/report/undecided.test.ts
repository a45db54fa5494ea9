/** Why something was left undecided: each store says how sure it is. */
import { expect, test } from 'vitest';
import { stoppedBy, undecided } from '../../report/undecided.ts';

const run = { states: 1_000, levels: undefined, bits: undefined, missed: undefined } as const;
const printed = { ...run, store: 'fingerprint', bits: 64, missed: 2.7e-8 } as const;
const inBits = { ...run, store: 'bitstate', bits: 2 ** 20, missed: 6e-9 } as const;

test('a limit ended the search', () => {
  const exact = { ...run, store: 'exact', stopped: 'memory' } as const;
  expect(stoppedBy(exact)).toBe('stopped by the limit on memory');
  expect(undecided(exact)).toBe(
    'is not decided: the limit on memory ended the search at 1000 states without a violation',
  );
});

test('fingerprints say that nothing was found, and the odds', () => {
  const done = { ...printed, stopped: 'fingerprint' } as const;
  expect(stoppedBy(done)).toBe('no violation found, odds 2.7e-8 that a state was missed');
  expect(undecided(done)).toBe(
    'is not decided: no violation found in 1000 states; odds 2.7e-8 that a state was missed',
  );
});

test('bits say how much they cover, which is never all', () => {
  const doubts = '1000 states in 1048576 bits, hash factor 1048, coverage about 99.9999%';
  expect(stoppedBy({ ...inBits, stopped: 'bitstate' })).toBe(`incomplete, ${doubts}`);
  expect(stoppedBy({ ...inBits, stopped: 'seconds' })).toBe(`stopped by the limit on seconds, ${doubts}`);
  expect(undecided({ ...inBits, missed: 2, stopped: 'states' })).toBe(
    'is not decided: the limit on states ended the search at 1000 states without a violation; 1000 states in 1048576 bits, hash factor 1048, coverage about 0%',
  );
});
