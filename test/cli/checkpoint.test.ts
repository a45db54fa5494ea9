/** Checkpoints: whatever ends a run, it is resumed to the same result; and nothing but its own checkpoint is taken for one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { long } from '../long.ts';
import { folder, mmucheck } from './mmucheck.ts';

/** Searches of a second or two with many checkpoints: one with races, one with symmetry, one with store buffers; a limit ends the last two. */
const searches = [
  ['dirty-log/no-flush', '--bounds', 'gfn=2,vcpu=2'],
  ['mmu/track-flushes-if-writable', '--symmetry', '--bounds', 'vcpu=2', '--max-states', '80000'],
  ['shadow-page-life/rcu-while-flagged', '--max-states', '100000'],
];
/** How often each of them is run and killed twice, with one worker and with two. */
const trials = long ? 17 : 1;

/** The document without what is a matter of time, and of threads that come in time. */
function timeless(text: string): string {
  return text.replaceAll(/"(seconds|startedAt|workers)": .*/g, '');
}

/**
 * Begins a run, or goes on with it, and kills it without warning so much time after it began, or after it wrote its first checkpoint.
 * Returns whether that hit a search that has a checkpoint.
 */
async function killed(
  args: readonly string[],
  checkpoints: string,
  after: 'the beginning' | 'a checkpoint',
  milliseconds: number,
): Promise<boolean> {
  const manifest = join(checkpoints, '0', 'manifest');
  let timer: NodeJS.Timeout | undefined;
  const { code } = await mmucheck([...args, option(checkpoints), checkpoints, '--json', '-'], {
    started: (child: ChildProcess) => {
      timer = setInterval(() => {
        if (after === 'a checkpoint' && !existsSync(manifest)) return;
        clearInterval(timer);
        timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
      }, 2);
    },
  });
  clearInterval(timer);
  return code === null && existsSync(manifest);
}

/** How a run is begun, and gone on with as soon as there is anything to go on from. */
function option(checkpoints: string): '--checkpoint' | '--resume' {
  return existsSync(join(checkpoints, 'run')) ? '--resume' : '--checkpoint';
}

describe.concurrent('a run that is killed at random instants is resumed to the same document, byte for byte', () => {
  const runs = searches.flatMap((search) => [1, 2].map((workers) => ({ search, workers, name: search.join(' ') })));
  const by = (workers: number) => ['--workers', String(workers)];
  test.each(runs)(
    '$workers: $name',
    async ({ search, workers, name }) => {
      const args = [...search, ...by(workers)];
      const started = performance.now();
      const whole = await mmucheck([...args, '--json', '-']);
      const duration = performance.now() - started;
      let hits = 0;
      for (let trial = 0; trial < trials; trial++) {
        const checkpoints = join(folder(), 'checkpoints');
        const after = () => Math.random() * duration;
        hits += Number(await killed(args, checkpoints, 'a checkpoint', after() / 2));
        hits += Number(await killed(args, checkpoints, 'the beginning', after()));
        // By as many, or by another number of them.
        const last = [...search, ...by(trial % 2 === 0 ? workers : 3 - workers)];
        const resumed = await mmucheck([...last, option(checkpoints), checkpoints, '--json', '-']);
        expect(resumed.stderr).toBe('');
        expect(timeless(resumed.stdout)).toBe(timeless(whole.stdout));
        expect(resumed.code).toBe(whole.code);
      }
      if (long)
        process.stdout.write(`${workers}: ${name}: ${hits} of ${2 * trials} kills hit a search with a checkpoint\n`);
    },
    long ? 3_600_000 : 600_000,
  );
});

describe('a run that a signal ends', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s saves how far it is, and lets go of the folder',
    async (signal, expected) => {
      const checkpoints = join(folder(), 'checkpoints');
      const args = ['dirty-log/mmu-lock', '--bounds', 'gfn=3,vcpu=3'];
      const { code } = await mmucheck([...args, '--checkpoint', checkpoints], {
        started: (child) => {
          const timer = setInterval(() => {
            if (!existsSync(join(checkpoints, '0', 'manifest'))) return;
            clearInterval(timer);
            setTimeout(() => child.kill(signal), 300);
          }, 5);
        },
      });
      expect(code).toBe(expected);
      expect(readdirSync(checkpoints).toSorted()).toEqual(['0', 'run']);
    },
    60_000,
  );
});

