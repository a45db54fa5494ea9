/** The tests that what stands beside a model is what it comes to: in the file of the model's other tests, which look at the same searches. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Suite } from '#notation';
import { checked } from '../model/checked.ts';
import { shippedSuites } from '../shipped.ts';
import { declaredIn, modelFolder } from './declared.ts';
import { departureOf } from './departure.ts';
import { documentOf } from './document.ts';
import { nearestRight, wrongVariantsOf } from './nearest.ts';

/** Variants whose races begin where no race of a right one does. The notes of their models say why. */
export const beginElsewhere = [
  'fast-page-fault/indirect',
  'fast-page-fault/indirect-gpte-checked',
  'pte-list/first-fit',
  'pte-list/fill-from-last',
  'pte-list/per-array-counter',
];

/** Declares the tests for a folder of models. `npm run findings` runs one of them alone, and writes what it compares with. */
export function testFindings(folder: string): void {
  test(`model/${folder}/findings.md is what its models come to`, { timeout: 600_000 }, async () => {
    const { text, figures } = documentOf(folder);
    await expect(text).toMatchFileSnapshot(join(modelFolder, folder, 'findings.md'));
    for (const [file, drawn] of figures) await expect(drawn).toMatchFileSnapshot(join(modelFolder, folder, file));
    const there = readdirSync(join(modelFolder, folder)).filter((file) => file.endsWith('.svg'));
    expect(there.filter((file) => !figures.has(file))).toEqual([]);
  });

  const names = declaredIn(folder).map(({ name }) => name);
  const wrong = shippedSuites
    .filter(({ model }) => names.includes(model.name))
    .flatMap((suite) =>
      wrongVariantsOf(suite).map((variant) => [`${suite.model.name}/${variant}`, suite, variant] as const),
    );
  describe.runIf(wrong.length > 0)(
    `the races of wrong variants of model/${folder} contain what is wrong with them`,
    () => {
      test.each(wrong)('%s', (name, suite, variant) => {
        const departures = departuresOf(suite, variant);
        expect(departures).not.toEqual([]);
        for (const { claim, shown } of departures) expect([claim, shown]).not.toEqual([claim, []]);
        expect(departures.some(({ at }) => at === 0)).toBe(beginElsewhere.includes(name));
        if (beginElsewhere.includes(name))
          expect(readFileSync(join(modelFolder, folder, 'notes.md'), 'utf8')).toContain(`\`${variant}\``);
      });
    },
  );
}

/** Where the shortest race of each claim that the nearest right variant keeps parts from that variant. What both violate shows something else. */
function departuresOf(suite: Suite, variant: string): { claim: string; at: number; shown: readonly unknown[] }[] {
  const nearest = nearestRight(suite, variant);
  return checked(suite, variant).claims.flatMap(({ name: claim, outcome, trace }) => {
    if (outcome !== 'violated' || trace === undefined || suite.violated[nearest.right]?.includes(claim)) return [];
    const { at, shown } = departureOf(suite, nearest, trace, claim) ?? { at: Number.NaN, shown: [] };
    return [{ claim, at, shown }];
  });
}
