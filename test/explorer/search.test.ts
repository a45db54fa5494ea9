/** The explorer against the plain reference search: same states, transitions, depth, verdicts and lengths. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { search } from '#explorer';
import { type Instance, instantiate, type Suite } from '#notation';
import { type Reference, reference } from '../reference.ts';
import { shippedVariants, suiteOf } from '../shipped.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';
import { instanceOf, randomClaims, randomModel } from './random-model.ts';
import { traceOf } from './trace-of.ts';

type Claims = Pick<Suite, 'invariants' | 'reachable'>;

/** What the explorer finds, in the words of the reference. The length of a violation is that of its trace, which is executed again. */
function explored(instance: Instance, claims: Claims): Reference {
  const searched = search(instance, claims);
  expect(searched.stopped).toBeUndefined();
  const { states, transitions, depth, reached } = searched;
  const violated: Record<string, number> = {};
  for (const name of searched.violations.keys()) violated[name] = traceOf(searched, name, claims).length;
  return { states, transitions, depth, violated, reached: [...reached].sort() };
}

function bySimpleMeans(instance: Instance, claims: Claims, limit?: number): Reference {
  const found = reference(instance, claims, limit);
  return { ...found, reached: found.reached.sort() };
}

describe('a shipped variant at small bounds', () => {
  test.each(shippedVariants())('$name', ({ model, variant, bounds }) => {
    const instance = instantiate(model, variant, bounds);
    const suite = suiteOf(model);
    expect(explored(instance, suite)).toEqual(bySimpleMeans(instance, suite));
  });
});

describe('a tiny model', () => {
  test.each(Object.entries(tinyModels))('%s', (_, instance) => {
    expect(explored(instance, tinyClaims)).toEqual(bySimpleMeans(instance, tinyClaims));
  });
});

test('a random model', () => {
  let compared = 0;
  fc.assert(
    fc.property(randomModel, (random) => {
      const instance = instanceOf(random);
      fc.pre(instance !== undefined);
      let expected: Reference;
      try {
        expected = bySimpleMeans(instance, randomClaims, 1500);
      } catch {
        return fc.pre(false);
      }
      compared++;
      expect(explored(instance, randomClaims)).toEqual(expected);
    }),
    { numRuns: 40, maxSkipsPerRun: 20 },
  );
  expect(compared).toBeGreaterThanOrEqual(40);
});
