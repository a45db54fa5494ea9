/** Random walks: what they find is there, is executable, and is found again by its number. */
// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import { executed, judgeViolation, search, type Walks, walkVariant } from '#explorer';
import { type Instance, type Next, reserved, type Suite } from '#notation';
import { shippedSuites } from '../shipped.ts';
import { type Tiny, tiny } from '../tiny.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';

const walks: Walks = { seed: 1, first: 0, count: 60, steps: 60 };
const dirtyLog = shippedSuites.find(({ model }) => model.name === 'dirty-log') as Suite;

function suiteOf(instance: Instance, invariants: object = tinyClaims.invariants): Suite {
  const { model } = instance;
  return {
    model,
    reachable: {},
    leadsTo: {},
    eventually: {},
    violated: { only: [] },
    measures: {},
    invariants,
  } as never;
}

function walked(instance: Instance, more: Partial<Walks> = {}, invariants?: object) {
  return walkVariant(suiteOf(instance, invariants), 'only', instance.bounds, { ...walks, ...more });
}

describe('in a tiny model', () => {
  test.each(Object.entries(tinyModels))('nothing is found that is not there: %s', (_, instance) => {
    const { violations } = search(instance, tinyClaims);
    for (const claim of [...Object.keys(tinyClaims.invariants), ...reserved]) {
      const { found } = walked(instance, { claim });
      if (found === undefined) continue;
      expect(found.name).toBe(claim);
      const { trace, outcome } = judgeViolation(suiteOf(instance), 'only', instance.bounds, found);
      expect([outcome, trace?.length]).toEqual(['violated', found.path.steps.length]);
      expect(found.path.steps.length).toBeGreaterThanOrEqual(violations.get(claim)?.length ?? Infinity);
    }
  });

  test('most of what is there is found', () => {
    const there = Object.values(tinyModels).filter((instance) => search(instance, tinyClaims).violations.size > 0);
    const found = there.filter((instance) => walked(instance).found);
    expect(there.length).toBeGreaterThan(5);
    expect(found.length).toBe(there.length);
  });
});

describe('what is found', () => {
  function up(s: Tiny): Next {
    s.x = s.x === 9 ? 0 : s.x + 1;
  }
  function back(s: Tiny): Next {
    s.x = 0;
  }
  function mark(s: Tiny): void {
    s.flag = true;
  }

  test('is shrunk to what the violation needs', () => {
    const instance = tiny([up], { bounds: { cpu: 2 }, actions: [back, mark] });
    const invariants = { small: (s: Tiny) => s.x < 5 || !s.flag };
    const { found } = walked(instance, {}, invariants);
    expect(found?.length).toBeGreaterThan(6);
    const { path, name } = found as NonNullable<typeof found>;
    const trace = executed(instance, path.initial, path.steps, invariants[name as 'small'] as never);
    expect(trace).toMatchObject({ violates: true, length: 6 });
    expect(trace.switches).toBeLessThanOrEqual(2);
  });

  test('is the same whichever walks are made beside it', () => {
    const all = walkVariant(dirtyLog, 'no-flush', undefined, { ...walks, steps: 400, claim: 'noLostWrite' });
    const { found } = all;
    expect(found).toBeDefined();
    const only = { seed: 1, first: found?.walk as number, count: 1, steps: 400, claim: 'noLostWrite' };
    expect(walkVariant(dirtyLog, 'no-flush', undefined, only).found).toEqual(found);
    expect(walkVariant(dirtyLog, 'no-flush', undefined, { ...only, seed: 2 }).found).not.toEqual(found);
  });

  test('is found by other ways in other walks', () => {
    const instance = tinyModels['a lost update'] as Instance;
    const lengths = Array.from({ length: 8 }, (_, first) => walked(instance, { first, count: 1 }).found?.length);
    expect(new Set(lengths).size).toBeGreaterThan(2);
  });

  test('is nothing where nothing is violated, and every step counts', () => {
    const { walks: made, steps, found } = walkVariant(dirtyLog, 'mmu-lock', undefined, { ...walks, count: 7 });
    expect({ made, steps, found }).toEqual({ made: 7, steps: 7 * 60, found: undefined });
  });

  test('is nothing before the first walk when there is no time', () => {
    const none = walkVariant(dirtyLog, 'no-flush', undefined, { ...walks, seconds: -1 });
    expect(none).toEqual({ walks: 0, steps: 0, found: undefined });
  });

  test('may be a claim that throws', () => {
    const invariants = {
      reads: (s: Tiny) => {
        if (s.x === 3) throw new Error('x is 3');
        return true;
      },
    };
    const instance = tiny([up]);
    const { found } = walked(instance, {}, invariants);
    expect(found).toMatchObject({ name: 'throws', inStep: false, message: 'claim reads threw Error: x is 3' });
    expect(found?.path.steps).toHaveLength(3);
  });
});
