/** `mmucheck show`: the shortest race to a violation, drawn. */
import type { Command } from 'commander';
import { match } from 'ts-pattern';
import type { ClaimResult, VariantResult } from '#explorer';
import { instantiate, placesOf } from '#notation';
import { type Context, drawViolation, exitCodes, itf, page, raceSvg, undecided, walkOf, wrapped } from '#report';
import { beside, besideNamed, differences } from './beside.ts';
import { mustBeWritable, wantedOf, write } from './documents.ts';
import { Failure, usage } from './failure.ts';
import { underOrder } from './memory.ts';
import {
  type SearchOptions,
  withDebug,
  withSearchOptions,
  withSuite,
  withStore,
  withSwitches,
  withWidth,
  withWorkers,
} from './options.ts';
import { painter, print } from './output.ts';
import { pageProgram } from './page-program.ts';
import { planned } from './plan.ts';
import { runSearches } from './searches.ts';
import { claimNamed, narrowed, ownSuites, suitesOf, type Target, variantNamed } from './suites.ts';
import { version } from './version.ts';

interface ShowOptions extends SearchOptions {
  readonly width: number;
  readonly diff?: string;
  readonly context?: boolean;
  readonly suite?: readonly string[];
  readonly itf?: string;
  readonly svg?: string;
  readonly html?: string;
}

const formats = ['itf', 'svg', 'html'] as const;

/** Adds the verb. */
export function addShow(program: Command): void {
  const command = program
    .command('show')
    .summary('draw the race that violates a claim')
    .description('draw the shortest race that violates a claim, or one for every claim that a variant violates')
    .argument('<model/variant>', 'one that mmucheck list shows, or one derived from it by its name')
    .argument('[claim]', 'an invariant, a leadsTo or eventually, or deadlock, BUG_ON, WARN_ON_ONCE, range, throws')
    .option('--diff <variant>', 'another variant of the model: how its lists differ, and the same schedule in it')
    .option('--context', 'say beside each step which function of the kernel it stands for, and of which commit')
    .option('--itf <file>', 'write the trace in the Informal Trace Format; - for standard output, in place of the race')
    .option('--svg <file>', 'write the race as a picture')
    .option('--html <file>', 'write a page for a browser, to step through it');
  withDebug(withWidth(withSuite(withStore(withSwitches(withWorkers(withSearchOptions(command))))))).action(show);
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
  const searched = targets.map((each) => ({ ...each, suite: narrowed(each.suite, wanted) }));
  const jobs = planned(searched, options).map((each) => ({ ...each, job: { ...each.job, only: wanted } }));
  const { results, signal } = await runSearches(jobs, { workers: options.workers });
  const [result] = results;
  if (signal || result === undefined) {
    process.exitCode = exitCodes[signal === 'SIGTERM' ? 'terminated' : 'interrupted'];
    return;
  }
  const context = options.context ? contextOf(target, result) : undefined;
  const violated = result.claims.filter((each) => each.outcome === 'violated' && (wanted ?? each.name) === each.name);
  if (violated.length > 0) {
    const texts = documents.map((each) => [each, textOf(each.name, violated, target)] as const);
    for (const [each, text] of texts) write(each, text);
    if (documents.some(({ file }) => file === '-')) return;
    print(
      violated
        .map((each, i) => [
          drawViolation(result, each, { width, paint: painter(), suiteFile: target.file, context }),
          // The lists differ in the same way for each of the races.
          ...(other && i === 0 ? [differences(target, other, width)] : []),
          ...(other ? beside(other, each, result.bounds, width) : []),
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

/** Where the steps of a variant stand. @throws Failure when its model does not say. */
function contextOf({ suite }: Target, { variant, bounds }: VariantResult): Context {
  const { name, source } = suite.model;
  if (source === undefined)
    throw usage(`--context: ${name} does not say which functions of the kernel it is of; its model has no source`);
  const instance = instantiate(suite.model, variant, bounds);
  return { commit: source.commit, placesOf: ({ thread, step }) => placesOf(instance, thread, step) };
}

/** The trace of the one claim that is violated. @throws Failure when there are several, or it could not be executed again. */
function textOf(format: (typeof formats)[number], violated: readonly ClaimResult[], target: Target): string {
  if (format === 'html') return pageOf(violated, target);
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

/** A page with every race there is. @throws Failure when none could be executed again. */
function pageOf(violated: readonly ClaimResult[], { suite, variant, file }: Target): string {
  const walks = violated.flatMap((claim) => {
    const { trace } = claim;
    return trace ? [walkOf(trace, instantiate(suite.model, variant, trace.bounds), suite, claim, file)] : [];
  });
  const [first] = violated;
  if (walks.length === 0)
    throw new Failure(exitCodes.modelThrew, `${suite.model.name}/${variant}: ${first?.name}: ${first?.message}`);
  return page(pageProgram(), { kind: 'walks', version: version(), walks });
}

/** Why there is no race to draw, and the exit code. */
function nothingToShow(result: VariantResult, wanted: string | undefined): [string, number] {
  const { states, stopped, claims } = result;
  const claim = claims.find(({ name }) => name === wanted);
  const outcome = claim?.outcome ?? (stopped === undefined ? 'holds' : 'incomplete');
  const what = wanted ?? 'every claim';
  return match(outcome)
    .with('incomplete', (): [string, number] => [`${what} ${undecided(result)}`, exitCodes.incomplete])
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
