import { describe, expect, test } from 'vitest';
import { mmucheck } from './mmucheck.ts';

describe.concurrent('--memory', () => {
  test('checks a variant under another order than its own, and finds what that allows', async () => {
    const { code, stdout } = await mmucheck(['check', 'litmus/sb-sc', '--memory', 'tso']);
    expect(stdout).toContain('litmus/sb-sc@tso: noRelaxedOutcome is violated in 8 steps');
    expect(stdout).toMatch(/ 1 +WRITE_ONCE_x_1\(\) +x = 1 \(store buffer\)/);
    expect(stdout).toMatch(/ 8 .* commit_P10\(\) +y = 1\n/);
    expect(code).toBe(12);
  });

  test('never says holds of a variant that needs a weaker order', async () => {
    const { code, stdout } = await mmucheck(['check', 'litmus/sb-tso', 'litmus/sb-sc', '--memory', 'sc']);
    expect(stdout).toContain('litmus/sb-tso: not run: needs tso');
    expect(stdout).toContain('1 of 1 variants as expected');
    expect(code).toBe(17);
  });

  test('leaves out a model that is the same under every order, and refuses when nothing is left', async () => {
    const both = await mmucheck(['check', 'litmus/sb-tso', 'notifier/sequence-only', '--memory', 'tso']);
    expect(both.stdout).toContain('notifier/sequence-only: not run under tso: no field of its state is in memory(…)');
    expect(both.code).toBe(0);
    const none = await mmucheck(['check', 'notifier', '--memory', 'tso']);
    expect(none.stderr).toMatch(/^mmucheck: nothing is run: notifier\//);
    expect([none.code, none.stdout]).toEqual([150, '']);
  });

  test('has a replay line that says the order', async () => {
    const shown = await mmucheck(['show', 'litmus/sb-sc', '--memory', 'tso']);
    const [, line] = /mmucheck replay '(.*)'/.exec(shown.stdout) ?? [];
    expect(line).toMatch(/^litmus\/sb-sc@tso \[register=4,cpu=1,store_buffer=2\] /);
    const { code, stdout } = await mmucheck(['replay', line as string]);
    expect(stdout).toContain('x = 1 (store buffer)');
    expect(stdout).toContain('noRelaxedOutcome');
    expect(code).toBe(0);
  });

  test('takes the size of the store buffers as a bound', async () => {
    const { code, stdout } = await mmucheck(['check', 'litmus/coww-tso', '--bounds', 'store_buffer=1']);
    expect(stdout).toContain('litmus at register=4, cpu=1, store_buffer=1');
    expect(code).toBe(0);
  });
});

describe.concurrent('--symmetry', () => {
  test('counts orbits, says so, and has the same verdicts', async () => {
    const { code, stdout } = await mmucheck(['check', 'pte-list/fill-from-last', '--symmetry']);
    expect(stdout).toMatch(/^pte-list at .*up to\s+symmetry/);
    expect(stdout).toContain('1 of 1 variants as expected');
    expect(code).toBe(0);
  });

  test('is refused under a weak memory order, before anything is searched', async () => {
    const { code, stdout, stderr } = await mmucheck(['check', 'litmus/sb-tso', '--symmetry']);
    expect(stderr).toBe('mmucheck: litmus/sb-tso: there is no symmetry under tso; leave one of them out\n');
    expect([code, stdout]).toEqual([150, '']);
  });
});
