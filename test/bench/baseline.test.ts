import { describe, expect, test } from 'vitest';
import {
  type BaselineResult,
  searchDirtyLog,
  searchPteList,
  searchPteListByAction,
  searchTwoPhaseCommit,
} from '../../bench/baseline/index.ts';

/** Checks a result against the published counts, in which the initial state counts as generated. */
function expectCounts(result: BaselineResult, states: number, generated: number, depth: number): void {
  const { seconds, ...counts } = result;
  expect(counts).toEqual({ states, transitions: generated - 1, depth });
  expect(seconds).toBeGreaterThan(0);
}

/** In a list under one head every ordering of every subset is reachable, and a one-entry list has two forms (from two sptes on). */
function orderedSubsets(sptes: number): number {
  let total = sptes;
  for (let size = 0, orderings = 1; size <= sptes; size++) {
    total += orderings;
    orderings *= sptes - size;
  }
  return total;
}

describe('the hand-written searches give the published counts of the reference models', () => {
  test('two-phase commit with 3, 5 and 7 managers', () => {
    expectCounts(searchTwoPhaseCommit(3), 288, 1_146, 11);
    expectCounts(searchTwoPhaseCommit(5), 8_832, 58_146, 17);
    expectCounts(searchTwoPhaseCommit(7), 296_448, 2_744_706, 23);
  });

  test('pte_list with two heads and with one', () => {
    expectCounts(searchPteList(2, 5, 2, 3), 13_021, 75_051, 14);
    expectCounts(searchPteList(1, 7, 3, 3), 13_707, 95_950, 8);
    expectCounts(searchPteListByAction(2, 5, 2, 3), 13_021, 75_051, 14);
    expectCounts(searchPteListByAction(1, 7, 3, 3), 13_707, 95_950, 8);
  });

  test('pte_list under one head reaches every ordering of every subset', () => {
    for (let sptes = 2; sptes <= 7; sptes++) {
      expect(searchPteList(1, sptes, 3, 3).states).toBe(orderedSubsets(sptes));
      expect(searchPteList(1, sptes, 2, 4).states).toBe(orderedSubsets(sptes));
      expect(searchPteListByAction(1, sptes, 2, 4).states).toBe(orderedSubsets(sptes));
    }
  });

  test('the dirty log with one and more vCPUs and pages', () => {
    expectCounts(searchDirtyLog(1, 1), 145, 264, 28);
    expectCounts(searchDirtyLog(2, 1), 2_218, 5_595, 38);
    expectCounts(searchDirtyLog(1, 2), 2_434, 5_056, 46);
    expectCounts(searchDirtyLog(3, 1), 24_402, 77_259, 47);
    expectCounts(searchDirtyLog(2, 2), 315_331, 948_244, 65);
  });

  test('nothing is left over from one search to the next', () => {
    expectCounts(searchTwoPhaseCommit(5), 8_832, 58_146, 17);
    expectCounts(searchPteList(2, 5, 2, 3), 13_021, 75_051, 14);
    expectCounts(searchDirtyLog(2, 1), 2_218, 5_595, 38);
  });
});

describe('bounds that the packing has no room for are refused by name', () => {
  test('two-phase commit', () => {
    expect(() => searchTwoPhaseCommit(15)).toThrow('was given 15 managers: take 1 to 14');
    expect(() => searchTwoPhaseCommit(0)).toThrow('take 1 to 14');
  });

  test('pte_list', () => {
    expect(() => searchPteList(3, 5, 2, 3)).toThrow('was given 3 heads: take 1 to 2');
    expect(() => searchPteList(2, 12, 2, 3)).toThrow('was given 12 sptes: take 1 to 11');
    expect(() => searchPteList(2, 5, 1, 3)).toThrow('was given 1 ext: take 2 to 3');
    expect(() => searchPteList(2, 5, 2, 5)).toThrow('was given 5 descriptors: take 1 to 4');
  });

  test('the dirty log', () => {
    expect(() => searchDirtyLog(5, 2)).toThrow('was given 5 vCPUs and 2 pages');
    expect(() => searchDirtyLog(2, 1.5)).toThrow('was given 2 vCPUs and 1.5 pages');
  });
});
