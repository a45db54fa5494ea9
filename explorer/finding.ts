/** What an edit of a variant's list comes to: what breaks, or why that cannot be said. */
import type { ClaimResult, VariantResult } from './check.ts';
import type { Trace } from './trace.ts';

/** A claim or reserved word that is violated in an edited variant, and not in the one it is derived from. */
export interface Broken {
  readonly name: string;
  readonly trace: Trace | undefined;
}

/** What an edit comes to. */
export type Finding =
  /** Something breaks, which is put first what breaks soonest. */
  | { readonly kind: 'needed'; readonly breaks: readonly Broken[] }
  /** Everything comes out as in the variant that was edited, except what that variant violates and the edited one does not. */
  | { readonly kind: 'not shown needed'; readonly states: number; readonly mends: readonly string[] }
  /** A step cannot be executed: it reads what no step has set, or is told to go where it cannot. */
  | { readonly kind: 'throws'; readonly message: string; readonly trace: Trace | undefined }
  /** Nothing breaks, since something does not happen any more. */
  | { readonly kind: 'vacuous'; readonly message: string }
  | { readonly kind: 'does not compile'; readonly message: string }
  /** What is weakened orders loads, and no order that can be searched has late ones. */
  | { readonly kind: 'not decidable'; readonly message: string }
  | { readonly kind: 'incomplete'; readonly message: string };

/**
 * Compares an edited variant with the one it is derived from.
 * @param edited undefined for one whose search showed no sign of life and was given up.
 */
export function findingOf(original: VariantResult, edited: VariantResult | undefined): Finding {
  if (original.stopped)
    return { kind: 'incomplete', message: `what is edited is stopped by the limit on ${original.stopped}` };
  if (edited === undefined) return { kind: 'incomplete', message: 'a step or claim does not come to an end' };
  const broken = violations(edited)
    .filter(({ name }) => !violations(original).some((each) => each.name === name))
    .toSorted((a, b) => lengthOf(a) - lengthOf(b));
  const breaks = broken.filter(({ name }) => name !== 'throws').map(({ name, trace }) => ({ name, trace }));
  if (breaks.length > 0) return { kind: 'needed', breaks };
  const [threw] = broken;
  if (threw) return { kind: 'throws', message: whatThrew(threw), trace: threw.trace };
  if (edited.stopped) return { kind: 'incomplete', message: `stopped by the limit on ${edited.stopped}` };
  const lost = lostIn(original, edited);
  if (lost.length > 0) return { kind: 'vacuous', message: lost.join('; ') };
  const mends = violations(original)
    .map(({ name }) => name)
    .filter((name) => !violations(edited).some((each) => each.name === name));
  return { kind: 'not shown needed', states: edited.states, mends };
}

/** Who threw what: a step, unless the message names a claim. */
function whatThrew({ trace, message = 'threw' }: ClaimResult): string {
  const last = trace?.failure === undefined ? undefined : trace.steps.at(-1);
  return last ? `${last.thread}.${last.step} ${message}` : message;
}

function violations({ claims }: VariantResult): ClaimResult[] {
  return claims.filter(({ outcome }) => outcome === 'violated');
}

function lengthOf({ trace }: Broken): number {
  return trace?.length ?? Number.POSITIVE_INFINITY;
}

/** What happens in the original, and not in the edited variant. */
function lostIn(original: VariantResult, edited: VariantResult): string[] {
  const [before, after] = [original, edited].map(unfired) as [string[], string[]];
  const times = (steps: readonly string[], step: string) => steps.filter((each) => each === step).length;
  const lost = [...new Set(after)].filter((step) => times(after, step) > times(before, step));
  const vacuous = (kind: ClaimResult['kind']) =>
    edited.claims
      .filter((claim) => claim.kind === kind && claim.outcome === 'vacuous')
      .map(({ name }) => name)
      .filter((name) => original.claims.find((each) => each.name === name)?.outcome === 'holds');
  return [
    ...said(lost, 'never happens', 'never happen'),
    ...said(vacuous('reachable'), 'is not reached', 'are not reached'),
    ...said(vacuous('invariant'), 'is never put to the test', 'are never put to the test'),
  ];
}

/** Steps that never fire, each as often as it stands in a list. */
function unfired({ coverage }: VariantResult): string[] {
  return coverage.flatMap(({ row, step, fired }) => (fired === 0 ? [`${row}.${step}`] : []));
}

function said(names: readonly string[], one: string, many: string): string[] {
  return names.length > 0 ? [`${names.join(', ')} ${names.length === 1 ? one : many}`] : [];
}
