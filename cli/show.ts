/** `mmucheck show`: the shortest race to a violation, drawn. */
import type { Command } from 'commander';
import { match } from 'ts-pattern';
import type { ClaimResult, VariantResult } from '#explorer';
import { instantiate } from '#notation';
import { drawViolation, exitCodes, itf, raceSvg, wrapped } from '#report';
import { beside, besideNamed } from './beside.ts';
import { mustBeWritable, wantedOf, write } from './documents.ts';
import { Failure, usage } from './failure.ts';
import { underOrder } from './memory.ts';
import { type SearchOptions, withDebug, withSearchOptions, withSuite, withWidth, withWorkers } from './options.ts';
import { painter, print } from './output.ts';
import { planned } from './plan.ts';
import { runSearches } from './searches.ts';
import { claimNamed, ownSuites, suitesOf, type Target, variantNamed } from './suites.ts';
import { version } from './version.ts';

interface ShowOptions extends SearchOptions {
  readonly width: number;
  readonly diff?: string;
  readonly suite?: readonly string[];
  readonly itf?: string;
  readonly svg?: string;
}

const formats = ['itf', 'svg'] as const;

/** Adds the verb. */
export function addShow(program: Command): void {
  const command = program
    .command('show')
    .summary('draw the race that violates a claim')
    .description('draw the shortest race that violates a claim, or one for every claim that a variant violates')
    .argument('<model/variant>')
    .argument('[claim]', 'an invariant, a leadsTo or eventually, or deadlock, BUG_ON, WARN_ON_ONCE, range, throws')
    .option('--diff <variant>', 'another variant of the model: how its lists differ, and the same schedule in it')
    .option('--itf <file>', 'write the trace in the Informal Trace Format; - for standard output, in place of the race')
    .option('--svg <file>', 'write the race as a picture');
  withDebug(withWidth(withSuite(withWorkers(withSearchOptions(command))))).action(show);
}

async function show(name: string, claim: string | undefined, options: ShowOptions): Promise<void> {
  const { width } = options;
  const known = [...(await suitesOf(options.suite ?? [])), ...ownSuites()];
  const target = variantNamed(name, known);
  const other = options.diff === undefined ? undefined : besideNamed(options.diff, target, known);
  const wanted = claim === undefined ? undefined : claimNamed(claim, target);
  const { targets } = underOrder([target], options.memory);
  const documents = wantedOf(options, formats);
  mustBeWritable(documents);
  const { results, signal } = await runSearches(planned(targets, options), { workers: options.workers });
  const [result] = results;
  if (signal || result === undefined) {
    process.exitCode = exitCodes[signal === 'SIGTERM' ? 'terminated' : 'interrupted'];
    return;
  }
  const violated = result.claims.filter((each) => each.outcome === 'violated' && (wanted ?? each.name) === each.name);
  if (violated.length > 0) {
    const texts = documents.map((each) => [each, textOf(each.name, violated, target)] as const);
    for (const [each, text] of texts) write(each, text);
    if (documents.some(({ file }) => file === '-')) return;
    print(
      violated
        .map((each) => [
          drawViolation(result, each, { width, paint: painter(), suiteFile: target.file }),
          ...(other ? beside(target, other, each, result.bounds, width) : []),
        ])
        .map((parts) => parts.join('\n\n'))
        .join('\n\n\n'),
    );
    return;
  }
  const [text, code] = nothingToShow(result, wanted);
  print(wrapped(`${name}: ${text}`, width).join('\n'));
  process.exitCode = code;
}

/** The trace of the one claim that is violated. @throws Failure when there are several, or it could not be executed again. */
function textOf(format: (typeof formats)[number], violated: readonly ClaimResult[], target: Target): string {
  const { suite, variant, file } = target;
  const place = `${suite.model.name}/${variant}`;
  const names = violated.map(({ name }) => name).join(', ');
  const [claim, another] = violated as [ClaimResult, ...ClaimResult[]];
  if (another) throw usage(`--${format} is of one trace, and ${place} violates ${names}; name one of them`);
  const { trace } = claim;
  if (trace === undefined) throw new Failure(exitCodes.modelThrew, `${place}: ${names}: ${claim.message}`);
  return match(format)
    .with('itf', () => itf(trace, instantiate(suite.model, variant, trace.bounds), { version: version(), claim }))
    .with('svg', () => raceSvg(trace, claim, file))
    .exhaustive();
}

/** Why there is no race to draw, and the exit code. */
function nothingToShow(result: VariantResult, wanted: string | undefined): [string, number] {
  const { states, stopped, claims } = result;
  const claim = claims.find(({ name }) => name === wanted);
  const outcome = claim?.outcome ?? (stopped === undefined ? 'holds' : 'incomplete');
  const what = wanted ?? 'every claim';
  return match(outcome)
    .with('incomplete', (): [string, number] => [
      `${what} is not decided: the limit on ${stopped} ended the search at ${states} states without a violation`,
      exitCodes.incomplete,
    ])
    .with('vacuous', (): [string, number] => [
      claim?.kind === 'reachable'
        ? `${what} is not reached in any of ${states} states; there is no way there to draw`
        : `${what} is vacuous: its antecedent is not true in any of ${states} states`,
      exitCodes.unmet,
    ])
    .with('holds', 'violated', (): [string, number] => [
      claim?.kind === 'reachable'
        ? `${what} is reached, as it should be; only violations are drawn`
        : `${what} holds in all ${states} states; there is no race to draw`,
      exitCodes.unmet,
    ])
    .exhaustive();
}
