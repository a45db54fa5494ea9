/** `mmucheck check`: every variant against every claim. */
import type { Command } from 'commander';
import type { ClaimResult, Growth, VariantResult } from '#explorer';
import {
  drawGrowth,
  drawMatrix,
  drawViolation,
  exitCodeOf,
  exitCodes,
  jsonDocument,
  type Paint,
  replayCommand,
  summary,
} from '#report';
import { usage } from './failure.ts';
import { grow } from './grow.ts';
import { mustBeWritable, writeDocument } from './json-file.ts';
import { underOrder } from './memory.ts';
import { type SearchOptions, withDebug, withSearchOptions, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { planned } from './plan.ts';
import { runSearches, type Searched } from './searches.ts';
import { type Target, targetsOf } from './suites.ts';
import { version } from './version.ts';

interface CheckOptions extends SearchOptions {
  readonly allowIncomplete?: boolean;
  readonly json?: string;
  readonly grow?: boolean;
  readonly width: number;
  readonly suite?: readonly string[];
}

/** Adds the verb, which is the one meant when none is given. */
export function addCheck(program: Command): void {
  const command = program
    .command('check', { isDefault: true })
    .summary('check every variant, print the matrix')
    .description('check every variant against every claim of its suite, and print the matrix')
    .argument('[what...]', 'model, model/variant or file.ts; all of our own models when nothing is named')
    .option('--allow-incomplete', 'exit 0 although a limit ended a search')
    .option('--grow', 'raise each bound by one, each by itself, and say whether a verdict changes')
    .option('--json <file>', 'write the results as a JSON document; - for standard output, in place of the matrix');
  withDebug(withWidth(withSuite(withSearchOptions(command)))).action(check);

  async function check(named: readonly string[], options: CheckOptions): Promise<void> {
    const startedAt = new Date();
    const verbs = program.commands.map((each) => each.name());
    const asked = await targetsOf(named, options.suite ?? [], verbs);
    const { targets, needing, indifferent } = underOrder(asked, options.memory);
    const notRun = [...needing, ...indifferent];
    if (targets.length === 0) throw usage(`nothing is run: ${notRun.slice(0, 3).join('; ')}`);
    const jobs = planned(targets, options);
    mustBeWritable(options.json);
    const searched = await runSearches(jobs, { atOnce: options.jobs });
    const { results } = searched;
    const grown = options.grow && !searched.signal ? await grow(jobs, results, options.jobs) : undefined;
    const signal = searched.signal ?? grown?.signal;
    const code = signal
      ? exitCodes[signal === 'SIGINT' ? 'interrupted' : 'terminated']
      : exitCodeOf(results, options.allowIncomplete, grown?.growths, needing.length);
    const head = { version: version(), startedAt, ok: code === 0, grown: grown?.growths };
    const document = jsonDocument(results, head);
    if (options.json !== '-')
      print(
        [report({ results, signal }, targets, options.width, painter(), grown?.growths ?? []), ...notRun].join('\n'),
      );
    writeDocument(options.json, document);
    process.exitCode = code;
  }
}

/** The matrices, the races that no suite expects, and the summary. */
function report(
  { results, signal }: Searched,
  targets: readonly Target[],
  width: number,
  paint: Paint,
  growths: readonly Growth[],
): string {
  const suiteFileOf = ({ model, variant }: Pick<VariantResult, 'model' | 'variant'>) =>
    targets.find((target) => target.suite.model.name === model && target.variant === variant)?.file;
  const models = new Set(results.map(({ model }) => model));
  return [
    ...[...models].map((model) =>
      drawMatrix(
        results.filter((result) => result.model === model),
        { width, paint },
      ),
    ),
    ...results.flatMap((result) => surprises(result, suiteFileOf(result), width, paint)),
    ...(growths.length > 0 ? [drawGrowth(growths, { width, paint, suiteFileOf })] : []),
    ...(signal ? [`interrupted by ${signal}`] : []),
    summary(results, { width, paint, asked: targets.length }),
  ].join('\n\n');
}

/** The shortest race of a variant that its suite does not expect, drawn, and the replay lines of the others. */
function surprises(result: VariantResult, suiteFile: string | undefined, width: number, paint: Paint): string[] {
  const [shortest, ...others] = result.claims
    .filter(({ outcome, expected }) => outcome === 'violated' && expected === 'holds')
    .toSorted((a, b) => length(a) - length(b));
  if (shortest === undefined) return [];
  const options = { width, paint, suiteFile };
  return [
    drawViolation(result, shortest, options),
    ...others.map((claim) =>
      claim.trace
        ? `${claim.name} is violated too, in ${claim.trace.length} steps:\n${replayCommand(claim.trace, suiteFile)}`
        : drawViolation(result, claim, options),
    ),
  ];
}

function length({ trace }: ClaimResult): number {
  return trace?.length ?? Number.POSITIVE_INFINITY;
}
