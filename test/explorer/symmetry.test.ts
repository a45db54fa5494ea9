/** Symmetry: one representative for states that differ only in how members are numbered. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asymmetry, checkVariant, executed, machineOf, pathTo, search, symmetryOf } from '#explorer';
import {
  array,
  bit,
  forAny,
  type Id,
  instantiate,
  model,
  type Next,
  NULL,
  blocked,
  pointer,
  range,
  type StateOf,
  suite,
  symmetric,
} from '#notation';
import { twoPhaseCommitSuite } from '../../bench/models/two-phase-commit.ts';
import { sample } from '../long.ts';
import { shippedVariants, suiteOf } from '../shipped.ts';

const symmetricVariants = shippedVariants()
  .map((shipped) => ({ ...shipped, instance: instantiate(shipped.model, shipped.variant) }))
  .filter(({ instance }) => !instance.buffers && symmetryOf(instance, machineOf(instance).layout) !== undefined);

function searched(shipped: { model: never; variant: string }, symmetric: boolean) {
  const found = search(
    instantiate(shipped.model, shipped.variant),
    suiteOf(shipped.model),
    { states: 15_000 },
    { symmetric },
  );
  const { violations, reached, vacuous, stopped, states } = found;
  const lengths = Object.fromEntries([...violations].map(([name, { length }]) => [name, length]));
  return {
    found,
    states,
    stopped,
    verdicts: { lengths, reached: [...reached].toSorted(), vacuous: [...vacuous].toSorted() },
  };
}

describe('two-phase commit has as many orbits as stateright counts', () => {
  test.each([
    [3, 80],
    [4, 166],
    [5, 314],
    [6, 553],
  ])('with %d resource managers, %d', (rm, orbits) => {
    const { states, symmetry } = search(
      instantiate(twoPhaseCommitSuite.model, 'as-published', { rm }),
      twoPhaseCommitSuite,
      {},
      { symmetric: true },
    );
    expect([states, symmetry?.exact()]).toEqual([orbits, true]);
  });
});

describe('a shipped model has the same verdicts, and shortest races as long, with symmetry and without', () => {
  test.each(sample(symmetricVariants, 3))('$name', (shipped) => {
    const plain = searched(shipped as never, false);
    if (plain.stopped) return;
    const reduced = searched(shipped as never, true);
    expect(reduced.verdicts).toEqual(plain.verdicts);
    expect(reduced.states).toBeLessThanOrEqual(plain.states);
    for (const [name, found] of reduced.found.violations) {
      const { instance } = reduced.found.machine;
      const { initial, steps } = pathTo(reduced.found, found, name);
      expect(executed(instance, initial, steps).length).toBe(found.length);
    }
  });
});

describe('every step and claim of a shipped model treats symmetric members alike', () => {
  test.each(sample(symmetricVariants, 3))('$name', ({ model, instance }) => {
    const { invariants, reachable } = suiteOf(model);
    const { machine, visited, states } = search(instance, undefined, { states: 3_000 });
    const symmetry = symmetryOf(instance, machine.layout) as NonNullable<ReturnType<typeof symmetryOf>>;
    fc.assert(
      fc.property(fc.nat(states - 1), fc.integer(), (at, seed) => {
        const words = visited.arena.slice(at * visited.width, (at + 1) * visited.width);
        let state = seed;
        const random = () => ((state = (Math.imul(state, 48271) + 11) | 0) >>> 0) / 2 ** 32;
        expect(asymmetry(machine, symmetry, { ...invariants, ...reachable }, words, random, 1)).toBeUndefined();
      }),
      { numRuns: 40, seed: 20261120 },
    );
  });
});

describe('a representative', () => {
  test('is the same for every numbering of a state', () => {
    const { machine, visited, states } = search(instantiate(twoPhaseCommitSuite.model, 'as-published', { rm: 4 }));
    const symmetry = symmetryOf(machine.instance, machine.layout) as NonNullable<ReturnType<typeof symmetryOf>>;
    fc.assert(
      fc.property(
        fc.nat(states - 1),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (at, keys) => {
          const one = visited.arena.slice(at * visited.width, (at + 1) * visited.width);
          const other = one.slice();
          let next = 0;
          symmetry.shuffle(other, 0, () => keys[next++ % 4] as number);
          symmetry.canonize(one, 0);
          symmetry.canonize(other, 0);
          expect(other).toEqual(one);
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });

  test('divides the states of a pte list of seven SPTEs by far more than five', () => {
    const { model } = symmetricVariants.find(
      ({ name }) => name === 'pte-list/tail-count',
    ) as (typeof symmetricVariants)[number];
    const bounds = { spte: 7, head: 1, ext: 3, desc: 3 };
    const states = (symmetric: boolean) =>
      search(instantiate(model, 'tail-count', bounds), suiteOf(model), {}, { symmetric }).states;
    expect(states(false) / states(true)).toBeGreaterThan(5);
  });
});

const Member = symmetric('member');
type Member = Id<typeof Member>;
const Round = range('round');
const state = { on: array(Member, bit), next: array(Member, array(Member, bit)) };
interface Ring extends StateOf<typeof state> {}
function link(s: Ring, from: Member, to: Member): Next {
  if (s.next[from][to] === 1) return blocked;
  s.next[from][to] = 1;
}
function first_only(s: Ring): void {
  s.on[0 as never] = 1;
}
const variants = { links: { actions: [forAny(Member, Member, link)] }, cheats: { actions: [first_only] } };
const ring = model({
  name: 'ring',
  about: 'Members that point to each other.',
  state,
  bounds: { member: 3 },
  variants,
});
const ringSuite = suite(ring, { invariants: {}, violated: { links: [], cheats: [] } });

test('graphs on three members have as many orbits as there are digraphs with loops', () => {
  const result = checkVariant(ringSuite, 'links', { symmetry: true });
  expect([result.states, result.symmetry, result.asExpected]).toEqual([104, 'exact', true]);
});

const arrows = { to: array(Member, pointer(Member)) };
interface Arrows extends StateOf<typeof arrows> {}
function nowhere(s: Arrows): void {
  s.to.forEach((_, from) => {
    s.to[from] = NULL;
  });
}
function point(s: Arrows, from: Member, to: Member): Next {
  if (s.to[from] !== NULL) return blocked;
  s.to[from] = to;
}

test('members that each point at one of them have as many orbits as there are partial functions', () => {
  const pointing = model({
    name: 'arrows',
    about: 'Each member points at one.',
    state: arrows,
    bounds: { member: 4 },
    initial: [nowhere],
    variants: { all: { actions: [forAny(Member, Member, point)] } },
  });
  const found = checkVariant(suite(pointing, { invariants: {}, violated: { all: [] } }), 'all', { symmetry: true });
  expect([found.states, found.symmetry, found.asExpected]).toEqual([45, 'exact', true]);
});

test('a step that tells symmetric members apart is reported by name', () => {
  const { claims } = checkVariant(ringSuite, 'cheats', { symmetry: true });
  expect(claims.find(({ name }) => name === 'throws')?.message).toContain('step first_only does not do the same');
  expect(checkVariant(ringSuite, 'cheats').asExpected).toBe(true);
});

test('a model without a symmetric set of two is searched as it is', () => {
  expect(checkVariant(ringSuite, 'links', { symmetry: true, bounds: { member: 1 } }).symmetry).toBe('off');
  expect(Round.symmetric).toBe(false);
});
