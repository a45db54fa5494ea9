/**
 * One search of a case in a process of its own, since code that has been compiled for one search is slower for the next: prints what it
 * came to.
 */
import { execFileSync } from 'node:child_process';
import { type MessagePort, Worker } from 'node:worker_threads';
import { type Crew, judge, searchVariant } from '#explorer';
import type { HelperData } from './case-helper.ts';
import { type Case, type Counts, cases } from './cases.ts';

/** Whose search: ours, the one by hand, or the one by hand that shares work between actions. */
export type Whose = 'ours' | 'by hand' | 'shared';

/** What a search came to. */
export interface OneSearch {
  readonly counts: Counts;
  readonly seconds: number;
  /** Seconds that all threads of the process have worked in it. */
  readonly work: number;
  /** Of ours: bytes of all structures for each state, what each thread expanded, and whether the verdict is the expected one. */
  readonly ours?: {
    readonly bytesPerState: number;
    readonly expanded: readonly number[];
    readonly outcome: string;
    readonly asExpected: boolean;
  };
}

/** What the command sets where one variant is searched. */
const flags = ['--max-inlined-bytecode-size-cumulative=4000'];

/** Searches a case in a fresh process, with so many threads if the search is ours. */
export function oneSearch(name: string, whose: Whose, workers = 1): OneSearch {
  const args = [...flags, import.meta.filename, name, whose, String(workers)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

function search(name: string, whose: Whose, workers: number): OneSearch {
  const { suite, variant, bounds, baseline, shared } = cases[name] as Case;
  const begun = process.cpuUsage();
  if (whose !== 'ours') {
    const { states, transitions, depth, seconds } = (whose === 'shared' && shared ? shared : baseline)();
    return { counts: [states, transitions, depth], seconds, work: processorTime(begun) };
  }
  const found = searchVariant(suite, variant, { bounds, ...(workers > 1 ? { crew: crewOf(name, workers) } : {}) });
  const work = processorTime(begun);
  const { states, transitions, depth, seconds, bytesPerState, expanded } = found;
  const { outcome, asExpected } = judge(suite, found);
  return {
    counts: [states, transitions, depth],
    seconds,
    work,
    ours: { bytesPerState, expanded, outcome, asExpected },
  };
}

function processorTime(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

function crewOf(name: string, workers: number): Crew {
  return {
    workers,
    start(seat, ports) {
      const transferList = [...ports] as MessagePort[];
      const workerData: HelperData = { name, seat };
      new Worker(new URL('./case-helper.js', import.meta.url), { workerData, transferList }).unref();
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const [name, whose, workers] = process.argv.slice(2) as [string, Whose, string];
  console.log(JSON.stringify(search(name, whose, Number(workers))));
}
