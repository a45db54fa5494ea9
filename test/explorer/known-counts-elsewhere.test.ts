/**
 * Counts that other tools are recorded to find of models written afresh: of BEEM states, edges and levels; of tlaplus/Examples distinct
 * states, generated ones (the initial states too) and depth; of stateright states, with symmetry and without.
 *
 * Left out, of those whose counts are known: of BEEM the models whose text we do not have (fischer, mcs, reader_writer, frogs, szymanski,
 * bridge, and bakery.2, in which something differs from the other bakeries); of tlaplus/Examples EWD840 (our text of it has the 302
 * states, and other transitions), MCAlternatingBit and MCInnerFIFO, which need sequences; of stateright the models of actors, whose
 * network is part of the state; of SPIN and LTSmin those whose counts depend on how the tool keeps processes.
 */
import { describe, expect, test } from 'vitest';
import { checkVariant, search } from '#explorer';
import { instantiate, type Suite } from '#notation';
import { andersonSuite, bakerySuite, petersonSuite, philosophersSuite } from '../known/mutual-exclusion.ts';
import { dieHardSuite, riverSuite } from '../known/puzzles.ts';
import { equationSuite, incrementSuite, processesSuite } from '../known/stateright.ts';
import {
  allocatorSuite,
  commitSuite,
  hygienicSuite,
  lockSuite,
  petersonOfTwoSuite,
  prisonersSuite,
} from '../known/tla-examples.ts';

/** States, transitions and depth of a search that keeps all invariants. */
function counts(suite: Suite, variant: string, bounds: Record<string, number> = {}): readonly [number, number, number] {
  const { violations, stopped, states, transitions, depth } = search(instantiate(suite.model, variant, bounds), suite);
  expect([...violations.keys()]).toEqual([]);
  expect(stopped).toBeUndefined();
  return [states, transitions, depth];
}

describe('BEEM', () => {
  test.each<[string, Suite, Record<string, number>, [number, number, number]]>([
    ['phils.1', philosophersSuite, { p: 4 }, [80, 212, 10]],
    ['peterson.1', petersonSuite, { p: 3 }, [12_498, 33_369, 54]],
    ['bakery.1', bakerySuite, { p: 2, ticket: 9 }, [1_506, 2_697, 101]],
    ['bakery.3', bakerySuite, { p: 3, ticket: 4 }, [32_919, 85_061, 117]],
    ['anderson.2', andersonSuite, { p: 3 }, [1_459, 3_705, 46]],
    ['anderson.4', andersonSuite, { p: 4 }, [29_641, 97_516, 81]],
  ])('%s', (_, suite, bounds, expected) => {
    expect(counts(suite, 'beem', bounds)).toEqual(expected);
  });
});

describe('tlaplus/Examples', () => {
  test.each<[string, Suite, string, [number, number, number]]>([
    ['Lock', lockSuite, 'lock', [12, 21, 5]],
    ['LockHS', lockSuite, 'with-history', [28, 41, 10]],
    ['Peterson', petersonOfTwoSuite, 'peterson', [42, 77, 11]],
    ['TCommit', commitSuite, 'commit', [34, 94, 7]],
    ['DiningPhilosophers', hygienicSuite, 'hygienic', [67, 336, 29]],
    ['Prisoners', prisonersSuite, 'prisoners', [214, 860, 14]],
    ['SimpleAllocator', allocatorSuite, 'simple', [400, 1_633, 6]],
    ['SchedulingAllocator', allocatorSuite, 'scheduling', [1_690, 5_854, 7]],
  ])('%s', (_, suite, variant, expected) => {
    const [states, transitions, depth] = counts(suite, variant);
    expect([states, transitions + Math.max(1, suite.model.initial?.length ?? 0), depth]).toEqual(expected);
  });
});

describe('of tlaplus/Examples, what fails by design', () => {
  test.each([
    ['DieHard', dieHardSuite, 'jugs'],
    ['MissionariesAndCannibals', riverSuite, 'crossing'],
  ])('%s: the puzzle has a solution', (_, suite, variant) => {
    for (const symmetry of [false, true])
      expect(checkVariant(suite, variant, { symmetry })).toMatchObject({ outcome: 'violated', asExpected: true });
  });
});

describe('stateright', () => {
  const states = (suite: Suite, variant: string, symmetry: boolean) =>
    checkVariant(suite, variant, { symmetry }).states;

  test('increment has 13 states, 8 up to numbering, and loses an increment', () => {
    expect([states(incrementSuite, 'increment', false), states(incrementSuite, 'increment', true)]).toEqual([13, 8]);
    expect(checkVariant(incrementSuite, 'increment')).toMatchObject({ outcome: 'violated', asExpected: true });
  });

  test('a linear equation without a solution is asked of 65,536 pairs', () => {
    expect(counts(equationSuite, 'all')).toEqual([65_536, 131_072, 511]);
  });

  test('two processes have 9 states, 6 up to numbering', () => {
    expect([states(processesSuite, 'all', false), states(processesSuite, 'all', true)]).toEqual([9, 6]);
  });
});
