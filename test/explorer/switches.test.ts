/** A bound on context switches: exactly the executions within it, held against a search of states, last threads and switches by simple means. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkVariant, executed, search, searchWithinSwitches } from '#explorer';
import { type Instance, initialStates, type Plain, type Suite, transitionsOf, viewOf } from '#notation';
import { shippedSuites } from '../shipped.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';
import { instanceOf, randomClaims, randomModel } from './random-model.ts';

type Claims = Pick<Suite, 'invariants' | 'reachable'>;

interface Within {
  readonly states: number;
  readonly transitions: number;
  /** Switches, then steps, of the best execution to each violation; deadlocks are left out. */
  readonly violated: Readonly<Record<string, readonly [number, number]>>;
}

/** Every (state, last thread, switches) by breadth-first search. */
function bySimpleMeans(instance: Instance, { invariants }: Claims, most: number): Within {
  const states = new Set<string>();
  const transitions = new Set<string>();
  const violated: Record<string, [number, number]> = {};
  const found = (name: string, switches: number, steps: number): void => {
    const [fewest, least] = violated[name] ?? [Infinity, Infinity];
    if (switches < fewest || (switches === fewest && steps < least)) violated[name] = [switches, steps];
  };
  const seen = new Set<string>();
  const queue: { state: Plain; key: string; last: number; switches: number; steps: number }[] = [];
  const visit = (state: Plain, last: number, switches: number, steps: number): void => {
    const key = JSON.stringify(state);
    if (seen.has(`${key} ${last} ${switches}`)) return;
    seen.add(`${key} ${last} ${switches}`);
    queue.push({ state, key, last, switches, steps });
  };
  for (const { state } of initialStates(instance)) visit(state, -2, 0, 0);
  for (const { state, key, last, switches, steps } of queue) {
    states.add(key);
    for (const [name, holds] of Object.entries(invariants))
      if (!holds(viewOf(instance, state) as never)) found(name, switches, steps);
    transitionsOf(instance, state).forEach(({ transition: { thread }, applied }, i) => {
      const now = switches + (last === -2 || last === thread ? 0 : 1);
      if (now > most) return;
      transitions.add(`${key} ${i}`);
      if (applied.kind === 'failed') found(applied.failure, now, steps + 1);
      if (applied.kind !== 'next') return;
      if (applied.warning !== undefined) found('WARN_ON_ONCE', now, steps + 1);
      visit(applied.state, thread, now, steps + 1);
    });
  }
  return { states: states.size, transitions: transitions.size, violated };
}

/** What the explorer finds; every trace is executed again. */
function explored(instance: Instance, claims: Claims, switches: number): Within {
  const searched = searchWithinSwitches(instance, claims, { switches });
  const violated: Record<string, readonly [number, number]> = {};
  for (const [name, { initial, steps }] of searched.paths()) {
    const trace = executed(instance, initial, steps, claims.invariants[name]);
    expect(trace.switches).toBeLessThanOrEqual(switches);
    if (name in claims.invariants) expect(trace.violates).toBe(true);
    if (name !== 'deadlock') violated[name] = [trace.switches, trace.length];
  }
  expect(searched.levels.at(-1)).toBe(searched.states);
  return { states: searched.states, transitions: searched.transitions, violated };
}

/** Unbounded but in name: everything is the same as in a search without a bound. */
function sameAsWithoutBound(instance: Instance, claims: Claims): void {
  const all = search(instance, claims);
  const within = searchWithinSwitches(instance, claims, { switches: 254 });
  const { states, transitions, reached, stopped, vacuous } = within;
  expect({ states, transitions, reached, stopped, vacuous, fired: [...within.machine.fired] }).toEqual({
    states: all.states,
    transitions: all.transitions,
    reached: all.reached,
    stopped: undefined,
    vacuous: all.vacuous,
    fired: [...all.machine.fired],
  });
  expect([...within.violations.keys()].toSorted()).toEqual([...all.violations.keys()].toSorted());
}

describe('exactly the executions with at most so many switches', () => {
  test('of random models', () => {
    let compared = 0;
    fc.assert(
      fc.property(randomModel, fc.nat(3), (random, most) => {
        const instance = instanceOf(random);
        if (instance === undefined || search(instance, undefined, { states: 300 }).states > 300) return;
        compared++;
        expect(explored(instance, randomClaims, most)).toEqual(bySimpleMeans(instance, randomClaims, most));
        sameAsWithoutBound(instance, randomClaims);
      }),
      { seed: 7, numRuns: 15 },
    );
    expect(compared).toBeGreaterThan(5);
  });

  test.each(Object.entries(tinyModels))('of a tiny model: %s', (_, instance) => {
    for (const most of [0, 2])
      expect(explored(instance, tinyClaims, most)).toEqual(bySimpleMeans(instance, tinyClaims, most));
    sameAsWithoutBound(instance, tinyClaims);
  });
});

describe('a check within a number of switches', () => {
  const suite = shippedSuites.find(({ model }) => model.name === 'dirty-log') as Suite;
  const bounds = { gfn: 1, vcpu: 1 };
  const check = (variant: string, switches: number) => checkVariant(suite, variant, { bounds, limits: { switches } });

  test('never says holds as long as some execution was left out', () => {
    const { outcome, stopped, levels, asExpected, claims } = check('mmu-lock', 2);
    expect({ outcome, stopped, asExpected }).toEqual({ outcome: 'incomplete', stopped: 'switches', asExpected: false });
    expect(levels).toHaveLength(3);
    expect(claims.filter((claim) => claim.outcome === 'holds').map(({ kind }) => kind)).not.toContain('invariant');
  });

  test('says holds where no execution is left out', () => {
    const within = check('mmu-lock', 100);
    const all = checkVariant(suite, 'mmu-lock', { bounds });
    expect(within).toMatchObject({ outcome: 'holds', stopped: undefined, states: all.states, coverage: all.coverage });
    expect(within.claims).toEqual(all.claims);
  });

  test('finds a violation as soon as there are as many switches as it takes', () => {
    const lost = (switches: number) =>
      check('no-flush', switches).claims.find(({ name }) => name === 'noLostWrite') ?? fail();
    const fewest = [0, 1, 2, 3, 4].find((switches) => lost(switches).outcome === 'violated') as number;
    expect(fewest).toBeGreaterThan(0);
    expect(lost(fewest).trace).toMatchObject({ switches: fewest, fewest: true });
    expect(lost(fewest - 1)).toMatchObject({ outcome: 'incomplete', trace: undefined });
  });

  test.each([
    ['states', { states: 100 }],
    ['memory', { memory: 150_000 }],
    ['seconds', { seconds: 0 }],
  ])('ends at the limit on %s too', (name, limit) => {
    const { stopped, outcome } = checkVariant(suite, 'mmu-lock', { limits: { ...limit, switches: 100 } });
    expect({ stopped, outcome }).toEqual({ stopped: name, outcome: 'incomplete' });
  });
});

function fail(): never {
  throw new Error('there is no such claim');
}
