import { describe, expect, test } from 'vitest';
import { folder, mmucheck, tooLong } from './mmucheck.ts';
import { surprising } from './suite-texts.ts';

const race = ['walk', 'dirty-log/no-flush', 'noLostWrite', '--seed', '1', '--steps', '300'];
const withoutLines = (text: string) => text.replaceAll(/^mmucheck walk .*$/gm, '');

describe.concurrent('walk', () => {
  test('draws what it finds, short, with the lines that replay it and find it again', async () => {
    const { code, stdout, stderr } = await mmucheck(race);
    expect(stdout).toMatch(/^dirty-log\/no-flush: noLostWrite is violated in \d+ steps\n/);
    expect(tooLong(withoutLines(stdout), 80)).toEqual([]);
    expect([stderr, code]).toEqual(['', 0]);
    const [, replayed] = /mmucheck replay '(.*)'/.exec(stdout) ?? [];
    expect((await mmucheck(['replay', replayed as string])).stdout).toContain('noLostWrite');
    const [, again] = /^mmucheck (walk dirty-log.* --seed 1 --path \d+)$/m.exec(stdout) ?? [];
    expect((await mmucheck((again as string).split(' '))).stdout).toBe(stdout);
  });

  test('finds the same whatever the number of workers', async () => {
    const [one, four] = await Promise.all(['1', '4'].map((jobs) => mmucheck([...race, '--jobs', jobs])));
    expect(one).toEqual(four);
  });

  test('ends in 12 when the suite does not expect what it finds', async () => {
    const cwd = folder({ 'my-suite.ts': surprising });
    const { code, stdout } = await mmucheck(['walk', 'counter/wrong', '--suite', 'my-suite.ts', '--seed', '1'], {
      cwd,
    });
    expect(stdout).toContain(' is violated in ');
    expect(stdout).toMatch(/mmucheck walk counter\/wrong --suite \S*my-suite.ts --bounds cpu=2 --steps 1000 --seed 1 /);
    expect(code).toBe(12);
  });

  test('never says holds: 17, with how many walks there were, and their seed', async () => {
    const { code, stdout } = await mmucheck([
      'walk',
      'dirty-log/mmu-lock',
      '--walks',
      '40',
      '--steps',
      '50',
      '--seed',
      '9',
    ]);
    expect(stdout.replaceAll(/\s+/g, ' ')).toBe(
      'dirty-log/mmu-lock: no violation found in 40 walks of at most 50 steps (2000 in all), seed 9; what walks do not find may be there all the same ',
    );
    expect(code).toBe(17);
  });

  test('ends when its time is over, having said which seed it took', async () => {
    const { code, stdout } = await mmucheck([
      'walk',
      'dirty-log/mmu-lock',
      '--walks',
      '100000000',
      '--max-seconds',
      '0.3',
    ]);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /found in \d+ walks of at most 1000 steps \(\d+ in all\), seed \d+;/,
    );
    expect(code).toBe(17);
  });

  test.each([
    [['faultCompletes'], 'faultCompletes is claimed of whole executions, and a walk sees states'],
    [['--seed', '-1'], '--seed takes a whole number from 0 to 4294967295, and got "-1"'],
    [['--steps', '1000001'], '--steps takes a whole number from 1 to 1000000, and got 1000001'],
  ])('refuses %j', async (more, sentence) => {
    const { code, stderr } = await mmucheck(['walk', 'dirty-log/mmu-lock', ...more]);
    expect(stderr).toContain(`mmucheck: ${sentence}`);
    expect(code).toBe(150);
  });
});
