import { describe, expect, test } from 'vitest';
import { mmucheck, tooLong } from './mmucheck.ts';

describe.concurrent('--max-switches', () => {
  test('says within how many switches nothing was found, and never that anything holds', async () => {
    const { code, stdout } = await mmucheck(['dirty-log/mmu-lock', '--max-switches', '2']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'not decided, looked at within 2 context switches only: dirty-log/mmu-lock',
    );
    expect(stdout).not.toMatch(/ - /);
    expect(tooLong(stdout, 80)).toEqual([]);
    expect(code).toBe(17);
  });

  test('writes how many states each number of switches reaches', async () => {
    const { stdout } = await mmucheck(['dirty-log/mmu-lock', '--max-switches', '2', '--json', '-']);
    const [result] = JSON.parse(stdout).results;
    expect(result).toMatchObject({ outcome: 'incomplete', stopped: 'switches' });
    expect(result.levels).toHaveLength(3);
    expect(result.levels[2]).toBe(result.states);
  });

  test('shows a race with the fewest switches, or says that there is none', async () => {
    const [none, some] = await Promise.all(
      ['0', '3'].map((most) => mmucheck(['show', 'dirty-log/no-flush', 'noLostWrite', '--max-switches', most])),
    );
    expect(none?.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /noLostWrite is not decided: there is no violation within 0 context switches \(\d+ states\), and more were not tried/,
    );
    expect(none?.code).toBe(17);
    expect(some?.stdout).toMatch(/noLostWrite is violated in \d+ steps\n.*, [123] context switch/);
    expect(some?.code).toBe(0);
  });

  test.each([
    [['--symmetry'], '--max-switches is not there with --symmetry, which gives threads other numbers'],
    [['--max-depth', '3'], '--max-switches is not there with --max-depth'],
  ])('is refused with %j', async (more, sentence) => {
    const { code, stderr } = await mmucheck(['dirty-log/mmu-lock', '--max-switches', '2', ...more]);
    expect(stderr).toBe(`mmucheck: ${sentence}; leave one of them out\n`);
    expect(code).toBe(150);
  });

  test('takes a whole number', async () => {
    const { code, stderr } = await mmucheck(['dirty-log/mmu-lock', '--max-switches', '255']);
    expect(stderr).toBe('mmucheck: --max-switches takes a whole number from 0 to 254, and got "255"\n');
    expect(code).toBe(150);
  });
});
