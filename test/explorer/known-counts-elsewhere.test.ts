/**
 * Counts that other tools are recorded to find of models written afresh: of BEEM states, edges and levels; of tlaplus/Examples distinct
 * states, generated ones (the initial states too) and depth; of stateright states, with symmetry and without.
 *
 * Left out, of those whose counts are known: of BEEM the models whose text we do not have (fischer, mcs, reader_writer, frogs, szymanski,
 * bridge, and bakery.2, in which something differs from the other bakeries); of tlaplus/Examples MCAlternatingBit and MCInnerFIFO, which
 * need sequences; of stateright the models of actors, whose network is part of the state; of SPIN and LTSmin those whose counts depend on
 * how the tool keeps processes.
 */
import { describe, expect, test } from 'vitest';
import { checkVariant, search } from '#explorer';
import { instantiate } from '#notation';
import { type Known, ofBeem, ofStateright, ofTlaExamples } from '../known/counts.ts';
import { dieHardSuite, riverSuite } from '../known/puzzles.ts';
import { incrementSuite } from '../known/stateright.ts';

/** States, transitions and depth of a search that comes to its end, and what is violated. */
function found({ suite, variant, bounds }: Known) {
  const { violations, stopped, states, transitions, depth } = search(instantiate(suite.model, variant, bounds), suite);
  expect(stopped).toBeUndefined();
  return { counts: [states, transitions, depth], violated: [...violations.keys()] };
}

describe.each([
  ['BEEM', ofBeem],
  ['tlaplus/Examples', ofTlaExamples],
  ['stateright', ofStateright],
])('%s', (_, known) => {
  test.each(known)('$name', (each) => {
    expect(found(each)).toEqual({ counts: each.counts, violated: each.suite.violated[each.variant] });
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

test('of stateright, increment loses an increment', () => {
  expect(checkVariant(incrementSuite, 'increment')).toMatchObject({ outcome: 'violated', asExpected: true });
});
