import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, mmucheck, tooLong } from './mmucheck.ts';
import { counter, idling, locked, misbehaving, surprising } from './suite-texts.ts';

const small = ['dirty-log', '--bounds', 'gfn=1,vcpu=1'];

describe.concurrent('check of a model', () => {
  test('prints the matrix of every variant, and a last line that counts them', async () => {
    const { code, stdout, stderr } = await mmucheck(['check', 'dirty-log', '--bounds', 'gfn=1']);
    expect(stdout.split('\n').slice(0, 10)).toEqual([
      'dirty-log at gfn=1, vcpu=2, ioctl=1',
      '',
      '                                             dirtyNeverVisibleBeforeRmap',
      '                                             |  noLostWrite',
      '                                             |  |  dirtyCovered',
      '                                             |  |  |  faultCompletes',
      '                                             |  |  |  | states transitions depth',
      '  rmap-then-dirty                            -  -  -  -   1246        3950    31',
      '  rmap-then-spte-then-dirty                  -  -  -  -   1092        3513    32',
      '  dirty-then-rmap                            3 12  9  -   1407        4371    30',
    ]);
    expect(stdout.split('\n').slice(-2)).toEqual(['mmucheck: 28 of 28 variants as expected', '']);
    expect(tooLong(stdout, 80)).toEqual([]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('is what the command does when no verb is given', async () => {
    const { code, stdout } = await mmucheck(small);
    expect(stdout).toMatch(/^dirty-log at gfn=1, vcpu=1, ioctl=1\n/);
    expect(stdout).toContain('\nmmucheck: 28 of 28 variants as expected\n');
    expect(code).toBe(0);
  });

  test('takes one variant, and more columns', async () => {
    const { code, stdout } = await mmucheck([
      'check',
      'dirty-log/mmu-lock',
      'dirty-log/no-flush',
      '--width',
      '100',
      ...small.slice(1),
    ]);
    expect(stdout).toContain('\nmmucheck: 2 of 2 variants as expected\n');
    expect(tooLong(stdout, 100)).toEqual([]);
    expect(code).toBe(0);
  });

  test('gives the same text whatever the number of jobs', async () => {
    const [one, four] = await Promise.all(['1', '4'].map((jobs) => mmucheck([...small, '--jobs', jobs])));
    expect(one).toEqual(four);
  });

  test('is in colour where that is asked for', async () => {
    const { stdout } = await mmucheck(['dirty-log/mmu-lock', '--bounds', 'gfn=1'], { env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[32mmmucheck: 1 of 1 variants as expected\u001b[39m');
  });
});

describe.concurrent('a limit', () => {
  test.each([
    ['states', '100'],
    ['depth', '3'],
    ['seconds', '0.000001'],
    ['memory', '174M'],
  ])('on %s ends in exit 17, never in holds', async (limit, value) => {
    const args = ['dirty-log/mmu-lock', '--bounds', 'gfn=3', '--workers', '1', `--max-${limit}`, value];
    const { code, stdout } = await mmucheck(args);
    expect(stdout).toContain(`not decided, stopped by the limit on ${limit}: dirty-log/mmu-lock`);
    expect(stdout).toContain('mmucheck: 0 of 1 variants as expected, 1 not decided\n');
    expect(stdout).not.toMatch(/ - /);
    expect(code).toBe(17);
  });

  test('is forgiven by --allow-incomplete', async () => {
    const { code } = await mmucheck(['dirty-log/mmu-lock', '--max-states', '100', '--allow-incomplete']);
    expect(code).toBe(0);
  });

  test('on memory that is too low to start is refused', async () => {
    const { code, stdout, stderr } = await mmucheck(['dirty-log/mmu-lock', '--max-memory', '100M', '--workers', '1']);
    expect(stderr).toBe('mmucheck: --max-memory 100M is too little: mmucheck itself and a few states take 173M\n');
    expect([code, stdout]).toEqual([152, '']);
  });
});

describe.concurrent('check of somebody else’s file', () => {
  test('finds its suites under any name, wherever the file lies', async () => {
    const cwd = folder({ 'my-suite.ts': counter, 'other.mts': locked });
    const { code, stdout, stderr } = await mmucheck(['check', './my-suite.ts', 'other.mts'], { cwd });
    expect(stderr).toBe('');
    expect(stdout).toContain('counter at cpu=2');
    expect(stdout).toContain('mmucheck: 2 of 2 variants as expected');
    expect(code).toBe(0);
    expect(readdirSync(cwd).toSorted()).toEqual(['my-suite.ts', 'other.mts']);
  });

  test('ends in 13 when something need not come to pass that the suite expects to', async () => {
    const cwd = folder({ 'my-suite.ts': idling });
    const { code, stdout } = await mmucheck(['my-suite.ts'], { cwd });
    expect(stdout).toContain('\n! idle          1+0!  ');
    expect(stdout).toContain(
      '\ncomes is violated:\n  x gets from 1 to 3\nThe execution may end there: nobody has to take another step.\n',
    );
    expect(stdout).toContain("mmucheck replay --suite my-suite.ts 'counter/idle [cpu=2] cpu0.both(); ()*'");
    expect(code).toBe(13);
  });

  test('draws the shortest race that the suite does not expect, with a line that replays it', async () => {
    const cwd = folder({ 'my-suite.ts': surprising });
    const { code, stdout } = await mmucheck(['my-suite.ts'], { cwd });
    expect(stdout.split('\n')).toEqual([
      'counter at cpu=2',
      '',
      '                 small',
      '                 |   BUG_ON',
      '                 |   |  states  transitions  depth',
      '! wrong         4!  7!      35           66     19',
      '',
      'n violated, by a shortest race of n steps;  ! not as the suite expects',
      '',
      'counter/wrong: small is violated in 4 steps',
      'cpu=2, 1 context switch',
      '',
      '     cpu0    cpu1    what changed',
      '  1  both()          x = 1',
      '  2  bug()           <- changes nothing',
      '  3  both()          x = 2',
      '  4          both()  x = 3',
      '',
      'After step 4 small is false:',
      '  x stays below 3',
      '    x = 3',
      '',
      "mmucheck replay --suite my-suite.ts 'counter/wrong [cpu=2] cpu0.both(); cpu0.bug(); cpu0.both(); cpu1.both()'",
      '',
      'BUG_ON is violated too, in 7 steps:',
      expect.stringMatching(/^mmucheck replay --suite my-suite.ts 'counter\/wrong \[cpu=2\] .*cpu0.bug\(\)'$/),
      '',
      '  counter/wrong: violated, and expected to hold: small (in 4 steps), BUG_ON (in',
      '  7 steps)',
      'mmucheck: 0 of 1 variants as expected, 1 not as expected',
      '',
    ]);
    expect(code).toBe(12);
  });

  test.each([
    ['throws', "throw new TypeError('not today');", 'throws', '<- threw TypeError: not today', 75],
    ['wrote and then returned blocked', 's.x = 0; return blocked;', 'throws', 'returned blocked', 75],
    ['returns garbage', 'return 5 as never;', 'throws', 'returned 5', 75],
    [
      'sets a value out of range',
      'if (s.flag) s.x = 10; s.flag = 1;',
      'range',
      '<- set x to 10, and its range is 0..9',
      12,
    ],
  ])('tells of a step that %s', async (_, body, word, sentence, expected) => {
    const cwd = folder({ 'my-suite.ts': misbehaving(body) });
    const { code, stdout } = await mmucheck(['my-suite.ts'], { cwd });
    expect(stdout).toMatch(new RegExp(`counter/bad: ${word} (is violated in|after) \\d+ steps?\n`));
    expect(stdout.replace(/\s+/g, ' ')).toContain(sentence);
    expect(stdout).toContain('not as expected');
    expect(code).toBe(expected);
  });

  test('survives a step that ends its process, and blames the model', async () => {
    const cwd = folder({ 'my-suite.ts': misbehaving('process.exit(7);') });
    const { code, stdout, stderr } = await mmucheck(['my-suite.ts'], { cwd });
    expect(stderr).toBe('mmucheck: counter/bad: a step or claim ended the thread it ran in (exit code 7)\n');
    expect([code, stdout]).toEqual([75, '']);
  });

  test('keeps what a model prints away from the results', async () => {
    const cwd = folder({ 'my-suite.ts': `console.log('loading');\n${misbehaving("console.log('stepping');")}` });
    const { stdout, stderr } = await mmucheck(['my-suite.ts'], { cwd });
    expect(stdout).not.toMatch(/loading|stepping/);
    expect(stderr).toMatch(/loading[^]*stepping/);
  });
});

describe.concurrent('--json', () => {
  test('writes the document to a file, beside the matrix', async () => {
    const file = join(folder(), 'out.json');
    const { code, stdout } = await mmucheck(['dirty-log/no-flush', '--json', file]);
    const document = JSON.parse(readFileSync(file, 'utf8'));
    expect(
      document.results.map(({ model, variant, outcome }: Record<string, string>) => [model, variant, outcome]),
    ).toEqual([['dirty-log', 'no-flush', 'violated']]);
    expect([document.tool, document.ok, code]).toEqual(['mmucheck', true, 0]);
    expect(stdout).toContain('mmucheck: 1 of 1 variants as expected');
  });

  test('writes the document alone to standard output', async () => {
    const { code, stdout } = await mmucheck(['dirty-log/no-flush', '--max-states', '10', '--json', '-']);
    const { ok, results } = JSON.parse(stdout);
    expect([ok, results[0].stopped, code]).toEqual([false, 'states', 17]);
  });

  test('refuses a file that cannot be written before it searches', async () => {
    const cwd = folder();
    const missing = await mmucheck(['dirty-log', '--json', 'no/such/folder.json'], { cwd });
    expect(missing.stderr).toMatch(/^mmucheck: --json: no\/such\/folder.json cannot be written: ENOENT/);
    expect([missing.code, missing.stdout]).toEqual([153, '']);
    const directory = await mmucheck(['dirty-log', '--json', '.'], { cwd });
    expect(directory.stderr).toBe('mmucheck: --json: . is a folder; name a file\n');
    expect([directory.code, existsSync(join(cwd, 'no'))]).toEqual([150, false]);
  });
});
