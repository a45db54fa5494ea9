/** Which orders of some steps are safe, and what the others break. */
import type { Finding, VariantResult } from '#explorer';
import { type Paint, plainly } from './colour.ts';
import { brokenText, findingText, jsonFinding } from './finding.ts';
import { joined, wrapped } from './wrap.ts';

/** Steps of a thread that were tried in every order. */
export interface Orders {
  readonly original: VariantResult;
  readonly thread: string;
  /** The orders, that of the original first. */
  readonly tried: readonly {
    readonly steps: readonly string[];
    /** The name of the derived variant. */
    readonly variant: string;
    readonly finding: Finding;
  }[];
}

/** A table with an order a line. No line is longer than the width. */
export function drawOrders(
  { original, thread, tried }: Orders,
  { width = 80, paint = plainly }: { readonly width?: number; readonly paint?: Paint } = {},
): string {
  const { model, variant, bounds, states } = original;
  const texts = tried.map(({ steps }) => steps.join(', '));
  const right = Math.min(Math.max(...texts.map((text) => text.length)) + 4, Math.floor(width * 0.55));
  const safe = tried.filter(({ finding }) => isSafe(finding, original)).length;
  const noWorse = tried.filter(({ finding }) => finding.kind === 'not shown needed').length - safe;
  const others = noWorse > 0 ? `; ${noWorse} ${noWorse === 1 ? 'breaks' : 'break'} no more than ${variant}` : '';
  return [
    ...wrapped(`${model}/${variant}: orders of ${texts[0]} in ${thread}`, width).map((line) => paint('strong', line)),
    ...joined([...Object.entries(bounds).map(([set, size]) => `${set}=${size}`), `${states} states as it is`], width),
    '',
    ...tried.flatMap(({ finding }, i) => {
      const left = wrapped(texts[i] as string, right - 4);
      const notes = wrapped(orderText(finding, original), width - right);
      return Array.from({ length: Math.max(left.length, notes.length) }, (_, at) => {
        const label = `  ${left[at] ?? ''}`;
        const note = notes[at] ?? '';
        return note === ''
          ? label.trimEnd()
          : label.padEnd(right) + (isSafe(finding, original) ? paint('good', note) : note);
      });
    }),
    '',
    ...wrapped(`mmucheck: ${safe} of ${tried.length} orders are safe${others}`, width),
  ].join('\n');
}

/** Orders as the JSON document has them. */
export function jsonOrders({ original, thread, tried }: Orders) {
  const { model, variant, bounds, states, asExpected } = original;
  return {
    model,
    variant,
    bounds,
    states,
    asExpected,
    thread,
    orders: tried.map((each) => ({
      steps: each.steps,
      variant: each.variant,
      safe: isSafe(each.finding, original),
      finding: jsonFinding(each.finding),
    })),
  };
}

/** Whether nothing is violated, whatever the variant that the order is derived from violates. */
function isSafe(finding: Finding, { claims }: VariantResult): boolean {
  if (finding.kind !== 'not shown needed') return false;
  return claims.every(({ name, outcome }) => outcome !== 'violated' || finding.mends.includes(name));
}

function orderText(finding: Finding, original: VariantResult): string {
  if (finding.kind === 'needed') return `breaks ${brokenText(finding.breaks, finding.breaks.length)}`;
  if (finding.kind !== 'not shown needed') return findingText(finding);
  const same = isSafe(finding, original) ? 'holds' : `breaks no more than ${original.variant}`;
  return finding.mends.length > 0 ? `${same}, and mends ${finding.mends.join(', ')}` : same;
}
