/**
 * Throughput and memory of the explorer on the reference cases, beside a search written by hand for each: `npm run bench -- [case]…`.
 * All are run in turn, each in a process of its own, so that their ratios hold when the machine's speed drifts. Counts are compared with
 * the published ones. With `--workers n` the search by n threads is run in turn with them. With `--peers` beside other checkers instead, whichever are on the
 * PATH, from the command to the verdict too, each with as many threads; with `--orders` one model under each memory order.
 */
import { parseArgs } from 'node:util';
import { measureBesidePeers, printBesidePeers } from './beside-peers.ts';
import { type Case, type Counts, cases } from './cases.ts';
import { median } from './median.ts';
import { type OneSearch, oneSearch } from './one-search.ts';
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
  const results = names.map((name) => measure(name, cases[name] as Case));
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

function measure(name: string, { shared, counts }: Case): Measured {
  const [byHand, ours, together, sharing]: OneSearch[][] = [[], [], [], []];
  for (let run = 0; run < runs; run++) {
    byHand.push(oneSearch(name, 'by hand'));
    ours.push(oneSearch(name, 'ours'));
    if (workers > 1) together.push(oneSearch(name, 'ours', workers));
    if (shared) sharing.push(oneSearch(name, 'shared'));
  }
  const expected = counts ?? (byHand[0] as OneSearch).counts;
  for (const search of [...ours, ...together]) mustAgree(name, search, expected);
  const [states, transitions, depth] = expected;
  const seconds = secondsOf(ours);
  const measured = {
    case: name,
    states,
    transitions,
    depth,
    seconds,
    transitionsPerSecond: transitions / seconds,
    bytesPerState: (ours[0] as OneSearch).ours?.bytesPerState as number,
    baselineSeconds: secondsOf(byHand),
    ...(shared ? { sharedSeconds: secondsOf(sharing) } : {}),
  };
  if (workers === 1) return measured;
  const work = median(together.map((search, run) => search.work / (ours[run] as OneSearch).work));
  const parts = together.at(-1)?.ours?.expanded.map((count) => count / states) as number[];
  return { ...measured, workersSeconds: secondsOf(together), workersWork: work, parts };
}

function mustAgree(name: string, { counts: found, ours }: OneSearch, expected: Counts): void {
  if (ours?.asExpected && expected.every((count, i) => count === found[i])) return;
  const sentence = `${name}: found ${found.join(', ')} (${ours?.outcome}); expected ${expected.join(', ')}, and that it holds`;
  throw new Error(sentence);
}

function secondsOf(searches: readonly OneSearch[]): number {
  return median(searches.map(({ seconds }) => seconds));
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
