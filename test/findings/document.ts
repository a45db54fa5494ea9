/** What was found out about the models of a folder, as it is to stand beside them: checks, measures, and what is said by hand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureVariant, type VariantResult, witness } from '#explorer';
import type { Measure, Suite } from '#notation';
import { figureName, findingsText, plotSvg, type SweepTable } from '#report';
import { sizesOf, tableOf } from '../../cli/measure.ts';
import { reachText } from '../large/reach-text.ts';
import { checked } from '../model/checked.ts';
import { shippedSuites } from '../shipped.ts';
import { comparison } from './comparison.ts';
import { departureOf } from './departure.ts';
import { nearestRight, wrongVariantsOf } from './nearest.ts';

export const modelFolder = join(import.meta.dirname, '../../model');

const legend = `Each wrong variant is compared with the right one that it differs least from. They part at the first step of its race that the right one cannot take,
or that comes to something else in it.`;

/** A model, and what the comment at the head of its file says of it. */
interface Declared {
  readonly name: string;
  readonly header: string;
}

/** The document of a folder, and the figures beside it by the names of their files. */
export interface Document {
  readonly text: string;
  readonly figures: ReadonlyMap<string, string>;
}

/** The models that are declared in a folder. */
export function declaredIn(folder: string): Declared[] {
  return readdirSync(join(modelFolder, folder)).flatMap((file) => {
    if (!file.endsWith('.ts')) return [];
    const source = readFileSync(join(modelFolder, folder, file), 'utf8');
    const name = /\bmodel\(\{\n {2}name: '([^']+)'/.exec(source)?.[1];
    return name === undefined ? [] : [{ name, header: headerOf(source) }];
  });
}

/** The folders in which models are declared. */
export function foldersOfModels(): string[] {
  return readdirSync(modelFolder).filter((folder) => !folder.endsWith('.ts') && declaredIn(folder).length > 0);
}

/** The comment at the head of a file, a line for each paragraph. */
function headerOf(source: string): string {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? '';
  return comment
    .replace(/^\s*\* ?/gm, '')
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' '))
    .join('\n\n');
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
