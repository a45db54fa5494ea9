/** What the reference search has found of the tiny models, written down: the explorer finds it without the reference. */
import { expect, test } from 'vitest';
import { search } from '#explorer';
import type { Instance } from '#notation';
import { tinyClaims, tinyModels } from '../tiny-models.ts';

/** By model: states, transitions and depth, the steps to each violation, and what is reached. */
const found: readonly (readonly [string, readonly [number, number, number], string, string])[] = [
  ['a sequence', [16, 28, 9], 'xIsSmall 4, yIsSmall 6', ''],
  ['a self-loop', [1, 2, 1], '', ''],
  ['steps that wait for hardware', [7, 13, 5], '', 'flagIsSet'],
  ['steps that wait for ever', [4, 4, 3], 'deadlock 2', ''],
  ['a lost update', [302, 906, 12], 'yIsSmall 6', ''],
  ['a lost update under a lock', [40, 48, 16], 'nobodyHasTheLock 1, yIsSmall 11', ''],
  ['a lost update in one transition', [4, 12, 4], 'yIsSmall 3', ''],
  ['two locks in one order', [52, 60, 20], 'nobodyHasTheLock 2, yIsSmall 13', ''],
  ['two locks in both orders', [184, 256, 26], 'deadlock 2, nobodyHasTheLock 1, yIsSmall 13', 'flagIsSet'],
  ['readers and writers', [132, 360, 16], 'nobodyHasTheLock 1, yIsSmall 8', ''],
  ['a yield', [1745, 2586, 29], 'nobodyHasTheLock 1, yIsSmall 11', ''],
  ['a yield of a reader', [966, 1656, 41], 'nobodyHasTheLock 5, yIsSmall 10', ''],
  ['members of a set', [85, 204, 8], 'bitsAreClear 2', ''],
  ['exit under a lock', [434, 740, 39], 'nobodyHasTheLock 2, yIsSmall 16', 'flagIsSet'],
  ['exit of a called list', [740, 1480, 36], 'yIsSmall 11', 'flagIsSet'],
  ['a goto', [1053, 2106, 31], 'yIsSmall 6', 'flagIsSet'],
  ['a goto to itself', [2052, 6504, 39], 'yIsSmall 15', ''],
  ['a list that runs once', [105, 204, 10], 'xIsSmall 3, yIsSmall 9', ''],
  ['a list that runs once and waits', [4, 4, 3], 'deadlock 2', ''],
  ['optional steps', [944, 3354, 14], 'yIsSmall 6', 'flagIsSet'],
  ['branches under a lock', [756, 1728, 32], 'nobodyHasTheLock 1, yIsSmall 6', 'colorIsBlue, flagIsSet'],
  ['choices', [117, 552, 14], 'deadlock 13, xIsSmall 6', ''],
  ['choices in one transition', [93, 400, 5], 'bitsAreClear 1, yIsSmall 1', 'flagIsSet'],
  ['members in one transition', [34, 72, 5], 'bitsAreClear 1', 'flagIsSet'],
  ['a fold that waits', [4, 4, 3], '', 'flagIsSet'],
  ['a fold that takes a lock others hold', [48, 64, 17], 'nobodyHasTheLock 2, yIsSmall 6', 'flagIsSet'],
  ['hardware with arguments', [156, 816, 6], 'bitsAreClear 1', ''],
  ['several initial states', [48, 84, 9], 'bitsAreClear 0, xIsSmall 4', ''],
  ['a pool', [1857, 4482, 25], 'listIsEmpty 4', 'allAllocated'],
  ['a pool whose members are not cleared', [496, 1188, 15], 'listIsEmpty 4', 'allAllocated'],
  ['a pointer to what is free', [250, 346, 23], 'listIsEmpty 4', 'allAllocated'],
  ['a double free', [10, 12, 7], 'BUG_ON 5, listIsEmpty 4', 'allAllocated'],
  ['a pool in one transition', [15, 58, 4], 'listIsEmpty 2', 'allAllocated'],
  ['a BUG_ON', [29, 52, 13], 'BUG_ON 3, xIsSmall 5, yIsSmall 9', ''],
  ['a failure in one transition', [15, 26, 9], 'BUG_ON 3, xIsSmall 4, yIsSmall 6', ''],
  ['a warning', [51, 90, 13], 'WARN_ON_ONCE 2, xIsSmall 5, yIsSmall 6', ''],
  ['a warning and a self-loop', [10, 9, 10], 'WARN_ON_ONCE 3, deadlock 9, xIsSmall 6', ''],
  ['a step that throws', [15, 26, 9], 'throws 5, xIsSmall 4', ''],
  ['a step that wrote and blocks', [5, 10, 5], 'throws 3, xIsSmall 3', ''],
  ['a value out of range', [12, 24, 7], 'range 6, xIsSmall 4, yIsSmall 2', ''],
  ['fair steps', [14080, 149312, 10], 'BUG_ON 2, bitsAreClear 1', 'flagIsSet'],
  ['a value of a row out of range', [80, 224, 11], 'range 4, xIsSmall 3', ''],
  ['a local that is none', [15, 26, 9], 'throws 3, xIsSmall 4', ''],
  ['a lock that is not held', [12, 28, 4], 'BUG_ON 2, nobodyHasTheLock 1', ''],
  ['sleeping under a lock', [5, 6, 3], 'BUG_ON 3, nobodyHasTheLock 1', ''],
  ['a failure for some members', [40, 152, 8], 'BUG_ON 2, bitsAreClear 1, xIsSmall 3', ''],
  ['a warning for some members', [40, 152, 8], 'WARN_ON_ONCE 2, bitsAreClear 1, xIsSmall 3', ''],
  ['a failure for some choices', [28, 144, 9], 'BUG_ON 2, xIsSmall 4', ''],
  ['several failures in one state', [15, 114, 7], 'BUG_ON 3, range 3, throws 4, xIsSmall 3, yIsSmall 1', ''],
];

test.each(found)('%s', (name, counts, violated, reached) => {
  const searched = search(tinyModels[name] as Instance, tinyClaims);
  const violations = [...searched.violations].map(([claim, { length }]) => `${claim} ${length}`);
  expect([searched.states, searched.transitions, searched.depth]).toEqual(counts);
  expect(violations.toSorted().join(', ')).toBe(violated);
  expect([...searched.reached].toSorted().join(', ')).toBe(reached);
});

test('no tiny model is left out', () => {
  expect(found.map(([name]) => name)).toEqual(Object.keys(tinyModels));
});
