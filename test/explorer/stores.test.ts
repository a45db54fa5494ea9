/** Stores that keep no states whole: they find what the exact one finds, and never say that anything holds. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkVariant, executed, type Limits, pathTo, type SearchedAnyhow, search, searchFrontier } from '#explorer';
import { type Instance, instantiate, type Suite } from '#notation';
import { dirtyLogReferenceSuite } from '../../bench/models/dirty-log.ts';
import { pteListReferenceSuite } from '../../bench/models/pte-list.ts';
import { twoPhaseCommitSuite } from '../../bench/models/two-phase-commit.ts';
import { Bits, missedOf } from '../../explorer/bits.ts';
import { fingerprintOf, oddsOf } from '../../explorer/fingerprint.ts';
import { batchOf } from '../../explorer/visited.ts';
import { reference } from '../reference.ts';
import { shippedModels, suiteOf } from '../shipped.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';
import { instanceOf, randomClaims, randomModel } from './random-model.ts';

type Claims = Pick<Suite, 'invariants' | 'reachable'>;

/** What a search found, whatever its store. */
function finding({ states, transitions, depth, stopped, violations, reached, vacuous, machine }: SearchedAnyhow) {
  return {
    states,
    transitions,
    depth,
    stopped,
    violations: [...violations],
    reached: [...reached],
    vacuous: [...vacuous],
    fired: [...machine.fired],
  };
}

function expectSame(instance: Instance, claims: Claims, limits: Limits = {}, symmetric = false, fpSeed = 0): void {
  const exact = search(instance, claims, limits, { symmetric });
  for (const store of ['fingerprint', 'bitstate'] as const) {
    const other = searchFrontier(instance, store, claims, { memory: 2 ** 24, ...limits }, { symmetric, fpSeed });
    expect(finding(other)).toEqual(finding(exact));
    expect([...other.visited.parents.subarray(0, other.states)]).toEqual([
      ...exact.visited.parents.subarray(0, exact.states),
    ]);
    for (const [name, found] of other.violations)
      expect(pathTo(other, found, name)).toEqual(pathTo(exact, found, name));
  }
}

function shipped(model: string, variant: string, bounds?: Record<string, number>) {
  const found = shippedModels.find(({ name }) => name === model) as (typeof shippedModels)[number];
  return { instance: instantiate(found, variant, bounds), claims: suiteOf(found) };
}

