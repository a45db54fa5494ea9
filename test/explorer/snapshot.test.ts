/** A search that goes on from the boundary of any level comes to what the whole search comes to, in everything. */
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Checkpoints, search } from '#explorer';
import { type Instance, instantiate, type Suite } from '#notation';
import { shippedSuites } from '../shipped.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';
import { instanceOf, randomClaims, randomModel } from './random-model.ts';

type Claims = Pick<Suite, 'invariants' | 'reachable'>;

/** A search, and everything that it was at the boundary of each level. */
function saved(instance: Instance, claims: Claims, symmetric: boolean, from?: Checkpoints['from']) {
  const boundaries: NonNullable<Checkpoints['from']>[] = [];
  const searched = search(
    instance,
    claims,
    {},
    {
      symmetric,
      checkpoints: {
        from,
        level(snapshot, visited, candidates) {
          const states = {
            words: visited.arena.slice(0, snapshot.states * visited.width),
            parents: visited.parents.slice(0, snapshot.states),
            candidates: Int32Array.from(candidates),
          };
          boundaries.push({ snapshot: JSON.parse(JSON.stringify(snapshot)), states });
        },
      },
    },
  );
  const { visited, machine, symmetry, seconds: _, ...rest } = searched;
  // As checksums, for they are large.
  const [arena, parents, table] = [
    visited.arena.subarray(0, visited.count * visited.width),
    visited.parents.subarray(0, visited.count),
    visited.table,
  ].map((row) => crc32(row));
  return {
    boundaries,
    came: { ...rest, fired: [...machine.fired], exact: symmetry?.exact(), arena, parents, table, bytes: visited.bytes },
  };
}

function sameFromEveryLevel(instance: Instance, claims: Claims, symmetric = false): number {
  const whole = saved(instance, claims, symmetric);
  whole.boundaries.forEach((boundary, i) => {
    const resumed = saved(instance, claims, symmetric, boundary);
    expect(resumed.came).toEqual(whole.came);
    expect(resumed.boundaries.map(({ snapshot }) => snapshot)).toEqual(
      whole.boundaries.slice(i + 1).map(({ snapshot }) => snapshot),
    );
  });
  return whole.boundaries.length;
}

test.each(Object.entries(tinyModels))('a tiny model: %s', (_, instance) => {
  sameFromEveryLevel(instance, tinyClaims);
});

test('random models', () => {
  let levels = 0;
  fc.assert(
    fc.property(randomModel, (random) => {
      const instance = instanceOf(random);
      if (instance === undefined || search(instance, undefined, { states: 1_000 }).states > 1_000) return;
      levels += sameFromEveryLevel(instance, randomClaims);
    }),
    { seed: 3, numRuns: 40 },
  );
  expect(levels).toBeGreaterThan(20);
});

test.each([false, true])('a shipped model, with symmetry: %s', (symmetric) => {
  const suite = shippedSuites.find(({ model }) => model.name === 'dirty-log') as Suite;
  const instance = instantiate(suite.model, 'no-flush', { gfn: 1, vcpu: 2 });
  expect(sameFromEveryLevel(instance, suite, symmetric)).toBeGreaterThan(10);
});
