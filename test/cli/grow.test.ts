import { expect, test } from 'vitest';
import { folder, mmucheck } from './mmucheck.ts';
import { withInstead } from './suite-texts.ts';

/** A claim that holds for two threads and not for three. */
const few = withInstead(`
import { once } from 'mmucheck';
export const few = suite(
  model({ name: 'few', about, state, bounds, variants: { each: { cpu: once(both) } } }),
  { invariants: { small }, violated: { each: [] } },
);`);

test.concurrent('check --grow says that a verdict changes with a bound, and how to replay what is violated then', async () => {
  const cwd = folder({ 'few.ts': few });
  const { code, stdout } = await mmucheck(['check', './few.ts', '--grow', '--json', 'out.json'], { cwd });
  expect(stdout).toContain('each at cpu=3: small is violated in 3 steps, and held before');
  expect(stdout).toMatch(/\nmmucheck: 1 bounds raised by one: 1 changed\n\nmmucheck: 1 of 1 variants as expected\n$/);
  const [, line = ''] = /^mmucheck replay --suite .\/few.ts '(.*)'$/m.exec(stdout) ?? [];
  const replayed = await mmucheck(['replay', '--suite', './few.ts', line], { cwd });
  expect(replayed.stdout).toContain('small is false');
  expect([code, replayed.code]).toEqual([16, 0]);
});

test.concurrent('check --grow of bounds that are large enough ends in 0; of what it cannot finish, in 17 unless that is allowed', async () => {
  const enough = await mmucheck(['check', 'vm-reference/get-unless-zero', '--grow']);
  expect(enough.stdout).toContain('2 bounds raised by one: 2 same');
  const limited = ['check', 'vm-reference/get-unless-zero', '--grow', '--max-states', '1000', '--json', '-'];
  const stopped = await mmucheck(limited);
  const { grown, ok } = JSON.parse(stopped.stdout);
  expect(grown.map(({ set, size, verdict }: Record<string, unknown>) => [set, size, verdict])).toEqual([
    ['opener', 4, 'not finished'],
    ['fd', 3, 'not finished'],
  ]);
  const allowed = await mmucheck([...limited, '--allow-incomplete']);
  expect([enough.code, stopped.code, ok, allowed.code]).toEqual([0, 17, false, 0]);
});

test.concurrent('a bound that cannot be raised is told, and is no error', async () => {
  const text = withInstead(`
function seven(s: State): void {
  s.x = 7 + s.cpu.length;
}
export const full = suite(
  model({ name: 'full', about, state, bounds, initial: [seven], variants: { full: { cpu: [load] } } }),
  { invariants: {}, violated: { full: [] } },
);`);
  const { code, stdout } = await mmucheck(['check', './full.ts', '--grow'], { cwd: folder({ 'full.ts': text }) });
  expect(stdout.replace(/\s+/g, ' ')).toContain('full at cpu=3: full/full: initial state seven set x to 10');
  expect(stdout).toContain('mmucheck: 1 bounds raised by one: 1 cannot be raised');
  expect(code).toBe(0);
});