describe('fingerprints, and bits that are many, find what the exact store finds, in the same order', () => {
  test.each(Object.entries(tinyModels))('in a tiny model: %s', (_, instance) => {
    expectSame(instance, tinyClaims);
  });

  test('in random models', () => {
    fc.assert(
      fc.property(randomModel, ({ source }) => {
        const instance = instanceOf({ source });
        if (instance === undefined || search(instance, undefined, { states: 2_000 }).stopped) return;
        expectSame(instance, randomClaims);
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  test('in bits that are many: two-phase commit, a list, a log', () => {
    expectSame(instantiate(twoPhaseCommitSuite.model, 'as-published', { rm: 5 }), twoPhaseCommitSuite);
    const list = { head: 2, spte: 4, ext: 2, desc: 2 };
    expectSame(instantiate(pteListReferenceSuite.model, 'tail-count', list), pteListReferenceSuite);
    const log = { vcpu: 2, page: 1, ioctl: 1, cursor: 2 };
    expectSame(instantiate(dirtyLogReferenceSuite.model, 'mark-first', log), dirtyLogReferenceSuite);
  });

  test('in a shipped model, and has the same races', () => {
    const { instance, claims } = shipped('dirty-log', 'no-flush', { gfn: 1, vcpu: 2, ioctl: 1 });
    expectSame(instance, claims);
  });

  test('with symmetry', () => {
    const { instance, claims } = shipped('pte-list', 'tail-count', { head: 1, spte: 4 });
    expectSame(instance, claims, {}, true);
  });

  test('with any seed', () => {
    const { instance, claims } = shipped('dirty-log', 'no-flush', { gfn: 1, vcpu: 1, ioctl: 1 });
    for (const seed of [1, 77, 2 ** 32 - 1]) expectSame(instance, claims, {}, false, seed);
  });

  test('under another memory order', () => {
    const { instance, claims } = shipped('dirty-log', 'mmu-lock@tso', { gfn: 1, vcpu: 1, ioctl: 1 });
    expectSame(instance, claims);
  });

  test.each<Limits>([{ depth: 7 }, { states: 900 }])('up to a limit: %j', (limits) => {
    expectSame(instantiate(twoPhaseCommitSuite.model, 'as-published', { rm: 5 }), twoPhaseCommitSuite, limits);
  });
});

test('the published counts of two-phase commit are found by fingerprints, with symmetry too', () => {
  const instance = instantiate(twoPhaseCommitSuite.model, 'as-published', { rm: 5 });
  const counts = (symmetric: boolean) => {
    const { states, transitions, depth } = searchFrontier(instance, 'fingerprint', undefined, {}, { symmetric });
    return symmetric ? [states] : [states, transitions, depth];
  };
  expect([counts(false), counts(true)]).toEqual([[8_832, 58_145, 17], [314]]);
});

test('the reference search finds as many states, and violations as near', () => {
  const { instance, claims } = shipped('dirty-log', 'dirty-then-rmap', { gfn: 1, vcpu: 1, ioctl: 1 });
  const plain = reference(instance, claims);
  const { states, transitions, depth, violations } = searchFrontier(instance, 'fingerprint', claims);
  expect([states, transitions, depth]).toEqual([plain.states, plain.transitions, plain.depth]);
  expect(Object.fromEntries([...violations].map(([name, { length }]) => [name, length]))).toEqual(plain.violated);
});

test('bits that are few miss other states with another seed', () => {
  const instance = instantiate(twoPhaseCommitSuite.model, 'as-published', { rm: 6 });
  const found = [1, 2, 3].map((fpSeed) => {
    const { states } = searchFrontier(instance, 'bitstate', undefined, { memory: 1_000_000 }, { fpSeed });
    expect(states).toBeLessThanOrEqual(50_816);
    return states;
  });
  expect(new Set(found).size).toBeGreaterThan(1);
});

describe('bits that are few', () => {
  const instance = instantiate(twoPhaseCommitSuite.model, 'as-published', { rm: 6 });
  const { states, transitions, depth, stopped, visited } = searchFrontier(instance, 'bitstate', undefined, {
    memory: 1_000_000,
  });

  test('miss states, and none is counted that is not there', () => {
    expect(states).toBeGreaterThan(50_000);
    expect(states).toBeLessThan(50_816);
    expect(transitions).toBeLessThan(402_305);
    expect(depth).toBeLessThanOrEqual(20);
  });

  test('stay within the memory given', () => {
    expect(visited.bytes).toBeLessThanOrEqual(1_000_000);
    expect(stopped).toBe(undefined);
  });

  test('are filled by numbers without structure about as often as reckoned', () => {
    const bits = new Bits(2 ** 16);
    bits.maxBytes = 2 ** 20;
    const batch = batchOf(2);
    const print = fingerprintOf(1);
    const inserted = 20_000;
    for (let at = 0; at < inserted; ) {
      while (batch.length < 1_000) print(Int32Array.of(at++), 0, batch.words, 2 * batch.length++);
      bits.insert(batch);
    }
    const missed = 1 - bits.count / inserted;
    expect(bits.bits).toBe(2 ** 18);
    expect(missed).toBeLessThan(missedOf(inserted, bits.bits));
    expect(missed).toBeGreaterThan(missedOf(inserted, bits.bits) / 3);
  });
});

describe('a fingerprint', () => {
  test('is different for states that differ in little, and each of its numbers nearly always', () => {
    const print = fingerprintOf(2);
    const rows = Array.from({ length: 200_000 }, (_, i) => Int32Array.of(i % 500, Math.floor(i / 500)));
    const into = new Int32Array(2);
    const [one, other, both] = [new Set<number>(), new Set<number>(), new Set<string>()];
    for (const row of rows) {
      print(row, 0, into, 0);
      one.add(into[0] as number);
      other.add(into[1] as number);
      both.add(into.join());
    }
    // Of n numbers of 32 bits some n * n / 2 ** 33 are there already: 5.
    expect(both.size).toBe(rows.length);
    expect(Math.min(one.size, other.size)).toBeGreaterThan(rows.length - 20);
  });

  test('is that of all words, and of nothing else', () => {
    const print = fingerprintOf(3);
    const of = (words: number[], at = 0) => {
      const into = new Int32Array(2);
      print(Int32Array.from(words), at, into, 0);
      return into.join();
    };
    expect(of([9, 1, 2, 3], 1)).toBe(of([1, 2, 3, 9]));
    expect(
      new Set(
        [
          [1, 2, 3],
          [2, 2, 3],
          [1, 3, 3],
          [1, 2, 4],
          [3, 2, 1],
        ].map((words) => of(words)),
      ).size,
    ).toBe(5);
  });

  test('is another one with another seed: what collides with one does not with the other', () => {
    const into = new Int32Array(2);
    /** By its first number, as a fingerprint of 32 bits: pairs of states that have the same. */
    const pairs = (seed: number): Set<string> => {
      const print = fingerprintOf(2, seed);
      const first = new Map<number, number>();
      const found = new Set<string>();
      for (let i = 0; i < 200_000; i++) {
        print(Int32Array.of(i % 500, Math.floor(i / 500)), 0, into, 0);
        const before = first.get(into[0] as number);
        if (before !== undefined) found.add(`${before} ${i}`);
        first.set(into[0] as number, i);
      }
      return found;
    };
    const seeds = [0, 1, 2, 2 ** 32 - 1].map(pairs);
    const all = seeds.flatMap((found) => [...found]);
    expect(all.length).toBeGreaterThan(5);
    expect(new Set(all).size).toBe(all.length);
  });

  test('has odds as TLC reckons them', () => {
    expect(oddsOf(2 ** 31, 2 ** 32)).toBe(0.25);
    expect(oddsOf(50_816, 402_306)).toBeCloseTo(9.68e-10, 12);
  });
});

describe('a check', () => {
  const options = { bounds: { gfn: 1, vcpu: 2, ioctl: 1 } } as const;
  const suite = suiteOf(shippedModels.find(({ name }) => name === 'pte-list') as (typeof shippedModels)[number]);
  const small = { head: 1 };

  test.each(['fingerprint', 'bitstate'] as const)('of %s never says that a claim holds', (store) => {
    const result = checkVariant(suite, 'tail-count', { bounds: small, store });
    const exact = checkVariant(suite, 'tail-count', { bounds: small });
    expect([result.states, result.transitions]).toEqual([exact.states, exact.transitions]);
    expect([result.store, result.stopped, result.outcome, result.asExpected]).toEqual([
      store,
      store,
      'incomplete',
      false,
    ]);
    const outcomes = result.claims.filter(({ kind }) => kind !== 'reachable').map(({ outcome }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['incomplete']));
    expect(result.neverFired).toEqual([]);
  });

  test('executes again every race that it shows', () => {
    const result = checkVariant(suite, 'first-fit', { bounds: small, store: 'fingerprint' });
    const exact = checkVariant(suite, 'first-fit', { bounds: small });
    const violated = result.claims.filter(({ outcome }) => outcome === 'violated');
    expect(violated.length).toBeGreaterThan(1);
    for (const { name, trace } of violated) {
      const shortest = exact.claims.find((claim) => claim.name === name)?.trace;
      expect([trace?.length, trace?.fewest]).toEqual([shortest?.length, false]);
      const again = executed(
        instantiate(suite.model, 'first-fit', small),
        undefined,
        trace?.steps ?? [],
        suite.invariants[name],
      );
      expect(again.violates).toBe(true);
    }
  });

  test('of what needs states whole is refused', () => {
    const log = suiteOf(shippedModels.find(({ name }) => name === 'dirty-log') as (typeof shippedModels)[number]);
    const check = (limits: { switches?: number }, of: Suite, variant: string) => () =>
      checkVariant(of, variant, { ...(of === log ? options : { bounds: small }), limits, store: 'fingerprint' });
    expect(check({}, log, 'mmu-lock')).toThrow('claims on executions such as faultCompletes need states whole');
    expect(check({ switches: 2 }, suite, 'tail-count')).toThrow('a limit on switches needs states whole');
  });

  test('keeps to its memory, and says what ended it', () => {
    const store = 'fingerprint' as const;
    const instance = instantiate(twoPhaseCommitSuite.model, 'as-published', { rm: 6 });
    const { stopped, states, visited } = searchFrontier(instance, store, undefined, { memory: 500_000 });
    expect([stopped, states < 50_816]).toEqual(['memory', true]);
    expect(visited.bytes).toBeLessThanOrEqual(500_000);
  });
});
