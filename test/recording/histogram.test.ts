import { describe, expect, it } from 'vitest';
import { bucketLabels, bucketOf, labelContains } from '#recording';

describe('mmu_rmaps_stat', () => {
  it.each([
    [0, '0'],
    [1, '1'],
    [2, '2-3'],
    [3, '1'],
    [15, '1'],
    [28, '4-7'],
    [40, '8-15'],
    [100, '4-7'],
    [512, '512-1023'],
    [1024, '512-1023'],
  ])('files a list of %i entries under "%s"', (count, label) => {
    expect(bucketLabels[bucketOf(count)]).toBe(label);
  });

  it('has labels that contain what stands there only for an empty list and powers of two', () => {
    const right = Array.from({ length: 1024 }, (_, count) => count).filter(labelContains);
    expect(right).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });
});
