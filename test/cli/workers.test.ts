/** `--workers`: what is printed and written is the same, and a thread that is lost ends the run with a sentence. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { long } from '../long.ts';
import { workersOf } from '../../cli/work.ts';
import { folder, mmucheck } from './mmucheck.ts';

/** Three vCPUs that count, in a state space large enough for helpers to come in time. */
function counting(inHelpers: string): string {
  return `
import { exit, model, type Next, range, type StateOf, suite, thread, upTo } from 'mmucheck';
import { workerData } from 'node:worker_threads';

const helps = workerData?.seat !== undefined;
const Cpu = range('cpu');
const state = { cpu: thread(Cpu, { n: upTo(160) }) };
interface State extends StateOf<typeof state> {}
type Cpu = State['cpu'][0];

function start(_s: State, cpu: Cpu): void {
  cpu.n = 0;
}
function count(_s: State, cpu: Cpu): Next {
  if (cpu.n === 160) return exit;
  ${inHelpers}
  cpu.n = cpu.n + 1;
  return count;
}
export const counter = suite(
  model({ name: 'counter', about: 'counts', state, bounds: { cpu: 3 }, variants: { three: { cpu: [start, count] } } }),
  { invariants: {}, violated: { three: [] } },
);
`;
}

/** A run's document, and the same without times and the number of workers. */
async function document(what: string, workers: number, cwd: string): Promise<{ text: string; found: string }> {
  const file = join(cwd, `${workers}.json`);
  await mmucheck([...what.split(' '), '--workers', String(workers), '--json', file], { cwd });
  const text = readFileSync(file, 'utf8');
  return { text, found: text.replaceAll(/"(startedAt|seconds|workers)": .*/g, '') };
}

describe('the document is the same for any number of workers', () => {
  test.each(['check dirty-log/dirty-then-rmap', 'check pte-list/first-fit'])(
    'of a search that is over before helpers come: %s',
    async (what) => {
      const cwd = folder();
      const one = await document(what, 1, cwd);
      expect(one.found).toContain('"transitions"');
      expect((await document(what, 4, cwd)).found).toBe(one.found);
    },
  );

  // With races and claims on executions, with symmetry, with store buffers and a limit on states; and the largest of them.
  const shared = [
    'dirty-log/no-flush --bounds gfn=2,vcpu=2',
    'mmu/track-flushes-if-writable --symmetry --bounds vcpu=2 --max-states 80000',
    'shadow-page-life/rcu-while-flagged --max-states 100000',
    'counter.ts --max-states 300000',
    'counter.ts',
  ];
  test.each(long ? shared : shared.slice(-2))(
    'of a search that several share, run after run: %s',
    async (what) => {
      const cwd = folder({ 'counter.ts': counting('') });
      const one = await document(what, 1, cwd);
      expect(one.text).toContain('"workers": 1,');
      expect(one.found.includes('"stopped": "states"')).toBe(what.includes('--max-states'));
      // The larger one takes as long as all the others of this file.
      const [runs, some] = long ? [20, [1, 2, 4, 8]] : what === 'counter.ts' ? [1, [2, 4]] : [2, [1, 2, 4, 8]];
      for (let run = 0; run < runs; run++) {
        for (const workers of some) {
          // A machine that is busy with other things may start helpers when all is done; what is found is the same then too.
          for (let tries = what === 'counter.ts' ? 4 : 1; tries > 0; tries--) {
            const { text, found } = await document(what, workers, cwd);
            expect(found).toBe(one.found);
            if (text.includes(`"workers": ${workers},`)) break;
            if (what === 'counter.ts') expect(tries).toBeGreaterThan(1);
          }
        }
      }
    },
    3_600_000,
  );
});

describe('when nothing is said of workers', () => {
  test('processors are shared out to the searches that run at the same time, at least one to each and at most eight', () => {
    const processors = availableParallelism();
    expect(workersOf(1, {})).toBe(Math.min(8, processors));
    expect(workersOf(processors, {})).toBe(1);
    expect(workersOf(100 * processors, {})).toBe(1);
  });

  test('there is one where memory is limited, or states are not kept', () => {
    expect(workersOf(1, { maxMemory: 2 ** 30 })).toBe(1);
    expect(workersOf(1, { store: 'fingerprint' })).toBe(1);
  });

  test('they come where a search is large enough', async () => {
    const cwd = folder({ 'counter.ts': counting('') });
    const workersIn = async (...args: string[]) => {
      await mmucheck(['counter.ts', '--json', 'found.json', ...args], { cwd });
      return JSON.parse(readFileSync(join(cwd, 'found.json'), 'utf8')).results[0].workers;
    };
    expect(await workersIn('--max-states', '900000')).toBe(1);
    // A machine that is busy with other things may start them too late.
    const all = Math.min(8, availableParallelism());
    let came = 0;
    for (let tries = 0; tries < 4 && came < all; tries++) came = await workersIn();
    expect(came).toBe(all);
  });
});

describe('a step or claim that only a helper sees go wrong', () => {
  test.each([
    ['process.exit(3);', 'a step or claim ended the thread it ran in (exit code 3)'],
    [
      "throw new Error('elsewhere');",
      'a step led from one state to another and does not do so again; a step or claim may depend on nothing but the state and its arguments',
    ],
  ])('%s', async (body, sentence) => {
    const cwd = folder({ 'counter.ts': counting(`if (helps) ${body}`) });
    const { code, stdout, stderr } = await mmucheck(['counter.ts', '--workers', '2'], { cwd });
    expect([code, stdout, stderr]).toEqual([75, '', `mmucheck: counter/three: ${sentence}\n`]);
  });

  test('that is loaded with an error', async () => {
    const text = `${counting('')}\nif (helps) throw new Error('not here');\n`;
    const { code, stderr } = await mmucheck(['counter.ts', '--workers', '2'], { cwd: folder({ 'counter.ts': text }) });
    expect([code, stderr]).toEqual([
      75,
      expect.stringMatching(/^mmucheck: counter\/three: counter.ts:\d+: not here\n$/),
    ]);
  });
});

test('the number of workers is refused when it is none', async () => {
  for (const [asked, sentence] of [
    ['0', '--workers takes a whole number from 1, and got "0"'],
    ['33', '--workers takes at most 32, and got "33"'],
  ] as const) {
    const { code, stderr } = await mmucheck(['check', 'dirty-log', '--workers', asked]);
    expect([code, stderr]).toEqual([150, `mmucheck: ${sentence}\n`]);
  }
});
