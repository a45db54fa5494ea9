/**
 * Throughput and memory of the explorer on the reference cases, beside a search written by hand for each: `npm run bench -- [case]…`.
 * The two are run in turn, so that their ratio holds when the machine's speed drifts. Counts are compared with the published ones.
 * With `--workers n` the search by n threads is run in turn with them. With `--peers` beside other checkers instead, whichever are on the
 * PATH, from the command to the verdict too, each with as many threads; with `--orders` one model under each memory order.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type MessagePort, Worker } from 'node:worker_threads';
import { type Crew, judge, searchVariant, type VariantSearch } from '#explorer';
import { measureBesidePeers, printBesidePeers } from './beside-peers.ts';
import { type Case, type Counts, cases } from './cases.ts';
import type { HelperData } from './case-helper.ts';
import { median } from './median.ts';
import { measureOrders, printOrders } from './orders.ts';
import { peersHere } from './peers.ts';

/** What one case came to; seconds are medians. */
interface Measured {
  readonly case: string;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  readonly transitionsPerSecond: number;
  readonly bytesPerState: number;
  readonly baselineSeconds: number;
  /** Of the search by hand that shares work between actions, where there is one beside the baseline. */
  readonly sharedSeconds?: number;
  /** Of the search by several threads, and the part of the states that each expanded in the last run. */
  readonly workersSeconds?: number;
  /** Processor time of that search over that of one thread: what would be 1 if sharing cost nothing. */
  readonly workersWork?: number;
  readonly parts?: readonly number[];
}

const usual = ['P6', 'T7', 'L6'];
const besidePeers = ['T7', 'T8', 'P6', 'P7', 'L6', 'L7'];
const small = ['T5', 'P4', 'Q4', 'L4'];

const { values, positionals } = parsed();
const names = positionals.length > 0 ? positionals : values.smoke ? small : values.peers ? besidePeers : usual;
const runs = values.smoke ? 1 : Number(values.runs);
const workers = Number(values.workers);
const unknown = names.filter((name) => !Object.hasOwn(cases, name));
if (unknown.length > 0)
  refuse(`there is no case ${unknown.join(', ')}; the cases are ${Object.keys(cases).join(', ')}`);
for (const option of ['runs', 'workers'] as const) {
  const count = Number(values[option]);
  if (!Number.isInteger(count) || count < 1)
    refuse(`--${option} takes a whole number from 1, and got ${values[option]}`);
}

if (values.orders) {
  const results = measureOrders(runs);
  if (values.json) console.log(JSON.stringify({ results }, undefined, 2));
  else printOrders(results);
} else if (values.peers) {
  const peers = peersHere();
  const results = names.map((name) => measureBesidePeers(name, cases[name] as Case, peers, runs, workers));
  if (values.json) console.log(JSON.stringify({ results }, undefined, 2));
  else printBesidePeers(results);
} else {
  // Each case in a process of its own: code that has been compiled for one model is slower for the next.
  const results = names.map((name) => (names.length === 1 ? measure(name, cases[name] as Case) : measureApart(name)));
  if (values.json) console.log(JSON.stringify({ results }, undefined, 2));
  else print(results);
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        orders: { type: 'boolean', default: false },
        peers: { type: 'boolean', default: false },
        smoke: { type: 'boolean', default: false },
        runs: { type: 'string', default: '5' },
        workers: { type: 'string', default: '1' },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(sentence: string): never {
  console.error(`bench: ${sentence}`);
  process.exit(150);
}

function measureApart(name: string): Measured {
  const args = [import.meta.filename, name, '--json', '--runs', String(runs), '--workers', String(workers)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })).results[0];
}

function measure(name: string, { suite, variant, bounds, baseline, shared, counts }: Case): Measured {
  const ours: number[] = [];
  const byHand: number[] = [];
  const sharing: number[] = [];
  const together: number[] = [];
  const work: number[] = [];
  let parts: readonly number[] = [];
  let searched: VariantSearch | undefined;
  let expected: Counts = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const hand = baseline();
    byHand.push(hand.seconds);
    const begun = process.cpuUsage();
    searched = searchVariant(suite, variant, { bounds });
    ours.push(searched.seconds);
    if (workers > 1) {
      const alone = processorTime(begun);
      const shared = process.cpuUsage();
      const byAll = searchVariant(suite, variant, { bounds, crew: crewOf(name) });
      together.push(byAll.seconds);
      work.push(processorTime(shared) / alone);
      parts = byAll.expanded.map((count) => count / byAll.states);
    }
    expected = counts ?? [hand.states, hand.transitions, hand.depth];
  }
  // After the others: what it makes of the code that all searches by hand share slows theirs.
  if (shared) for (let run = 0; run < runs; run++) sharing.push(shared().seconds);
  const { states, transitions, depth, bytesPerState } = searched as VariantSearch;
  const found: Counts = [states, transitions, depth];
  const { asExpected, outcome } = judge(suite, searched as VariantSearch);
  if (!asExpected || expected.some((count, i) => count !== found[i])) {
    throw new Error(
      `${name}: found ${found.join(', ')} (${outcome}); expected ${expected.join(', ')}, and that it holds`,
    );
  }
  const seconds = median(ours);
  const transitionsPerSecond = transitions / seconds;
  return {
    case: name,
    states,
    transitions,
    depth,
    seconds,
    transitionsPerSecond,
    bytesPerState,
    baselineSeconds: median(byHand),
    ...(shared ? { sharedSeconds: median(sharing) } : {}),
    ...(workers > 1 ? { workersSeconds: median(together), workersWork: median(work), parts } : {}),
  };
}

/** Microseconds that all threads of this process have worked since then. */
function processorTime(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

function crewOf(name: string): Crew {
  return {
    workers,
    start(seat, ports) {
      const transferList = [...ports] as MessagePort[];
      const workerData: HelperData = { name, seat };
      new Worker(new URL('./case-helper.js', import.meta.url), { workerData, transferList }).unref();
    },
  };
}

function print(results: readonly Measured[]): void {
  const rows = results.map((result) => [
    result.case,
    result.states.toLocaleString('en'),
    result.transitions.toLocaleString('en'),
    String(result.depth),
    result.seconds.toFixed(2),
    `${(result.transitionsPerSecond / 1e6).toFixed(1)} M/s`,
    result.bytesPerState.toFixed(0),
    result.baselineSeconds.toFixed(2),
    (result.baselineSeconds / result.seconds).toFixed(2),
    result.sharedSeconds === undefined ? '' : (result.sharedSeconds / result.seconds).toFixed(2),
    result.workersSeconds === undefined ? '' : (result.seconds / result.workersSeconds).toFixed(2),
    result.workersWork?.toFixed(2) ?? '',
    (result.parts ?? []).map((part) => `${Math.round(part * 100)}%`).join(' '),
  ]);
  const heading = [
    'case',
    'states',
    'transitions',
    'depth',
    'seconds',
    'rate',
    'bytes',
    'by hand',
    'ratio',
    'shared',
    'workers',
    'work',
    'parts',
  ];
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] as string).length)));
  for (const row of [heading, ...rows])
    console.log(row.map((cell, i) => cell.padStart(widths[i] as number)).join('  '));
  console.log(
    'bytes: of all structures for each state. by hand: seconds of a search written for that one model; ratio: it over ours; shared:\n' +
      'the same ratio for one that computes only once what several actions have in common. workers: seconds of one thread over those of\n' +
      '--workers threads; work: processor time of those over that of one; parts: the part of the states that each of them expanded.',
  );
}
