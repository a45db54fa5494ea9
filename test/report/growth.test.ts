import { expect, test } from 'vitest';
import { type Growth, growthOf } from '#explorer';
import { drawGrowth } from '#report';
import { result } from './results.ts';

const before = (variant: string) => result(variant, { kept: ['holds', 'holds'], known: [5, 'violated'] });
const changed = growthOf(
  before('a-variant-with-quite-a-long-name-of-which-there-are-some-that-do-not-fit'),
  result('a-variant-with-quite-a-long-name-of-which-there-are-some-that-do-not-fit', {
    kept: [1, 'holds'],
    known: ['holds', 'violated'],
  }),
  'gfn',
);
const same = (set: string) => growthOf(before('v'), before('v'), set);
const open = growthOf(before('v'), result('v', {}, { stopped: 'seconds' }), 'vcpu');
const refused: Growth = { ...same('gfn'), verdict: 'cannot be raised', message: 'm/v: bound gfn=4097 must be less' };

test('raised bounds are a table, with what changed under it', () => {
  expect(drawGrowth([changed, same('gfn'), open])).toBe(`\
m with each bound raised by one, by itself

                                                                 gfn+1    vcpu+1
  a-variant-with-quite-a-long-name-of-which-there-are-some-   changed!
  that-do-not-fit
  v                                                               same         ?

? not finished, and nothing changed so far

  a-variant-with-quite-a-long-name-of-which-there-are-some-that-do-not-fit at
  gfn=2: kept is violated in 1 step, and held before
mmucheck replay 'm/a-variant-with-quite-a-long-name-of-which-there-are-some-that-do-not-fit [gfn=2,vcpu=2] vcpu0.work(0)'

  a-variant-with-quite-a-long-name-of-which-there-are-some-that-do-not-fit at
  gfn=2: known holds, and was violated before

mmucheck: 3 bounds raised by one: 1 same, 1 changed, 1 not finished`);
});

test('a bound that cannot be raised says why', () => {
  const text = drawGrowth([refused]);
  expect(text).toContain('x cannot be raised');
  expect(text).toContain('  v at gfn=2: m/v: bound gfn=4097 must be less\n');
});
