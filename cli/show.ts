/** `mmucheck show`: the shortest race to a violation, drawn. */
import type { Command } from 'commander';
import { match } from 'ts-pattern';
import type { VariantResult } from '#explorer';
import { drawViolation, exitCodes, wrapped } from '#report';
import { beside, besideNamed } from './beside.ts';
import { usage } from './failure.ts';
import { underOrder } from './memory.ts';
import { type SearchOptions, withDebug, withSearchOptions, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { planned } from './plan.ts';
import { runSearches } from './searches.ts';
import { claimNamed, ownSuites, suitesOf, variantNamed } from './suites.ts';

interface ShowOptions extends SearchOptions {
  readonly width: number;
  readonly diff?: string;
  readonly suite?: readonly string[];
}

/** Adds the verb. */
export function addShow(program: Command): void {
  const command = program
    .command('show')
    .summary('draw the race that violates a claim')
    .description('draw the shortest race that violates a claim, or one for every claim that a variant violates')
    .argument('<model/variant>')
    .argument('[claim]', 'an invariant, a leadsTo or eventually, or deadlock, BUG_ON, WARN_ON_ONCE, range, throws')
    .option('--diff <variant>', 'another variant of the model: how its lists differ, and the same schedule in it');
  withDebug(withWidth(withSuite(withSearchOptions(command)))).action(show);
}

async function show(name: string, claim: string | undefined, options: ShowOptions): Promise<void> {
  const { width } = options;
  const known = [...(await suitesOf(options.suite ?? [])), ...ownSuites()];
  const target = variantNamed(name, known);
  const other = options.diff === undefined ? undefined : besideNamed(options.diff, target, known);
  const wanted = claim === undefined ? undefined : claimNamed(claim, target);
  const { targets, needing, indifferent } = underOrder([target], options.memory);
  if (targets.length === 0) throw usage([...needing, ...indifferent].join('; '));
  const { results, signal } = await runSearches(planned(targets, options));
  const [result] = results;
  if (signal || result === undefined) {
    process.exitCode = exitCodes[signal === 'SIGTERM' ? 'terminated' : 'interrupted'];
    return;
  }
  const violated = result.claims.filter((each) => each.outcome === 'violated' && (wanted ?? each.name) === each.name);
  if (violated.length > 0) {
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
