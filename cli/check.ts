/** `mmucheck check`: every variant against every claim. */
import type { Command } from 'commander';
import { exitCodes } from '#report';
import type { CheckpointFolder } from './checkpoint-folder.ts';
import { mustBeWritable, write } from './documents.ts';
import { usage } from './failure.ts';
import { grow } from './grow.ts';
import { underOrder } from './memory.ts';
import {
  type SearchOptions,
  withDebug,
  withSearchOptions,
  withStore,
  withSuite,
  withSwitches,
  withWidth,
  withWorkers,
} from './options.ts';
import { type Asked, planned } from './plan.ts';
import { type Planned, runSearches } from './searches.ts';
import { fingerprint, type Part, part, placesOf } from './shard.ts';
import { isSuiteFile } from './suite-file.ts';
import { ownSuites, suitesOf, targetsOf } from './suites.ts';
import { refuseUnwritable, tell, type VerdictOptions, withVerdicts } from './verdicts.ts';

interface CheckOptions extends SearchOptions, VerdictOptions {
  readonly suite?: readonly string[];
  readonly baseline?: string;
  readonly shard?: Part;
  readonly grow?: boolean;
  readonly writeSuite?: string;
  readonly checkpoint?: string;
  readonly resume?: string;
}

/** Adds the verb, which is the one meant when none is given. */
export function addCheck(program: Command): void {
  const command = program
    .command('check', { isDefault: true })
    .summary('check every variant, print the matrix')
    .description('check every variant against every claim of its suite, and print the matrix')
    .argument('[what...]', 'model, model/variant or file.ts; all of our own models when nothing is named')
    .option('--grow', 'raise each bound by one, each by itself, and say whether a verdict changes')
    .option('--baseline <file>', 'a suite file of before, than which that of --suite may not ask for less')
    .option('--shard <i/n>', 'check the i-th of n parts only; merge joins what --json writes of each', part)
    .option('--checkpoint <folder>', 'keep there how far each search is, after each level of it and on a signal')
    .option('--resume <folder>', 'go on from there, to the same result; the command is otherwise the same')
    .option('--write-suite <file>', 'write a suite file (.json) that asks for what came out');
  const withOptions = withSuite(
    withStore(withSwitches(withWorkers(withSearchOptions(withVerdicts(command))))),
    '; or a .json file that says what to check',
  );
  withDebug(withWidth(withOptions)).action(check);

  async function check(named: readonly string[], options: CheckOptions): Promise<void> {
    const startedAt = new Date();
    const verbs = program.commands.map((each) => each.name());
    const { writeSuite, shard, jobs: atOnce, workers } = options;
    const { targets, ...notRun } = underOrder(await askedFor(named, options, verbs), options.memory);
    const jobs = planned(targets, options);
    refuseUnwritable(options);
    const written = writeSuite === undefined ? undefined : { option: '--write-suite', file: writeSuite };
    if (written) mustBeWritable([written]);
    if (written && shard) throw usage('--write-suite needs the whole run; leave out --shard');
    if (options.grow && shard) throw usage('--grow needs the whole run; leave out --shard');
    const places = placesOf(shard ?? { index: 1, of: 1 }, jobs.length);
    const asks = jobs.filter((_, place) => places.includes(place));
    const checkpoints = await checkpointsOf(options, asks);
    const searched = await runSearches(asks, { atOnce, workers, checkpoints }).finally(() => checkpoints?.release());
    const { results, finished } = searched;
    const grown = options.grow && !searched.signal ? await grow(jobs, results, atOnce) : undefined;
    const signal = searched.signal ?? grown?.signal;
    const isPart = shard && { ...shard, run: fingerprint(jobs), places: finished.map((at) => places[at] as number) };
    const asked = places.length;
    const code = tell({ results, signal, asked, startedAt, shard: isPart, grown: grown?.growths, notRun }, options);
    if (written === undefined) return;
    if (code === exitCodes.asExpected)
      write(written, (await import('./ci-suite-writer.ts')).ciSuiteText(results, written.file));
    else process.stderr.write(`mmucheck: ${written.file} is not written: not everything came out as expected\n`);
  }
}

/** The folder for checkpoints that the command line names. */
async function checkpointsOf(
  { checkpoint, resume, maxSwitches, store }: CheckOptions,
  jobs: readonly Planned[],
): Promise<CheckpointFolder | undefined> {
  const folder = resume ?? checkpoint;
  if (folder === undefined) return undefined;
  if (resume !== undefined && checkpoint !== undefined)
    throw usage('--resume goes on keeping checkpoints where they are; leave out --checkpoint');
  if (store !== undefined && store !== 'exact')
    throw usage(`--store ${store} keeps no states whole, and has no checkpoints; leave one of them out`);
  if (maxSwitches !== undefined) throw usage('--max-switches has no checkpoints; leave one of them out');
  const { checkpointFolder } = await import('./checkpoint-folder.ts');
  return checkpointFolder(folder, resume !== undefined, jobs);
}

/** The variants that the command line names, or a suite file. */
async function askedFor(named: readonly string[], options: CheckOptions, verbs: readonly string[]): Promise<Asked[]> {
  const { suite: files = [], baseline, bounds = {} } = options;
  const [file, another] = files.filter(isSuiteFile);
  if (file === undefined) {
    if (baseline !== undefined) throw usage('--baseline is compared with a suite file; name one with --suite');
    return targetsOf(named, files, verbs);
  }
  if (another !== undefined) throw usage(`--suite takes one suite file, and got ${file} and ${another}`);
  if (named.length > 0) throw usage(`${file} says what to check; leave out ${named.join(' ')}, or --suite`);
  const { readCiSuite } = await import('./ci-suite.ts');
  const { demanded, mustNotBeWeaker } = await import('./ci-demands.ts');
  const read = readCiSuite(file);
  if (baseline !== undefined) mustNotBeWeaker(read, readCiSuite(baseline), file, baseline);
  return demanded(read, [...(await suitesOf(files)), ...ownSuites()], bounds, file);
}
