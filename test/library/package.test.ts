import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, describe, expect, test } from 'vitest';
import { packed, projectWith, removed, run } from './installation.ts';

const made = packed();
const folders = [dirname(made.tarball)];
afterAll(() => removed(...folders));

/** A project that is gone when the tests are through. */
function project(beside: readonly string[], from?: string): string {
  const folder = projectWith(made, beside, from);
  folders.push(folder);
  return folder;
}

describe('the package', () => {
  const tarball = new Uint8Array(readFileSync(made.tarball));

  test('ships what is built, the schema of suite files and its README, and nothing else', () => {
    const others = made.files.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path));
    expect(others.toSorted()).toEqual([
      'README.md',
      'dist/viewer/page.css',
      'docs/mmucheck.suite.schema.json',
      'package.json',
    ]);
    expect(made.files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/fast-check.js', 'dist/cli/main.js']));
    expect(made.files.filter((path) => /test|bench/.test(path))).toEqual([]);
  });

  test('passes publint, strictly', async () => {
    const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('has types that are right for whoever imports modules', async () => {
    const result = await checkPackage(createPackageFromTarballData(tarball));
    const problems = result.types ? result.problems : ['it has no types'];
    // It is for import, and not for require: neither for CommonJS nor for resolution as it was before exports.
    const notForModules = ['node10', 'node16-cjs'];
    const ofModules = problems.filter(
      (each) => typeof each === 'string' || !('resolutionKind' in each) || !notForModules.includes(each.resolutionKind),
    );
    expect(ofModules).toEqual([]);
    expect(Object.keys('entrypoints' in result ? result.entrypoints : {})).toEqual([
      '.',
      './fast-check',
      './package.json',
    ]);
  });

  test('has declarations that compile by themselves, without those of Node', () => {
    const folder = project(['fast-check', 'typescript']);
    const text = "export { assertHolds } from 'mmucheck';\nexport { walks } from 'mmucheck/fast-check';\n";
    writeFileSync(join(folder, 'use.mts'), text);
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2023', '--types', ''];
    expect(run(folder, 'typescript/bin/tsc', ...options, 'use.mts')).toBe('');
  });

  test('needs fast-check for mmucheck/fast-check only', () => {
    const load = (name: string) =>
      execFileSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `import('${name}').then((all) => console.log(Object.keys(all).length > 0), ({ message }) => console.log(message))`,
        ],
        { cwd: project([]), encoding: 'utf8' },
      );
    expect(load('mmucheck')).toBe('true\n');
    expect(load('mmucheck/fast-check')).toContain("Cannot find package 'fast-check'");
  });
});

describe('examples/lock-free-list, with the package installed', () => {
  const example = project(
    ['fast-check', 'typescript', 'vitest'],
    join(import.meta.dirname, '../../examples/lock-free-list'),
  );

  test('passes its own tests', () => {
    const report = run(example, 'vitest/vitest.mjs', 'run', '--reporter=json');
    const { success, numPassedTests } = JSON.parse(report) as { success: boolean; numPassedTests: number };
    expect([success, numPassedTests]).toEqual([true, 3]);
  });

  test('compiles', () => {
    expect(run(example, 'typescript/bin/tsc', '--noEmit')).toBe('');
  });

  test('has a race to show, as its README says', () => {
    const race = run(
      example,
      'mmucheck/dist/cli/main.js',
      'show',
      'lock-free-list/no-mark',
      'noneLost',
      '--suite',
      'list.ts',
    );
    expect(race).toMatch(/^lock-free-list\/no-mark: noneLost is violated in 10 steps\n/);
    expect(race).toMatch(/ unlink\(\) .*ghost\.added\[0\] = 0\n/);
  });
});
