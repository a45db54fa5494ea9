/** Whether right variants have states enough, or hold in larger bounds: what `npm run reach` found, and a part of it found again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { few, knownReach, noSizes, type Reach, raisedBoundsOf, raisedTo, statesOf } from './reach.ts';
import { type Right, rightVariants } from './right.ts';

const again = 'npm run reach finds it out again';
const known = knownReach();
const reachOf = ({ name }: Right): Reach | undefined => known.find(({ variant }) => variant === name);
const suiteFile = JSON.parse(readFileSync(join(import.meta.dirname, '../../mmucheck.suite.json'), 'utf8')) as {
  readonly variants: readonly { readonly variant: string; readonly states: number }[];
};

test('every right variant is there, with the states that the suite file asks for', () => {
  expect(
    known.map(({ variant }) => variant),
    again,
  ).toEqual(rightVariants.map(({ name }) => name));
  const asked = new Map(suiteFile.variants.map(({ variant, states }) => [variant, states]));
  expect(
    known.filter(({ variant, states }) => asked.get(variant) !== states),
    again,
  ).toEqual([]);
});

test('every right variant has 10,000 states that differ in more than ghosts, or its verdict at every bound plus one', () => {
  const wanting = rightVariants.filter((right) => {
    const { withoutGhosts = 0, raised = [] } = reachOf(right) ?? {};
    if (withoutGhosts >= few) return false;
    const held = raised.filter(({ asExpected }) => asExpected).map(({ bounds }) => JSON.stringify(bounds));
    return raisedBoundsOf(right).some(
      (bounds) => Object.keys(bounds).length === 1 && !held.includes(JSON.stringify(bounds)),
    );
  });
  expect(wanting.map(({ name }) => name)).toEqual([]);
});

test('no larger bound changes a verdict', () => {
  const changed = known.filter(({ raised = [] }) => raised.some(({ asExpected }) => asExpected === false));
  expect(changed.map(({ variant }) => variant)).toEqual([]);
});

test('a bound that is no size is one of its model', () => {
  const models = new Map(rightVariants.map(({ suite: { model } }) => [model.name, model]));
  for (const [name, fixed] of Object.entries(noSizes))
    expect(models.get(name)?.bounds).toMatchObject(
      Object.fromEntries(Object.keys(fixed).map((set) => [set, expect.any(Number)])),
    );
});

/** Searches that are as small as these are made again. Litmus tests are compared with an interpreter, which is more. */
const quick = 25_000;

const small = rightVariants.flatMap((right): [string, Right, Reach][] => {
  const reach = reachOf(right);
  return reach?.raised && reach.states <= quick && right.suite.model.name !== 'litmus'
    ? [[right.name, right, reach]]
    : [];
});

test.each(small)('%s comes to the same again', (_, right, { variant: _variant, raised = [], ...counts }) => {
  expect(statesOf(right)).toEqual(counts);
  for (const each of raised.filter(({ states }) => states <= quick)) {
    expect(raisedTo(right, each.bounds)).toEqual(each);
  }
});

test('states that differ in ghosts only count as one', () => {
  const counted = rightVariants.filter(({ name }) => name === 'dirty-log/fast-without-barrier').map(statesOf);
  expect(counted).toEqual([{ states: 1345, withoutGhosts: 768 }]);
});
