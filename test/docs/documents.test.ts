import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const main = join(root, 'dist/cli/main.js');
const work = mkdtempSync(join(tmpdir(), 'mmucheck-docs-'));
afterAll(() => rmSync(work, { recursive: true }));

function mmucheck(...args: string[]): string {
  return execFileSync(process.execPath, [main, ...args], {
    cwd: work,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
}

function blocks(file: string, language: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code as string);
}

test('the race on the first screen of the README is the one that the command above it prints', () => {
  const [race] = blocks('README.md', 'text');
  const printed = mmucheck('show', 'dirty-log/dirty-then-rmap', 'noLostWrite');
  expect(printed.startsWith(race as string)).toBe(true);
  expect((race as string).split('\n').length).toBeGreaterThan(15);
});

test('what docs/reading-a-race.md shows of races is what the command prints, but for the lines that it leaves out', () => {
  const printed = mmucheck('show', 'dirty-log/dirty-then-rmap').split('\n');
  const shown = blocks('docs/reading-a-race.md', 'text').flatMap((block) => block.trimEnd().split('\n'));
  expect(shown.filter((line) => line !== '  ...' && !printed.includes(line))).toEqual([]);
  expect(shown.length).toBeGreaterThan(10);
});

test('the README names only verbs that exist', () => {
  const named = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/npx mmucheck ([a-z]+)/g)].map(
    ([, verb]) => verb as string,
  );
  const help = mmucheck('--help');
  expect(named.filter((verb) => !new RegExp(`^ {2}${verb}\\b`, 'm').test(help))).toEqual([]);
  expect(new Set(named).size).toBeGreaterThanOrEqual(5);
});

test('the tutorial, typed in as it stands, gives the verdicts it promises', () => {
  writeFileSync(join(work, 'my-patch.ts'), blocks('docs/writing-a-model.md', 'ts').join('\n'));
  expect(mmucheck('check', './my-patch.ts')).toContain('3 of 3 variants as expected');
  const race = mmucheck('show', 'my-patch/flush-outside', 'writeTracked', '--suite', './my-patch.ts');
  expect(race).toMatch(/account_shadowed\(\) +ghost\.tracked = true/);
  expect(mmucheck('check', './my-patch.ts', '--bounds', 'vcpu=3')).toContain('3 of 3 variants as expected');
});

test('every file that a document links to exists', () => {
  const documents = [
    'README.md',
    'ARCHITECTURE.md',
    ...readdirSync(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];
  const dead = documents.flatMap((document) =>
    [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)\)/g)]
      .map(([, link]) => link as string)
      .filter((link) => !existsSync(join(root, dirname(document), link)))
      .map((link) => `${document}: ${link}`),
  );
  expect(dead).toEqual([]);
});

test('ARCHITECTURE.md has the first sentence of every file, in the order of the folders', async () => {
  const folders = ['notation', 'model', 'invariants', 'explorer', 'recording', 'report', 'viewer', 'cli', 'bench'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .toSorted()
      .map((path) => `${folder}/${path}`),
  );
  const rows = ['index.ts', 'fast-check.ts', ...files].map((file) => `| \`${file}\` | ${firstSentence(file)} |`);
  const marker = '<!-- Written by the test of this document: npx vitest run test/docs -u -->\n';
  const [prose] = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').split(marker);
  const text = `${prose}${marker}\n| file | what it is |\n| --- | --- |\n${rows.join('\n')}\n`;
  await expect(text).toMatchFileSnapshot(join(root, 'ARCHITECTURE.md'));
});

function firstSentence(file: string): string {
  const text = readFileSync(join(root, file), 'utf8').replace(/^#!.*\n/, '');
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1];
  if (comment === undefined) throw new Error(`${file} does not begin with a comment that says what it is`);
  const words = comment
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return (/^(.*?[.:])(?: [A-Z"`]|$)/.exec(words)?.[1] ?? words).replace(/:$/, '.').replaceAll('|', '\\|');
}
