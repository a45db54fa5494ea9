/** Among the shortest traces, one with the fewest context switches: held against a search that keeps every last thread of every state. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkVariant, executed, fewestSwitches, search } from '#explorer';
import { type Instance, initialStates, instantiate, type Plain, type Suite, transitionsOf, viewOf } from '#notation';
import { shippedSuites, shippedVariants, suiteOf } from '../shipped.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';
import { instanceOf, randomClaims, randomModel } from './random-model.ts';

type Claims = Pick<Suite, 'invariants' | 'reachable'>;
/** Steps, then switches, of the best trace to each violation. */
type Best = Record<string, [number, number]>;

/** By layers of states, each with the fewest switches by last thread. Deadlocks are left out. */
function bySimpleMeans(instance: Instance, { invariants }: Claims): Best {
  const best: Best = {};
  const seen = new Set<string>();
  const found = (name: string, length: number, switches: number): void => {
    const [before = length, fewest = switches] = best[name] ?? [];
    if (length === before) best[name] = [length, Math.min(fewest, switches)];
  };
  let layer = new Map<string, { state: Plain; fewest: Map<number, number> }>();
  for (const { state } of initialStates(instance))
    layer.set(JSON.stringify(state), { state, fewest: new Map([[-2, 0]]) });
  for (let steps = 0; layer.size > 0; steps++) {
    for (const key of layer.keys()) seen.add(key);
    const next: typeof layer = new Map();
    for (const { state, fewest } of layer.values()) {
      for (const [name, holds] of Object.entries(invariants))
        if (!holds(viewOf(instance, state) as never)) found(name, steps, Math.min(...fewest.values()));
      for (const {
        transition: { thread },
        applied,
      } of transitionsOf(instance, state)) {
        const switches = Math.min(...[...fewest].map(([last, n]) => n + (last === -2 || last === thread ? 0 : 1)));
        if (applied.kind === 'failed') found(applied.failure, steps + 1, switches);
        if (applied.kind !== 'next') continue;
        if (applied.warning !== undefined) found('WARN_ON_ONCE', steps + 1, switches);
        const key = JSON.stringify(applied.state);
        if (seen.has(key)) continue;
        const to = next.get(key) ?? { state: applied.state, fewest: new Map<number, number>() };
        next.set(key, to);
        to.fewest.set(thread, Math.min(switches, to.fewest.get(thread) ?? switches));
      }
    }
    layer = next;
  }
  return best;
}

/** What the second pass finds, executed again. */
function bySecondPass(instance: Instance, claims: Claims, symmetric = false): Best {
  const searched = search(instance, claims, {}, { symmetric });
  const paths = fewestSwitches(searched, claims.invariants);
  expect([...paths.keys()]).toEqual([...searched.violations.keys()]);
  const best: Best = {};
  for (const [name, { initial, steps }] of paths) {
    if (name === 'deadlock') continue;
    const trace = executed(instance, initial, steps, claims.invariants[name]);
    const { inStep } = searched.violations.get(name) as { inStep: boolean };
    if (!inStep) expect(trace.violates).toBe(true);
    else if (name !== 'WARN_ON_ONCE') expect(trace.failure).toBeDefined();
    best[name] = [trace.length, trace.switches];
  }
  return best;
}

describe('no trace as short has fewer context switches', () => {
  test('in random models', () => {
    let violations = 0;
    fc.assert(
      fc.property(randomModel, (random) => {
        const instance = instanceOf(random);
        if (instance === undefined || search(instance, undefined, { states: 2_000 }).states > 2_000) return;
        const best = bySimpleMeans(instance, randomClaims);
        expect(bySecondPass(instance, randomClaims)).toEqual(best);
        violations += Object.keys(best).length;
      }),
      { seed: 5, numRuns: 30 },
    );
    expect(violations).toBeGreaterThan(20);
  });

  test.each(Object.entries(tinyModels))('in a tiny model: %s', (_, instance) => {
    expect(bySecondPass(instance, tinyClaims)).toEqual(bySimpleMeans(instance, tinyClaims));
  });

  // Some bugs of the museum.
  const sample = shippedVariants().filter(({ model }, i, all) => {
    const violates = (each: (typeof all)[number]) => suiteOf(each.model).violated[each.variant]?.length !== 0;
    const first = all.find((each) => each.model === model && violates(each));
    return /^museum\/[a0]/.test(model.name) && first === all[i];
  });

  test.each(sample)('in $name, with and without symmetry', ({ model, variant, bounds }) => {
    const instance = instantiate(model, variant, bounds);
    const { invariants } = suiteOf(model);
    const best = bySimpleMeans(instance, { invariants, reachable: {} });
    expect(bySecondPass(instance, { invariants, reachable: {} })).toEqual(best);
    if (!instance.buffers) expect(bySecondPass(instance, { invariants, reachable: {} }, true)).toEqual(best);
  });
});

describe('the trace of a claim', () => {
  const suite = shippedSuites.find(({ model }) => model.name === 'dirty-log') as Suite;

  test('says that no trace as short has fewer', () => {
    const { claims } = checkVariant(suite, 'no-flush', { bounds: { gfn: 1, vcpu: 1 } });
    expect(claims.find(({ name }) => name === 'noLostWrite')?.trace).toMatchObject({ fewest: true });
  });

  test('says so too where a limit on steps ended the search right behind it', () => {
    const { trace } = { ...checkVariant(suite, 'no-flush').claims.find(({ name }) => name === 'noLostWrite') };
    const depth = trace?.length as number;
    const cut = checkVariant(suite, 'no-flush', { limits: { depth } });
    expect(cut.claims.find(({ name }) => name === 'noLostWrite')?.trace).toEqual(trace);
  });

  test('does not say so where the second pass reached a limit', () => {
    const searched = search(instantiate(suite.model, 'no-flush'), suite);
    expect(fewestSwitches(searched, suite.invariants, { states: 3, onWays: 1_000 }).size).toBe(0);
    expect(fewestSwitches(searched, suite.invariants, { states: 2 ** 20, onWays: 3 }).size).toBe(0);
  });
});
