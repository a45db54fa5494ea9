import fc from 'fast-check';
import { appendFileSync, writeFileSync } from 'node:fs';
import { test, expect } from 'vitest';
import { search } from '#explorer';
import { traceOf } from './trace-of.ts';
import { reference } from '../reference-fixed.ts';
import { instanceOf, randomClaims, randomModel } from './random-model.ts';
test('hunt', () => {
  let n = 0,
    skipped = 0,
    big = 0,
    sizes: number[] = [];
  const t0 = Date.now();
  const seed = Number(process.env.SEED ?? 1);
  fc.assert(
    fc.property(randomModel, (random) => {
      writeFileSync('/tmp/hunt-last.txt', random.source);
      const instance = instanceOf(random);
      if (!instance) {
        skipped++;
        return;
      }
      let expected;
      try {
        expected = reference(instance, randomClaims, 1500);
      } catch {
        big++;
        return;
      }
      n++;
      sizes.push(expected.states);
      const searched = search(instance, randomClaims as never);
      const violated: Record<string, number> = {};
      for (const name of searched.violations.keys())
        violated[name] = traceOf(searched, name, randomClaims as never).length;
      expect({
        states: searched.states,
        transitions: searched.transitions,
        depth: searched.depth,
        violated,
        reached: [...searched.reached].sort(),
      }).toEqual({ ...expected, reached: expected.reached.sort() });
    }),
    { numRuns: Number(process.env.RUNS ?? 100), seed, endOnFailure: !!process.env.NOSHRINK },
  );
  sizes.sort((a, b) => a - b);
  appendFileSync(
    '/tmp/hunt.log',
    `seed ${seed} compared ${n} uncompilable ${skipped} big ${big} median ${sizes[n >> 1]} p90 ${sizes[Math.floor(n * 0.9)]} ms ${Date.now() - t0}\n`,
  );
}, 500000);
