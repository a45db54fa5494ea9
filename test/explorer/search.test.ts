/** The explorer against the plain reference search: same states, transitions, depth, verdicts and lengths. */
// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { search } from '#explorer';
import { type Instance, instantiate, type Suite } from '#notation';
import { long, sample } from '../long.ts';
import { type Reference, reference } from '../reference.ts';
import { shippedVariants, suiteOf } from '../shipped.ts';
import { type Tiny, tiny } from '../tiny.ts';
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
  return { states, transitions, depth, violated, reached: [...reached].toSorted() };
}

function bySimpleMeans(instance: Instance, claims: Claims, limit?: number): Reference {
  const found = reference(instance, claims, limit);
  return { ...found, reached: found.reached.toSorted() };
}

function nothing(): void {}

/** What has too many states for the reference search at the smallest bounds it starts at; agreement.test.ts walks through it. */
const tooLarge =
  /^(rmap-lock|museum\/4834eaded91e)\/|^shadow-page-life\/(rcu-while-flagged|no-barrier-(after|before)-flag.*)$/;

describe('a shipped variant at small bounds', () => {
  test.each(
    sample(
      shippedVariants().filter(({ name }) => !tooLarge.test(name)),
      4,
    ),
  )('$name', ({ model, variant, bounds }) => {
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

test('initial states that are alike are one state', () => {
  function low(): void {}
  function alsoLow(s: Tiny): void {
    s.x = 0;
  }
  function high(s: Tiny): void {
    s.x = 9;
  }
  const instance = tiny(nothing, { initial: [low, high, alsoLow] });
  expect(explored(instance, tinyClaims)).toEqual(bySimpleMeans(instance, tinyClaims));
  expect(search(instance)).toMatchObject({ states: 2, transitions: 2, depth: 1 });
});

test('two searches of one instance find the same, in the same order', () => {
  const instance = tinyModels['a pool whose members are not cleared'] as Instance;
  const [first, second] = [search(instance, tinyClaims), search(instance, tinyClaims)];
  expect(second.states).toBe(first.states);
  expect(second.visited.arena).toEqual(first.visited.arena);
  expect(second.visited.parents).toEqual(first.visited.parents);
  expect(second.violations).toEqual(first.violations);
});

test('a random model', () => {
  let compared = 0;
  fc.assert(
    fc.property(randomModel, (random) => {
      const instance = instanceOf(random);
      fc.pre(instance !== undefined);
      let expected: Reference;
      try {
        expected = bySimpleMeans(instance, randomClaims, long ? 5000 : 1500);
      } catch {
        return fc.pre(false);
      }
      compared++;
      expect(explored(instance, randomClaims)).toEqual(expected);
    }),
    // The time limit is for looking for a smaller model when one has failed.
    {
      numRuns: long ? 500 : 50,
      maxSkipsPerRun: 20,
      interruptAfterTimeLimit: long ? 170_000 : 60_000,
      markInterruptAsFailure: true,
    },
  );
  expect(compared).toBeGreaterThanOrEqual(50);
});
