/** What was found out about each model, as it stands beside the model: `npm run findings` writes it again. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import * as invariants from '#invariants';
import type { Suite } from '#notation';
import { mmucheck } from '../cli/mmucheck.ts';

const model = join(import.meta.dirname, '../../model');
const work = mkdtempSync(join(tmpdir(), 'mmucheck-figures-'));
afterAll(() => rmSync(work, { recursive: true }));

/** A model, and what the comment at the head of its file says of it. */
interface Declared {
  readonly name: string;
  readonly header: string;
}

/** The models that are declared in a folder. */
function declaredIn(folder: string): Declared[] {
  return readdirSync(join(model, folder)).flatMap((file) => {
    if (!file.endsWith('.ts')) return [];
    const source = readFileSync(join(model, folder, file), 'utf8');
    const name = /\bmodel\(\{\n {2}name: '([^']+)'/.exec(source)?.[1];
    return name === undefined ? [] : [{ name, header: headerOf(source) }];
  });
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

const folders = readdirSync(model).filter((folder) => !folder.endsWith('.ts') && declaredIn(folder).length > 0);

test('every suite is of a model that is declared in one of the folders', () => {
  const declared = folders.flatMap((folder) => declaredIn(folder).map(({ name }) => name));
  const suites = Object.values<unknown>(invariants).filter(
    (each): each is Suite => typeof each === 'object' && each !== null && 'violated' in each,
  );
  expect(suites.map((suite) => suite.model.name).toSorted()).toEqual(declared.toSorted());
});

test.each(folders)('model/%s/findings.md is what its models come to', { timeout: 300_000 }, async (folder) => {
  const models = declaredIn(folder);
  const figures = join(work, folder);
  const { code, stdout, stderr } = await mmucheck([
    'findings',
    ...models.map(({ name }) => name),
    '--figures',
    figures,
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const notes = join(model, folder, 'notes.md');
  const sections = stdout.split(/^(?=## )/m).map((section) => {
    const { header } = models.find(({ name }) => section.startsWith(`## ${name}\n`)) as Declared;
    return section.replace('### Verdicts and counts\n', () => `${header}\n\n### Verdicts and counts\n`).trim();
  });
  const document = [
    `# What was found out about model/${folder}`,
    '<!-- Written by `npm run findings`. What is said by hand stands in notes.md beside it. -->',
    ...(existsSync(notes) ? [readFileSync(notes, 'utf8').trim()] : []),
    ...sections,
  ].join('\n\n');
  await expect(`${document}\n`).toMatchFileSnapshot(join(model, folder, 'findings.md'));
  const drawn = existsSync(figures) ? readdirSync(figures) : [];
  for (const file of drawn) {
    await expect(readFileSync(join(figures, file), 'utf8')).toMatchFileSnapshot(join(model, folder, file));
  }
  const stale = readdirSync(join(model, folder)).filter((file) => file.endsWith('.svg') && !drawn.includes(file));
  expect(stale).toEqual([]);
});