describe('a folder that cannot be gone on from', () => {
  const args = ['dirty-log/mmu-lock'];
  let good = '';
  beforeAll(async () => {
    good = join(folder(), 'checkpoints');
    await mmucheck([...args, '--checkpoint', good]);
  }, 60_000);

  /** Resumes a copy of the good one with something done to it. */
  async function resumed(change: (copy: string) => void, own: readonly string[] = args) {
    const copy = join(folder(), 'copy');
    cpSync(good, copy, { recursive: true });
    change(copy);
    const { code, stdout, stderr } = await mmucheck([...own, '--resume', copy]);
    expect(stdout).toBe('');
    expect(code).toBe(151);
    return stderr.replaceAll(copy, 'DIR');
  }

  test('is one with a segment cut short, changed or missing', async () => {
    const segment = (copy: string) => join(copy, '0', 'segment-000000');
    expect(await resumed((copy) => truncateSync(segment(copy), 40))).toMatch(
      /segment-000000 is cut short or too long\n$/,
    );
    const flipped = await resumed((copy) => {
      const bytes = readFileSync(segment(copy));
      bytes[5] = (bytes[5] as number) ^ 1;
      writeFileSync(segment(copy), bytes);
    });
    expect(flipped).toMatch(/segment-000000 has been changed: its checksum is wrong\n$/);
    const swapped = await resumed((copy) => writeFileSync(segment(copy), ''));
    expect(swapped).toMatch(/segment-000000 is cut short or too long\n$/);
  }, 60_000);

  test('is one with a manifest or run file that was changed or cut short', async () => {
    for (const file of [join('0', 'manifest'), 'run']) {
      const text = readFileSync(join(good, file), 'utf8');
      const changed = text.replace(/[0-9a-f]$/m, (digit) => (digit === '0' ? '1' : '0'));
      expect(await resumed((copy) => writeFileSync(join(copy, file), changed))).toMatch(
        /has been changed or cut short\n$/,
      );
      expect(await resumed((copy) => truncateSync(join(copy, file), text.length - 1))).toMatch(
        /has been changed or cut short\n$/,
      );
    }
  }, 60_000);

  test('is one of another run', async () => {
    expect(await resumed(() => {}, ['dirty-log/mmu-lock', '--bounds', 'gfn=3'])).toMatch(
      /^mmucheck: --resume: DIR is of another run: other models, bounds or options, or another mmucheck; /,
    );
  }, 60_000);

  test('is one that another process uses', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const said = await resumed((copy) => writeFileSync(join(copy, 'lock'), String(other.pid)));
    expect(said).toBe(`mmucheck: --resume: DIR is used by another mmucheck, process ${other.pid}\n`);
    other.kill('SIGKILL');
  }, 60_000);

  test('is none in which a run was killed before it had begun', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const left = folder({ lock: String(pid), 'run.partial': '' });
    expect(await mmucheck([...args, '--checkpoint', left])).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(left).toSorted()).toEqual(['0', 'run']);
  }, 60_000);

  test('is one that holds something else', async () => {
    const cwd = folder({ 'letter.txt': 'Dear' });
    const [resume, checkpoint] = await Promise.all(
      ['--resume', '--checkpoint'].map((option) => mmucheck([...args, option, '.'], { cwd })),
    );
    expect(resume).toMatchObject({
      code: 151,
      stderr: 'mmucheck: --resume: . holds no checkpoint; make one with --checkpoint\n',
    });
    expect(checkpoint).toMatchObject({
      code: 151,
      stderr: 'mmucheck: --checkpoint: . is not empty and holds no checkpoint; name another folder\n',
    });
  }, 60_000);
});
