import { describe, expect, test } from 'vitest';
import { rmapStatSuite } from '#invariants';
import { columnLabel, rmapStat } from '#model';
import { ffs, fls } from '../../model/kernel/rmap-histogram.ts';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

test.each(Object.keys(rmapStat.variants))('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(rmapStatSuite, variant))).toEqual(onlyViolated(rmapStatSuite.violated[variant]));
});

test('the corrected statistics have more than 10,000 states', () => {
  expect(checked(rmapStatSuite, 'corrected').states).toBeGreaterThan(10_000);
});

describe('as shipped', () => {
  const added = (claim: string) =>
    race(rmapStatSuite, 'as-shipped', claim).filter((step) => step === 'rmap_add').length;

  test('the maximum is wrong with the first entry, and the histogram with the third', () => {
    expect(added('maxStat')).toBe(1);
    expect(added('bucketLabel')).toBe(3);
  });

  test('a slot of one gfn has no rmap for the large page that it is in, if pages are counted by a shift', () => {
    const { trace } = checked(rmapStatSuite, 'lpages-by-shift').claims.find(({ name }) => name === 'lpagesFit') ?? {};
    expect(trace?.steps.at(-1)).toMatchObject({ step: 'kvm_alloc_memslot_metadata', args: [0, 0] });
  });
});

describe('the column of a count', () => {
  const counts = Array.from({ length: 1000 }, (_, i) => i + 1);
  const fits = (columnOf: (count: number) => number) => (count: number) => {
    const { low, high } = columnLabel(columnOf(count));
    return low <= count && count <= high;
  };

  test('by the highest bit is labelled with a range that it is in', () => {
    expect(counts.filter(fits(fls))).toEqual(counts);
  });

  test('by the lowest bit is so for ten counts in a thousand, the powers of two', () => {
    expect(counts.filter(fits(ffs))).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  test('of nothing is the first', () => {
    expect([ffs(0), fls(0), columnLabel(0)]).toEqual([0, 0, { low: 0, high: 0 }]);
  });
});

testFindings('rmap-stat');
