/** `--store` and `--max-memory`: what is said of what was not looked at for certain, and what is refused. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, mmucheck } from './mmucheck.ts';

const list = ['pte-list/tail-count', '--bounds', 'head=1'];

describe.concurrent('--store', () => {
  test('fingerprint says that no violation was found, with the odds, and never that anything holds', async () => {
    const { code, stdout } = await mmucheck([...list, '--store', 'fingerprint']);
    expect(stdout).toContain('not decided, no violation found, odds ');
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/odds \d\.\de-\d+ that a state was missed: pte-list\/tail-count/);
    expect(stdout).not.toMatch(/holds| - /);
    expect(code).toBe(17);
  });

  test('bitstate says how much it has looked at, and that this is incomplete', async () => {
    const { code, stdout } = await mmucheck([...list, '--store', 'bitstate']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /not decided, incomplete, \d+ states in \d+ bits, hash factor \d+, coverage about 99\.\d+%: pte-list\/tail-count/,
    );
    expect(stdout).not.toMatch(/holds| - /);
    expect(code).toBe(17);
  });

  test.each(['fingerprint', 'bitstate'])('%s is in the document, and so is how sure it is', async (store) => {
    const cwd = folder();
    const file = join(cwd, 'found.json');
    const args = [...list, '--store', store, '--fp-seed', '7', '--json', file, '--allow-incomplete'];
    const { code } = await mmucheck(args, { cwd });
    const { results, ok } = JSON.parse(readFileSync(file, 'utf8'));
    expect(results[0]).toMatchObject({ store, fpSeed: 7, stopped: store, outcome: 'incomplete', asExpected: false });
    expect(results[0].bits).toBeGreaterThanOrEqual(64);
    expect(results[0].missed).toBeLessThan(1e-6);
    expect([code, ok]).toEqual([0, true]);
    // Such a document is read back.
    expect((await mmucheck(['merge', file, '--allow-incomplete'], { cwd })).stdout).toContain('not decided');
  });

  test('shows a race, which has been executed again', async () => {
    const { code, stdout } = await mmucheck(['show', 'pte-list/first-fit', 'countExact', '--store', 'fingerprint']);
    expect(stdout).toContain('countExact is violated in 3 steps');
    expect(code).toBe(0);
  });

  test.each<[string[], string]>([
    [
      ['dirty-log/mmu-lock'],
      '--store fingerprint keeps no states whole, and there is nothing else for claims on executions such as faultCompletes of dirty-log; leave one of them out',
    ],
    [
      [...list, '--max-switches', '2'],
      '--store fingerprint keeps no states whole, and there is nothing else for --max-switches; leave one of them out',
    ],
    [
      [...list, '--workers', '2'],
      '--store fingerprint keeps no states whole, and there is nothing else for --workers 2; leave one of them out',
    ],
    [
      [...list, '--checkpoint', 'somewhere'],
      '--store fingerprint keeps no states whole, and has no checkpoints; leave one of them out',
    ],
  ])('is refused with %j', async (args, sentence) => {
    const cwd = folder();
    const { code, stdout, stderr } = await mmucheck([...args, '--store', 'fingerprint'], { cwd });
    expect([code, stdout, stderr]).toEqual([150, '', `mmucheck: ${sentence}\n`]);
    expect(existsSync(join(cwd, 'somewhere'))).toBe(false);
  });

  test('exact has no fingerprints that could have a seed', async () => {
    const { code, stderr } = await mmucheck([...list, '--fp-seed', '7']);
    expect(stderr).toBe(
      'mmucheck: --fp-seed is for fingerprints; add --store fingerprint or --store bitstate, or leave it out\n',
    );
    expect(code).toBe(150);
  });

  test.each([['--symmetry'], ['--max-depth', '4'], ['--max-states', '600'], ['--workers', '1'], ['--jobs', '2']])(
    'goes together with %s',
    async (...option) => {
      const { code, stdout } = await mmucheck([...list, '--store', 'fingerprint', ...option]);
      expect(stdout).toContain('1 not decided');
      expect(code).toBe(17);
    },
  );
});

describe('--max-memory', () => {
  /** What the process takes at most, in bytes, told at its end. */
  const probe = `
    import { isMainThread } from 'node:worker_threads';
    if (isMainThread) process.on('exit', () => console.error('most ' + process.resourceUsage().maxRSS * 1024));`;

  test('is kept by the process as a whole, within a tenth', async () => {
    const cwd = folder({ 'probe.mjs': probe });
    const args = ['pte-list/tail-count', '--bounds', 'spte=9,tail=9', '--max-memory', '190M', '--workers', '1'];
    const { code, stdout, stderr } = await mmucheck(args, {
      env: { NODE_OPTIONS: `--import ${join(cwd, 'probe.mjs')}` },
    });
    expect(stdout).toContain('not decided, stopped by the limit on memory: pte-list/tail-count');
    expect(code).toBe(17);
    expect(Number(/most (\d+)/.exec(stderr)?.[1])).toBeLessThan(1.1 * 190 * 2 ** 20);
  }, 120_000);

  test('that is less than several searches need names one that does', async () => {
    const { code, stderr } = await mmucheck(['pte-list', '--jobs', '4', '--max-memory', '200M']);
    expect(stderr).toMatch(
      /^mmucheck: --max-memory 200M is too little: mmucheck itself and a few states take \d+M; with --jobs 1 --workers 1 173M do\n$/,
    );
    expect(code).toBe(152);
  });
});
