/** What becomes of the results of a check, whether it ran as a whole or was merged: the exit code, the matrix, the documents. */
import { appendFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { ClaimResult, Growth } from '#explorer';
import {
  drawGrowth,
  drawMatrix,
  drawViolation,
  exitCodeOf,
  exitCodes,
  githubAnnotations,
  githubSummary,
  jsonDocument,
  junit,
  ktap,
  type Paint,
  type Reported,
  replayCommand,
  type Shard,
  sarif,
  summary,
} from '#report';
import { Failure } from './failure.ts';
import { mustBeWritable, wantedOf, write } from './documents.ts';
import type { NotRun } from './memory.ts';
import { painter, print } from './output.ts';
import type { Searched } from './searches.ts';
import { sourceLines } from './source-lines.ts';
import { version } from './version.ts';

/** The options of verbs that end in verdicts. */
export interface VerdictOptions {
  readonly allowIncomplete?: boolean;
  readonly width: number;
  readonly json?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly tap?: string;
}

const documents = ['json', 'junit', 'sarif', 'tap'] as const;

/** The results, and what was asked for. */
export interface Verdicts {
  readonly results: readonly Reported[];
  readonly signal?: Searched['signal'];
  /** How many variants were asked for. */
  readonly asked: number;
  readonly startedAt: Date;
  readonly shard?: Shard | undefined;
  /** What became of bounds that were raised. */
  readonly grown?: readonly Growth[] | undefined;
  readonly notRun?: NotRun;
}

/** Adds the options. */
export function withVerdicts(command: Command): Command {
  return command
    .option('--allow-incomplete', 'exit 0 although a limit ended a search')
    .option('--json <file>', 'write the results as a JSON document; - for standard output, in place of the matrix')
    .option('--junit <file>', 'write them as JUnit XML')
    .option('--sarif <file>', 'write what is not as expected as SARIF 2.1.0')
    .option('--tap <file>', 'write them as KTAP');
}

/** @throws Failure for a document that cannot be written. */
export function refuseUnwritable(options: VerdictOptions): void {
  mustBeWritable(wantedOf(options, documents));
}

/** Writes the documents and prints the matrix. Returns the exit code, which it sets. */
export function tell(verdicts: Verdicts, options: VerdictOptions): number {
  const { results, asked, startedAt, shard, grown } = verdicts;
  const code = codeOfAll(verdicts, options.allowIncomplete);
  const wanted = wantedOf(options, documents);
  const text = {
    json: () => jsonDocument(results, { version: version(), startedAt, ok: code === 0, asked, shard, grown }),
    junit: () => junit(results, options),
    sarif: () => sarif(results, { version: version(), sourceOf: sourceLines() }),
    tap: () => ktap(results, options),
  };
  if (wanted.every(({ file }) => file !== '-')) print(reportOf(verdicts, options.width, painter()));
  for (const each of wanted) write(each, text[each.name]());
  if (process.env.GITHUB_ACTIONS === 'true') tellGithub(results);
  process.exitCode = code;
  return code;
}

/** Annotations go to standard error, which the runner reads as well: standard output may be a document. */
function tellGithub(results: readonly Reported[]): void {
  process.stderr.write(githubAnnotations(results, sourceLines()));
  const { GITHUB_STEP_SUMMARY: summaryFile } = process.env;
  if (!summaryFile) return;
  try {
    appendFileSync(summaryFile, githubSummary(results));
  } catch (error) {
    throw new Failure(exitCodes.system, `the summary of the step cannot be written: ${(error as Error).message}`);
  }
}

function codeOfAll({ results, signal, asked, grown, notRun }: Verdicts, allowIncomplete: boolean | undefined): number {
  if (signal) return exitCodes[signal === 'SIGINT' ? 'interrupted' : 'terminated'];
  const code = exitCodeOf(results, allowIncomplete, grown, notRun?.needing.length);
  // A part that was interrupted before it was merged: what it has not looked at is not decided.
  return code === exitCodes.asExpected && results.length < asked ? exitCodes.incomplete : code;
}

/** The matrices, the races that no suite expects, and the summary. */
function reportOf({ results, signal, asked, grown = [], notRun }: Verdicts, width: number, paint: Paint): string {
  const models = new Set(results.map(({ model }) => model));
  const suiteFileOf = ({ model, variant }: Growth): string | undefined =>
    results.find((result) => result.model === model && result.variant === variant)?.file;
  return [
    ...[...models].map((model) =>
      drawMatrix(
        results.filter((result) => result.model === model),
        { width, paint },
      ),
    ),
    ...results.flatMap((result) => surprises(result, width, paint)),
    ...(grown.length > 0 ? [drawGrowth(grown, { width, paint, suiteFileOf })] : []),
    ...(signal ? [`interrupted by ${signal}`] : []),
    [summary(results, { width, paint, asked }), ...(notRun ? [...notRun.needing, ...notRun.indifferent] : [])].join(
      '\n',
    ),
  ].join('\n\n');
}

/** The shortest race of a variant that its suite does not expect, drawn, and the replay lines of the others. */
function surprises(result: Reported, width: number, paint: Paint): string[] {
  const [shortest, ...others] = result.claims
    .filter(({ outcome, expected }) => outcome === 'violated' && expected === 'holds')
    .toSorted((a, b) => length(a) - length(b));
  if (shortest === undefined) return [];
  const options = { width, paint, suiteFile: result.file };
  return [
    drawViolation(result, shortest, options),
    ...others.map((claim) =>
      claim.trace
        ? `${claim.name} is violated too, in ${claim.trace.length} steps:\n${replayCommand(claim.trace, result.file)}`
        : drawViolation(result, claim, options),
    ),
  ];
}

function length({ trace }: ClaimResult): number {
  return trace?.length ?? Number.POSITIVE_INFINITY;
}
