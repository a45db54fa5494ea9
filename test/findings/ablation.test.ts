/** What `mmucheck ablate` came to, as it stands beside a model: `npm run ablations` writes it again. Here nothing is searched. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { outlines } from '#notation';
import { ablatedOf, otherBounds, sourcesOf } from '../large/ablations.ts';
import { rightVariants } from '../large/right.ts';
import { foldersOfModels, modelFolder, suitesIn } from './declared.ts';

/** A file beside a model; empty where there is none. */
function read(folder: string, file: string): string {
  const path = join(modelFolder, folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** A line of a listing: what is tried, and what became of it. */
interface Line {
  readonly text: string;
  readonly finding: string;
}

/** The lines of a listing that are tried. A name that is too long for its column goes on in the next line. */
function linesOf(document: string): Line[] {
  return document.split('\n').flatMap((line) => {
    const [, text = '', finding = ''] = /^ {2,}(\S.*?) {2,}(\S.*)$/.exec(line) ?? [];
    return finding === '' ? [] : [{ text, finding }];
  });
}

/** What a line is about: a step by its name, or a lock. */
function subjectOf(text: string): string {
  const [, lock] = /^\w+_lock\((\w+)\)$/.exec(text) ?? [];
  return lock ?? text.replace(/\(.*$/, '');
}

/** The listings of a model. */
function listingsOf(document: string, model: string): string {
  const blocks = [...document.matchAll(/^```text\n(.+)\/.+: without each line[\s\S]*?^```$/gm)];
  return blocks.flatMap(([block, of]) => (of === model ? [block] : [])).join('\n');
}

/** The names that notes explain, of any model above the first heading, and of one under a heading that names it: `- `, names, and a sentence. */
function explained(notes: string, model: string): Set<string> {
  const sections = notes.split(/^### (?=\S+$)/m).filter((text, i) => i === 0 || text.startsWith(`${model}\n`));
  const items = [...sections.join('\n').matchAll(/^- ((?:`\w+`(?:,\s+)?)+)[^:\n]*: \S/gm)];
  return new Set(items.flatMap(([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name as string)));
}

test('what is tried at other bounds is of right variants', () => {
  const right = rightVariants.flatMap(({ suite, name }) => [suite.model.name, name]);
  expect(Object.keys(otherBounds).filter((name) => !right.includes(name))).toEqual([]);
});

describe.each(foldersOfModels())('model/%s/ablation.md', (folder) => {
  const document = read(folder, 'ablation.md');
  const notes = read(folder, 'notes.md');

  test('was made of what is there now; npm run ablations makes it again', () => {
    expect(document).toContain(`from sources ${sourcesOf(folder)}.`);
  });

  describe.each(suitesIn(folder))('of $model.name', (suite) => {
    const { name } = suite.model;
    const variants = ablatedOf(suite).map(({ variant }) => variant);
    const listings = listingsOf(document, name);

    test('has every line that is tried', () => {
      expect(listings.match(/^\S+(?=: without each line)/gm)).toEqual(variants.map((variant) => `${name}/${variant}`));
      const tried = variants.flatMap((variant) =>
        outlines(suite, variant).flatMap(({ rows }) => rows.filter(({ edit }) => edit !== undefined)),
      );
      const findings = listings.match(
        / {2}(?:needed|not shown needed|not decidable|vacuous|throws|does not compile)\b/g,
      );
      expect(findings?.length).toBe(tried.length);
      expect(listings).not.toMatch(/ {2}incomplete/);
    });

    test('has a sentence in notes.md for every step that is not shown needed', () => {
      const steps = linesOf(listings)
        .filter(({ text, finding }) => finding.startsWith('not shown needed') && !/^(swapped|weakened)$/.test(text))
        .map(({ text }) => subjectOf(text));
      const known = explained(notes, name);
      expect([...new Set(steps)].filter((step) => !known.has(step))).toEqual([]);
    });
  });
});
