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
