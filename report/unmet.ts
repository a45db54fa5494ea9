/** What is not as a suite expects, at length: the message of an assertion that fails. */
import type { ClaimResult, VariantResult } from '#explorer';
import { codeOf, exitCodes } from './exit-code.ts';
import { type DrawOptions, drawViolation, type Origin } from './race.ts';
import { sentenceOfVerdict, verdictsOf } from './verdict.ts';
import { paragraph } from './wrap.ts';

/**
 * What is not as expected in any of some results: of each variant its shortest race, drawn, and a sentence for whatever else there is.
 * @returns undefined when everything is as expected, and nothing was left undecided.
 */
export function unmet(results: readonly VariantResult[], options: DrawOptions & Origin = {}): string | undefined {
  const wrong = results.filter(({ asExpected }) => !asExpected);
  if (wrong.length === 0) return undefined;
  const count = `${wrong.length} of ${results.length} variants ${wrong.length === 1 ? 'is' : 'are'}`;
  return [`${count} not as the suite expects`, ...wrong.flatMap((each) => complaints(each, options))].join('\n\n');
}

function complaints(result: VariantResult, options: DrawOptions & Origin): string[] {
  const { model, variant, claims, states, stopped } = result;
  const length = ({ trace }: ClaimResult): number => trace?.length ?? Number.POSITIVE_INFINITY;
  const [shortest, ...others] = claims.filter(surprises).toSorted((a, b) => length(a) - length(b));
  const verdicts = verdictsOf(result).filter(({ came }) => came === 'unmet');
  const sentences = [
    ...others.map(({ name, trace }) => `${name} is violated too${trace ? `, in ${trace.length} steps` : ''}`),
    ...verdicts.map(sentenceOfVerdict),
    ...(stopped === undefined
      ? []
      : [`not decided: the limit on ${stopped} ended the search at ${states} states; raise it, or lower a bound`]),
  ];
  return [
    ...(shortest ? [drawViolation(result, shortest, options)] : []),
    ...sentences.map((said) => paragraph('', `${model}/${variant}: ${said}`, options.width ?? 80).join('\n')),
  ];
}

function surprises(claim: ClaimResult): boolean {
  return claim.outcome === 'violated' && codeOf(claim) !== exitCodes.asExpected;
}
