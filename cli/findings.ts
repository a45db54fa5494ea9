/** `mmucheck findings`: what there is to know of some models, as a document. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { exitCodeOf, exitCodes, figureName, findingsText, plotSvg, type SweepTable } from '#report';
import { Failure } from './failure.ts';
import { measured } from './measure.ts';
import { type SearchOptions, withDebug, withSearchOptions, withSuite } from './options.ts';
import { print } from './output.ts';
import { planned } from './plan.ts';
import { runSearches } from './searches.ts';
import { type Target, targetsOf } from './suites.ts';

interface FindingsOptions extends SearchOptions {
  readonly figures?: string;
  readonly suite?: readonly string[];
}

/** Adds the verb. */
export function addFindings(program: Command): void {
  const command = program
    .command('findings')
    .summary('write down verdicts, races and measures')
    .description('write down, as Markdown, verdicts and counts, the race of each wrong variant, and measures')
    .argument('<what...>', 'models or file.ts')
    .option('--figures <folder>', 'write the figures of measures there');
  withDebug(withSuite(withSearchOptions(command))).action(run);
}

async function run(named: readonly string[], options: FindingsOptions): Promise<void> {
  const targets = await targetsOf(named, options.suite ?? [], []);
  const { results, signal } = await runSearches(planned(targets, options), { atOnce: options.jobs });
  if (signal) {
    process.exitCode = exitCodes[signal === 'SIGINT' ? 'interrupted' : 'terminated'];
    return;
  }
  const sections: string[] = [];
  for (const target of modelsOf(targets)) {
    const { name, about } = target.suite.model;
    const tables: SweepTable[] = [];
    for (const measure of Object.keys(target.suite.measures))
      tables.push((await measured(target, measure, { ...options, width: 80 })).table);
    const own = results.filter(({ model }) => model === name);
    sections.push(findingsText({ name, about, results: own, tables, suiteFile: target.file }));
    if (options.figures !== undefined) writeFigures(options.figures, tables);
  }
  print(sections.join('\n\n'));
  process.exitCode = exitCodeOf(results);
}

function modelsOf(targets: readonly Target[]): Target[] {
  return targets.filter(({ suite }, i) => targets.findIndex((other) => other.suite === suite) === i);
}

function writeFigures(folder: string, tables: readonly SweepTable[]): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const table of tables) writeFileSync(join(folder, figureName(table)), plotSvg(table));
  } catch (error) {
    throw new Failure(exitCodes.system, `--figures: ${folder} cannot be written to: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
