/** A reference case as a user checks it, from a model file in the public notation, beside the peers: counts that agree, and ratios. */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Case } from './cases.ts';
import { median } from './median.ts';
import { isSameCount, type Peer, type PeerRun } from './peers.ts';

/** Seconds, as medians. */
export interface Seconds {
  readonly search: number;
  /** From the command to the verdict, everything included. */
  readonly total: number;
}

/** What a case came to. */
export interface BesidePeers {
  readonly case: string;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly ours: Seconds;
  readonly peers: Readonly<Record<string, Seconds>>;
}

interface OwnRun extends PeerRun {
  readonly depth: number;
}

/**
 * Measures a case, our run and theirs in turn, so that ratios hold when the machine's speed drifts.
 * @param workers threads that each searches with.
 * @throws Error when counts disagree, or a command fails.
 */
export function measureBesidePeers(
  name: string,
  what: Case,
  peers: readonly Peer[],
  runs: number,
  workers: number,
): BesidePeers {
  const ours: OwnRun[] = [];
  const theirs = new Map<string, PeerRun[]>(peers.map((peer) => [peer.name, []]));
  for (let run = 0; run < runs; run++) {
    const own = runOurs(what, workers);
    ours.push(own);
    if (what.counts) agree(name, 'the published counts', what.counts, [own.states, own.transitions, own.depth]);
    for (const peer of peers) {
      if (own.states > peer.mostStates) continue;
      const { states, transitions, ...seconds } = peer.run(what.peer, own.states, workers);
      agree(name, `the counts of ${peer.name}`, [states, transitions], [own.states, own.transitions]);
      theirs.get(peer.name)?.push({ states, transitions, ...seconds });
    }
  }
  const { states, transitions, depth } = ours[0] as OwnRun;
  const told = [...theirs].filter(([, each]) => each.length > 0).map(([peer, each]) => [peer, medians(each)] as const);
  return { case: name, states, transitions, depth, ours: medians(ours), peers: Object.fromEntries(told) };
}

function medians(runs: readonly PeerRun[]): Seconds {
  return {
    search: median(runs.map(({ searchSeconds }) => searchSeconds)),
    total: median(runs.map(({ totalSeconds }) => totalSeconds)),
  };
}

/** States, transitions and, where it is told, depth. */
function agree(name: string, whose: string, theirs: readonly number[], ours: readonly number[]): void {
  if (theirs.every((count, i) => isSameCount(count, ours[i] as number))) return;
  throw new Error(
    `${name}: ${whose} come to ${theirs.join(', ')} states and transitions, and we to ${ours.join(', ')}`,
  );
}

/** The sources stay where they are when the rest is built. */
const root = resolve(import.meta.dirname.replace(/([\\/])dist([\\/])bench$/, '$1bench'), '..');

function runOurs({ suite: { model }, variant, bounds, file }: Case, workers: number): OwnRun {
  const sizes = Object.entries(bounds).map(([set, size]) => `${set}=${size}`);
  const started = performance.now();
  const document = execFileSync(
    process.execPath,
    [
      join(root, 'dist', 'cli', 'main.js'),
      'check',
      `${model.name}/${variant}`,
      '--suite',
      join(root, 'bench', 'models', file),
      '--bounds',
      sizes.join(','),
      '--max-memory',
      '8G',
      '--workers',
      String(workers),
      '--json',
      '-',
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const totalSeconds = (performance.now() - started) / 1000;
  const [{ states, transitions, depth, seconds: searchSeconds }] = JSON.parse(document).results;
  return { states, transitions, depth, searchSeconds, totalSeconds };
}

/** Prints a table: seconds, and how many times ours each of theirs is. */
export function printBesidePeers(results: readonly BesidePeers[]): void {
  const heading = ['case', 'who', 'states', 'transitions', 'depth', 'search', 'of ours', 'to verdict', 'of ours'];
  const rows = results.flatMap((result) => [
    [
      result.case,
      'mmucheck',
      ...[result.states, result.transitions, result.depth].map((count) => count.toLocaleString('en')),
      ...times(result.ours, result.ours),
    ],
    ...Object.entries(result.peers).map(([name, seconds]) => ['', name, '', '', '', ...times(seconds, result.ours)]),
  ]);
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] as string).length)));
  for (const row of [heading, ...rows])
    console.log(row.map((cell, i) => cell.padStart(widths[i] as number)).join('  '));
  for (const name of new Set(results.flatMap(({ peers }) => Object.keys(peers)))) {
    const both = results.flatMap(({ ours, peers }) => (peers[name] ? [{ ours, theirs: peers[name] }] : []));
    const search = geometricMean(both.map(({ ours, theirs }) => theirs.search / ours.search));
    const total = geometricMean(both.map(({ ours, theirs }) => theirs.total / ours.total));
    console.log(
      `${name}: ${search.toFixed(2)} times our search, ${total.toFixed(2)} times ours to the verdict (geometric means)`,
    );
  }
  if (results.every(({ peers }) => Object.keys(peers).length === 0))
    console.log('no peer is on the PATH: spin and rumur are looked for, and gcc, which both need');
}

function times(seconds: Seconds, ours: Seconds): string[] {
  return (['search', 'total'] as const).flatMap((what) => [
    `${seconds[what].toFixed(2)} s`,
    seconds === ours ? '' : (seconds[what] / ours[what]).toFixed(2),
  ]);
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
