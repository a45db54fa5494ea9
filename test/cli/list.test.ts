import { describe, expect, test } from 'vitest';
import { dirtyLogSuite, pteListSuite } from '#invariants';
import { folder, mmucheck, tooLong } from './mmucheck.ts';
import { counter } from './suite-texts.ts';

describe('list', () => {
  test.each([80, 120])('names every variant and claim of every model, in %i columns', async (width) => {
    const { code, stdout } = await mmucheck(['list', '--width', String(width)]);
    for (const { model, invariants, reachable } of [dirtyLogSuite, pteListSuite]) {
      for (const name of [...Object.keys(invariants), ...Object.keys(reachable)])
        expect(stdout).toContain(`\n    ${name}\n`);
      for (const name of Object.keys(model.variants)) expect(stdout).toContain(`\n    ${name} `);
    }
    expect(tooLong(stdout, width)).toEqual([]);
    expect(code).toBe(0);
  });

  test('says of a model what it is about, its bounds, where runs start, its claims, and what each variant violates', async () => {
    const { stdout } = await mmucheck(['list', 's.ts'], { cwd: folder({ 's.ts': counter }) });
    expect(stdout.split('\n')).toEqual([
      'counter: somebody counts',
      '  from s.ts',
      '  bounds: cpu=2',
      '  invariants',
      '    small',
      '      x stays below 3',
      '  variants, and what each is expected to violate',
      '    not-atomic  small',
      '',
    ]);
  });
});

test('the help of the program and of every verb fits in 80 columns', async () => {
  const { stdout } = await mmucheck(['--help']);
  const [, commands = ''] = stdout.split('\nCommands:\n');
  const verbs = [...commands.matchAll(/^ {2}([a-z]+)/gm)].map(([, verb]) => verb as string);
  expect(verbs).toEqual(expect.arrayContaining(['check', 'show', 'replay', 'list', 'conform']));
  const helps = await Promise.all(verbs.map(async (verb) => (await mmucheck([verb, '--help'])).stdout));
  expect([stdout, ...helps].flatMap((help) => tooLong(help, 80))).toEqual([]);
});
