/** The other checkers that are on the PATH, each run on a reference case from its text in `bench/peers/`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What a peer is asked: a text, and what stands for its names. */
export interface PeerCase {
  /** The name of the texts, without what says whose they are. */
  readonly text: string;
  readonly constants: Readonly<Record<string, number>>;
}

/** What one run came to. */
export interface PeerRun {
  readonly states: number;
  /** Fired, as we count them: the initial state is none. */
  readonly transitions: number;
  /** Of the search alone, as the peer says or, where it does not, of the process that searches. */
  readonly searchSeconds: number;
  /** From the command to the verdict, generation and compilation included. */
  readonly totalSeconds: number;
}

/** Another checker. */
export interface Peer {
  readonly name: string;
  /** A case with more states takes it too long to wait for. */
  readonly mostStates: number;
  /**
   * Runs a case, breadth first.
   * @param states how many there will be.
   * @param threads that search, from 1.
   * @throws Error when a command fails, or what it says is not understood.
   */
  run(what: PeerCase, states: number, threads: number): PeerRun;
}

/** Texts stay with the sources when the rest is built. */
const texts = resolve(import.meta.dirname.replace(/([\\/])dist([\\/])bench$/, '$1bench'), 'peers');

/** Which commands each needs. */
const known: readonly (Peer & { readonly commands: readonly string[] })[] = [
  { name: 'spin', mostStates: Number.POSITIVE_INFINITY, commands: ['spin', 'gcc'], run: runSpin },
  { name: 'rumur', mostStates: 5_000_000, commands: ['rumur', 'gcc'], run: runRumur },
];

/** Those whose commands are all on the PATH. */
export function peersHere(): Peer[] {
  return known.filter(({ commands }) =>
    commands.every((command) => spawnSync(command, ['--version']).error === undefined),
  );
}

function runSpin({ text, constants }: PeerCase, states: number, threads: number): PeerRun {
  return inScratch((directory) => {
    const defined = Object.entries(constants).map(([name, value]) => `-D${name}=${value}`);
    // With several threads it keeps hashes in place of states.
    const breadthFirst = threads > 1 ? '-DBFS_PAR' : '-DBFS';
    const options = ['-O3', '-march=native', breadthFirst, '-DNOREDUCE', '-DSAFETY', '-DMEMLIM=16000'];
    const slots = Math.max(20, Math.ceil(Math.log2(states)));
    const started = performance.now();
    command(directory, 'spin', ['-a', ...defined, join(texts, `${text}.pml`)]);
    command(directory, 'gcc', [...options, ...defined, '-w', '-o', 'pan', 'pan.c']);
    const searching = performance.now();
    const said = command(directory, './pan', ['-E', `-w${slots}`, ...(threads > 1 ? [`-u${threads}`] : [])]);
    const ended = performance.now();
    if (!said.includes('errors: 0')) throw new Error(`spin found an error in ${text}:\n${said}`);
    return {
      states: number(said, /^\s*([\d.e+]+) states, stored$/m),
      // The initial state is one of SPIN's transitions.
      transitions: number(said, /^\s*([\d.e+]+) transitions /m) - 1,
      searchSeconds: Number(/elapsed time ([\d.]+) seconds/.exec(said)?.[1] ?? 0) || (ended - searching) / 1000,
      totalSeconds: (ended - started) / 1000,
    };
  });
}

function runRumur({ text, constants }: PeerCase, _: number, threads: number): PeerRun {
  return inScratch((directory) => {
    const defined = Object.entries(constants).map(([name, value]) => `  ${name}: ${value};\n`);
    writeFileSync(
      join(directory, 'model.m'),
      `const\n${defined.join('')}${readFileSync(join(texts, `${text}.m`), 'utf8')}`,
    );
    const started = performance.now();
    command(directory, 'rumur', [
      '--deadlock-detection',
      'off',
      '--threads',
      String(threads),
      '--output',
      'model.c',
      'model.m',
    ]);
    command(directory, 'gcc', [
      '-O3',
      '-march=native',
      '-std=c11',
      '-w',
      '-o',
      'model',
      'model.c',
      '-lpthread',
      '-latomic',
    ]);
    const searching = performance.now();
    const said = command(directory, './model', []);
    const ended = performance.now();
    if (!said.includes('No error found')) throw new Error(`rumur found an error in ${text}:\n${said}`);
    return {
      states: number(said, /(\d+) states, \d+ rules fired/),
      transitions: number(said, /\d+ states, (\d+) rules fired/),
      // It says whole seconds only.
      searchSeconds: (ended - searching) / 1000,
      totalSeconds: (ended - started) / 1000,
    };
  });
}

/** Whether a peer's count is ours: SPIN tells seven digits of those that have nine and more. */
export function isSameCount(theirs: number, ours: number): boolean {
  return theirs < 1e8 ? theirs === ours : theirs.toPrecision(7) === ours.toPrecision(7);
}

function inScratch<Result>(run: (directory: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), 'mmucheck-bench-'));
  try {
    return run(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function command(cwd: string, file: string, args: readonly string[]): string {
  return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
}

function number(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`a peer did not say what was expected of it (${pattern}):\n${text}`);
  return Number(found);
}
