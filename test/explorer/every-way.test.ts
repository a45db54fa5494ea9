/**
 * Known counts in every legal combination of store, threads and symmetry. Not legal, and refused: other stores than the exact one with
 * several threads. Symmetry is there where a model has symmetric sets of several members.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { machineOf, type SearchedAnyhow, search, searchFrontier, symmetryOf } from '#explorer';
import { instantiate } from '#notation';
import { type Known, known } from '../known/counts.ts';
import { long } from '../long.ts';
import { reference } from '../reference.ts';
import { helpers } from './crew.ts';

const helping = helpers();
afterAll(() => helping.end());

/** What is the same whatever the way. */
function finding({ states, transitions, depth, stopped, violations, reached, vacuous, machine }: SearchedAnyhow) {
  const lengths = [...violations].map(([name, { length }]) => [name, length]);
  const claims = { violated: Object.fromEntries(lengths), reached: [...reached], vacuous: [...vacuous] };
  return { states, transitions, depth, stopped, ...claims, fired: [...machine.fired] };
}

/** What each legal way of searching finds, with symmetry or without. */
async function everyWay({ name, suite, variant, bounds }: Known, symmetric: boolean) {
  const instance = instantiate(suite.model, variant, bounds);
  const options = { symmetric };
  const found = [finding(search(instance, suite, {}, options))];
  for (const workers of long ? [2, 4, 8] : [2]) {
    const crew = helping.crew(workers, { kind: 'known', name }, 8);
    found.push(finding(search(instance, suite, {}, { ...options, crew })));
    await helping.idle();
  }
  for (const store of ['fingerprint', 'bitstate'] as const)
    found.push(finding(searchFrontier(instance, store, suite, { memory: 2 ** 26 }, options)));
  return found;
}

describe('a known count is found in every legal way', () => {
  test.each(known)('$name', async (each) => {
    const [first, ...others] = await everyWay(each, false);
    expect([first?.states, first?.transitions, first?.depth]).toEqual(each.counts);
    for (const other of others) expect(other).toEqual(first);

    const instance = instantiate(each.suite.model, each.variant, each.bounds);
    const isSymmetric = symmetryOf(instance, machineOf(instance).layout) !== undefined;
    if (!isSymmetric) expect(each.orbits).toBeUndefined();
    else {
      const [reduced, ...alike] = await everyWay(each, true);
      if (each.orbits !== undefined) expect(reduced?.states).toBe(each.orbits);
      // Where `alloc` takes the lowest of several that are free, some numberings of a state are further away than others.
      expect(reduced?.depth).toBeLessThanOrEqual(first?.depth as number);
      expect(reduced).toMatchObject({ violated: first?.violated, stopped: undefined });
      for (const other of alike) expect(other).toEqual(reduced);
    }
  });
});

describe.skipIf(process.env.MMUCHECK_NO_REFERENCE === '1')('a known count is that of the reference search', () => {
  test.each(known.filter(({ counts: [states] }) => states < (long ? 40_000 : 3_000)))('$name', (each) => {
    const found = reference(instantiate(each.suite.model, each.variant, each.bounds), each.suite);
    expect([found.states, found.transitions, found.depth]).toEqual(each.counts);
  });
});
