import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packed, projectWith, removed, run } from '../library/installation.ts';
import { folder, mmucheck, tooLong } from './mmucheck.ts';

const made = packed();
const folders = [dirname(made.tarball)];
afterAll(() => removed(...folders));

describe('what new writes', () => {
  const project = projectWith(made, ['typescript', 'vitest']);
  folders.push(project);
  const told = run(project, 'mmucheck/dist/cli/main.js', 'new', 'my-patch');

  test('is a model with its suite, and a test', () => {
    expect(told.split('\n')).toEqual([
      'wrote my-patch.ts',
      'wrote my-patch.test.ts',
      '',
      'Next:',
      '  mmucheck check ./my-patch.ts',
      '  mmucheck show my-patch/no-lock everyFaultCounts --suite ./my-patch.ts',
      '  npx vitest run my-patch    # where mmucheck and vitest are installed',
      '',
    ]);
    expect(readdirSync(project).toSorted()).toEqual(['my-patch.test.ts', 'my-patch.ts', 'node_modules']);
  });

  test('is checked at once, and comes out as it says', async () => {
    const { code, stdout } = await mmucheck(['check', './my-patch.ts'], { cwd: project });
    expect(stdout).toContain('mmucheck: 2 of 2 variants as expected\n');
    expect(stdout).toMatch(/^ {2}under-mmu-lock +- +\d+/m);
    expect(stdout).toMatch(/^ {2}no-lock +4 +\d+/m);
    expect(code).toBe(0);
  });

  test('has a race to show', async () => {
    const args = ['show', 'my-patch/no-lock', 'everyFaultCounts', '--suite', './my-patch.ts'];
    const { code, stdout } = await mmucheck(args, { cwd: project });
    expect(stdout).toMatch(/^my-patch\/no-lock: everyFaultCounts is violated in 4 steps\n/);
    expect(tooLong(stdout, 80)).toEqual([]);
    expect(code).toBe(0);
  });

  test('is a test that passes', () => {
    const { success, numPassedTests } = JSON.parse(run(project, 'vitest/vitest.mjs', 'run', '--reporter=json'));
    expect([success, numPassedTests]).toEqual([true, 2]);
  });

  test('compiles, strictly', () => {
    const options = ['--noEmit', '--strict', '--noUnusedLocals', '--skipLibCheck', '--allowImportingTsExtensions'];
    const text = run(
      project,
      'typescript/bin/tsc',
      ...options,
      '--module',
      'nodenext',
      '--types',
      '',
      'my-patch.test.ts',
    );
    expect(text).toBe('');
  });

  test('fails as a test, with the race, when the patch is wrong', () => {
    const broken = projectWith(made, ['vitest']);
    folders.push(broken);
    run(broken, 'mmucheck/dist/cli/main.js', 'new', 'my-patch');
    const file = join(broken, 'my-patch.ts');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace("'no-lock': ['everyFaultCounts'] }", "'no-lock': [] }"));
    expect(() => run(broken, 'vitest/vitest.mjs', 'run')).toThrow(/no-lock: everyFaultCounts is violated in 4 steps/);
  });
});

describe.concurrent('new', () => {
  test('writes into a folder, which it makes', async () => {
    const cwd = folder();
    const { code, stdout } = await mmucheck(['new', 'a-b2', '--dir', 'deep/er'], { cwd });
    expect(stdout).toContain('wrote deep/er/a-b2.ts\nwrote deep/er/a-b2.test.ts\n');
    expect(stdout).toContain('\n  mmucheck check ./deep/er/a-b2.ts\n');
    expect(code).toBe(0);
    const checked = await mmucheck(['check', './deep/er/a-b2.ts'], { cwd });
    expect(checked.code).toBe(0);
  });

  test.each(['my-patch.ts', 'my-patch.test.ts'])('leaves a %s as it is, and writes nothing beside it', async (file) => {
    const cwd = folder({ [file]: 'mine' });
    const { code, stdout, stderr } = await mmucheck(['new', 'my-patch'], { cwd });
    expect(stderr).toBe(`mmucheck: new: ${file} exists already, and is left as it is; choose another name, or --dir\n`);
    expect([code, stdout, readdirSync(cwd), readFileSync(join(cwd, file), 'utf8')]).toEqual([150, '', [file], 'mine']);
  });

  test.each(['My-Patch', '../up', 'a b', "a'", '-'])('refuses the name %s', async (name) => {
    const cwd = folder();
    const { code, stderr } = await mmucheck(['new', '--', name], { cwd });
    expect(stderr).toContain(`the name "${name}" needs lower-case letters, digits and dashes only, as in my-patch`);
    expect([code, readdirSync(cwd)]).toEqual([150, []]);
  });

  test('says when a folder cannot be made', async () => {
    const cwd = folder({ file: '' });
    const { code, stderr } = await mmucheck(['new', 'my-patch', '--dir', 'file/in'], { cwd });
    expect(stderr).toMatch(/^mmucheck: new: file\/in cannot be written to: ENOTDIR/);
    expect([code, existsSync(join(cwd, 'my-patch.ts'))]).toEqual([153, false]);
  });
});

test('the tests of docs/library.md pass on what new writes', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/library.md'), 'utf8');
  const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code as string);
  const project = projectWith(made, ['fast-check', 'vitest']);
  folders.push(project);
  run(project, 'mmucheck/dist/cli/main.js', 'new', 'my-patch');
  writeFileSync(join(project, 'documented.test.ts'), blocks.join('\n'));
  const { success, numPassedTests } = JSON.parse(
    run(project, 'vitest/vitest.mjs', 'run', 'documented', '--reporter=json'),
  );
  expect([blocks.length, success, numPassedTests]).toEqual([2, true, 2]);
});
