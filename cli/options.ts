/** Options that several verbs take, and how their values are read. */
import { type Command, Option } from 'commander';
import { type CheckLimits, mostSwitches, type StoreKind, stores } from '#explorer';
import { type MemoryOrder, memoryOrders } from '#notation';
import { usage } from './failure.ts';

/** What `--bounds` and the limits say. */
export interface SearchOptions {
  readonly bounds?: Readonly<Record<string, number>>;
  readonly memory?: MemoryOrder;
  readonly symmetry?: boolean;
  readonly maxStates?: number;
  readonly maxSeconds?: number;
  readonly maxMemory?: number;
  readonly maxDepth?: number;
  readonly maxSwitches?: number;
  readonly store?: StoreKind;
  readonly fpSeed?: number;
  readonly jobs?: number;
  readonly workers?: number;
}

/** Adds the options of verbs that search. */
export function withSearchOptions(command: Command): Command {
  return withBoundsAndLimits(command).option(
    '--jobs <n>',
    'variants searched at the same time (as many as there are processors, at most 4)',
    whole('--jobs'),
  );
}

/** Adds `--workers`. */
export function withWorkers(command: Command): Command {
  const what =
    'threads that share the search of each variant (the processors there are for it, at most 8; 1 with --max-memory or --store)';
  return command.option('--workers <n>', what, threads);
}

/** Adds `--store` and `--fp-seed`. */
export function withStore(command: Command): Command {
  const what =
    'how states are kept: exact; fingerprint, 64 bits of each, which finds violations and the odds that one was missed; bitstate, a few bits of each, which finds violations only';
  return command
    .addOption(new Option('--store <kind>', what).choices(stores))
    .option(
      '--fp-seed <n>',
      'other fingerprints for --store: what two seeds agree on no collision hides',
      natural('--fp-seed'),
    );
}

/** Adds those of a verb that searches one variant. */
export function withBoundsAndLimits(command: Command): Command {
  return command
    .option('--bounds <gfn=3,vcpu=2>', 'sizes of sets, in place of the defaults', bounds)
    .addOption(
      new Option('--memory <order>', 'the memory order, in place of what each variant is about').choices(memoryOrders),
    )
    .option('--symmetry', 'count states that differ only in the numbering of symmetric members as one')
    .option('--max-states <n>', 'stop a variant after so many states', whole('--max-states'))
    .option('--max-seconds <n>', 'stop a variant after so many seconds', seconds)
    .option(
      '--max-memory <size>',
      'stop before the process takes more: 500M, 2G (three quarters of what is free)',
      memory,
    )
    .option('--max-depth <n>', 'stop a variant after so many steps from the start', whole('--max-depth'));
}

/** Adds `--max-switches`, for verbs that ask for claims and nothing else. */
export function withSwitches(command: Command): Command {
  const what = 'look at the executions with at most so many context switches only, and say so';
  return command.option('--max-switches <n>', what, switches);
}

/** Adds `--width`. */
export function withWidth(command: Command): Command {
  return command.option('--width <columns>', 'columns a line may have, from 80', width, 80);
}

/** Adds `--suite`, for verbs that name a model of a suite file. */
export function withSuite(command: Command, more = ''): Command {
  const what = `a file with suites, beside the ones that come with mmucheck${more}`;
  return command.option('--suite <file>', what, collect);
}

/** Adds `--debug`, which is looked up on the command line itself, since it must work before that is understood. */
export function withDebug(command: Command): Command {
  return command.addOption(new Option('--debug', 'print the stack trace of an error'));
}

/** The limits of each search; memory is shared by all of a run. */
export function limitsOf({ maxStates, maxSeconds, maxDepth, maxSwitches }: SearchOptions): CheckLimits {
  return {
    ...(maxStates === undefined ? {} : { states: maxStates }),
    ...(maxSeconds === undefined ? {} : { seconds: maxSeconds }),
    ...(maxDepth === undefined ? {} : { depth: maxDepth }),
    ...(maxSwitches === undefined ? {} : { switches: maxSwitches }),
  };
}

/** `gfn=3,vcpu=2`. Whether a set is known, and how large it may be, is for the model to say. */
export function bounds(text: string, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  const read = new Map(Object.entries(before));
  for (const part of text.split(',')) {
    const [, set, size] = /^\s*([\w$]+)=(\d+)\s*$/.exec(part) ?? [];
    if (set === undefined) throw usage(`--bounds: "${part}" is not of the form gfn=3; write --bounds gfn=3,vcpu=2`);
    if (read.has(set)) throw usage(`--bounds: ${set} is given twice, as ${read.get(set)} and as ${size}; give it once`);
    read.set(set, Number(size));
  }
  return Object.fromEntries(read);
}

/** More threads than this only get in the way of each other. */
const mostWorkers = 32;

function threads(text: string): number {
  const read = whole('--workers')(text);
  if (read > mostWorkers) throw usage(`--workers takes at most ${mostWorkers}, and got "${text}"`);
  return read;
}

function collect(file: string, before: readonly string[] = []): string[] {
  return [...before, file];
}

/** Reads a whole number from 1. */
export function whole(option: string): (text: string) => number {
  return (text) => {
    const read = Number(text);
    if (!/^\d+$/.test(text) || read < 1 || !Number.isSafeInteger(read)) {
      throw usage(`${option} takes a whole number from 1, and got "${text}"`);
    }
    return read;
  };
}

function switches(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > mostSwitches)
    throw usage(`--max-switches takes a whole number from 0 to ${mostSwitches}, and got "${text}"`);
  return Number(text);
}

/** Reads a whole number from 0. */
export function natural(option: string): (text: string) => number {
  return (text) => {
    if (!/^\d+$/.test(text) || Number(text) >= 2 ** 32)
      throw usage(`${option} takes a whole number from 0 to ${2 ** 32 - 1}, and got "${text}"`);
    return Number(text);
  };
}

/** Reads seconds. */
export function seconds(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) <= 0) {
    throw usage(`--max-seconds takes a number of seconds above 0, such as 30 or 0.5, and got "${text}"`);
  }
  return Number(text);
}

/** Bytes of `500M`, `2G`, `1.5GiB`; a unit is 1024 of the one before. */
export function memory(text: string): number {
  const [, size, unit = ''] = /^(\d+(?:\.\d+)?)(?:([KMGT])(?:i?B)?)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(size) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' '));
  if (size === undefined || bytes < 1) throw usage(`--max-memory takes a size such as 500M or 2G, and got "${text}"`);
  return bytes;
}

function width(text: string): number {
  const read = Number(text);
  if (!/^\d+$/.test(text) || read < 80 || read > 10_000) {
    throw usage(`--width takes a whole number of columns from 80 to 10000, and got "${text}"`);
  }
  return read;
}
