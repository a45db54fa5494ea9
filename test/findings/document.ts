/** What was found out about the models of a folder, as it is to stand beside them: checks, measures, and what is said by hand. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureVariant, type VariantResult, witness } from '#explorer';
import type { Measure, Suite } from '#notation';
import { figureName, findingsText, plotSvg, type SweepTable } from '#report';
import { sizesOf, tableOf } from '../../cli/measure.ts';
import { reachText } from '../large/reach-text.ts';
import { checked } from '../model/checked.ts';
import { shippedSuites } from '../shipped.ts';
import { comparison } from './comparison.ts';
import { declaredIn, modelFolder } from './declared.ts';
import { departureOf } from './departure.ts';
import { nearestRight, wrongVariantsOf } from './nearest.ts';

const legend = `Each wrong variant is compared with the right one that it differs least from. They part at the first step of its race that the right one cannot take,
or that comes to something else in it.`;

/** The document of a folder, and the figures beside it by the names of their files. */
export interface Document {
  readonly text: string;
  readonly figures: ReadonlyMap<string, string>;
}

/** Checks and measures the models of a folder at their default bounds, and writes down what comes of it. */
export function documentOf(folder: string): Document {
  const figures = new Map<string, string>();
  const sections = declaredIn(folder).map(({ name, header }) => {
    const suite = shippedSuites.find(({ model }) => model.name === name) as Suite;
    const results = Object.keys(suite.model.variants).map((variant): VariantResult => checked(suite, variant));
    const tables = Object.entries(suite.measures).map(([measure, of]) => swept(suite, measure, of));
    for (const table of tables) figures.set(figureName(table), plotSvg(table));
    const text = findingsText({
      name,
      about: suite.model.about,
      results,
      tables,
      compared: comparisons(suite, results),
    });
    const introduced = text.replace('### Verdicts and counts\n', () => `${header}\n\n### Verdicts and counts\n`);
    return [introduced, ...reachText(suite)].join('\n\n');
  });
  const text = [
    `# What was found out about model/${folder}`,
    '<!-- Written by `npm run findings`. What is said by hand stands in notes.md beside it. -->',
    ...written(folder, 'notes.md'),
    legend,
    ...sections,
    ...written(folder, 'ablation.md').map((ablation) => ablation.replace(/^#/, '##')),
  ].join('\n\n');
  return { text: `${text}\n`, figures };
}

/** A file beside the document that becomes a part of it. */
function written(folder: string, file: string): string[] {
  const path = join(modelFolder, folder, file);
  return existsSync(path) ? [readFileSync(path, 'utf8').trim()] : [];
}

/** Of each wrong variant, what it does differently from a right one, and where its race shows that. */
function comparisons(suite: Suite, results: readonly VariantResult[]): Map<string, string> {
  const said = wrongVariantsOf(suite).map((variant) => {
    const nearest = nearestRight(suite, variant);
    const { claims = [] } = results.find((result) => result.variant === variant) ?? {};
    const { name = '', trace } = claims.find(({ outcome }) => outcome === 'violated') ?? {};
    return [variant, comparison(nearest, trace && departureOf(suite, nearest, trace, name), trace)] as const;
  });
  return new Map(said);
}

function swept(suite: Suite, name: string, measure: Measure<never>): SweepTable {
  const { set, variants, bounds } = measure.sweep;
  const measurements = variants.flatMap((variant) =>
    sizesOf(measure.sweep).map((size) => {
      const measured = measureVariant(suite, variant, name, { bounds: { ...bounds, [set]: size } });
      return { ...measured, trace: witness(suite, measured) };
    }),
  );
  return tableOf(suite.model.name, name, measure, set, measurements);
}
