/** What `mmucheck ablate` came to, as it stands beside a model: `npm run ablations` writes it again. Here nothing is searched. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { outlines } from '#notation';
import { ablated, sourcesOf } from '../large/ablations.ts';
import { rightVariantsOf } from '../large/right.ts';
import { shippedModels, suiteOf } from '../shipped.ts';

/** A file beside a model; empty where there is none. */
function read(folder: string, file: string): string {
  const path = join(import.meta.dirname, '../../model', folder, file);
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

/** The names that notes explain: `- `, names, and a sentence after the colon. */
function explained(notes: string): Set<string> {
  const items = [...notes.matchAll(/^- ((?:`\w+`(?:, )?)+)[^:\n]*: \S/gm)];
  return new Set(items.flatMap(([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name as string)));
}

describe.each(Object.entries(ablated))('model/%s/ablation.md', (folder, variants) => {
  const document = read(folder, 'ablation.md');
  const suite = suiteOf(shippedModels.find(({ name }) => name === folder) ?? expect.fail('is no model'));

  test('was made of what is there now; npm run ablations makes it again', () => {
    expect(document).toContain(`from sources ${sourcesOf(folder)}.`);
  });

  test('has right variants, with every line that is tried', () => {
    const right = rightVariantsOf(suite).map(({ variant }) => variant);
    expect(variants.filter(({ variant }) => !right.includes(variant))).toEqual([]);
    expect(document.match(/^\S+(?=: without each line)/gm)).toEqual(
      variants.map(({ variant }) => `${folder}/${variant}`),
    );
    const tried = variants.flatMap(({ variant }) =>
      outlines(suite, variant).flatMap(({ rows }) => rows.filter(({ edit }) => edit !== undefined)),
    );
    const findings = document.match(/ {2}(?:needed|not shown needed|not decidable|vacuous|throws|does not compile)\b/g);
    expect(findings?.length).toBe(tried.length);
    expect(document).not.toMatch(/ {2}incomplete/);
  });

  test('has a sentence in notes.md for every step that is not shown needed', () => {
    const steps = linesOf(document)
      .filter(({ text, finding }) => finding.startsWith('not shown needed') && !/^(swapped|weakened)$/.test(text))
      .map(({ text }) => subjectOf(text));
    const known = explained(read(folder, 'notes.md'));
    expect([...new Set(steps)].filter((step) => !known.has(step))).toEqual([]);
  });
});
