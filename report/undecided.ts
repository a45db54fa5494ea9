/** Why something was left undecided, in words. */
import type { VariantResult } from '#explorer';

type Cut = Pick<VariantResult, 'stopped' | 'levels' | 'store' | 'states' | 'bits' | 'missed'>;

/** What ended a search early, or what may have hidden a state from it, after "not decided, ". */
export function stoppedBy(result: Cut): string {
  const { stopped, levels } = result;
  if (stopped === 'switches') return `looked at ${within(levels)} only`;
  const doubts = doubtsOf(result);
  if (stopped === 'fingerprint') return `no violation found, ${doubts}`;
  if (stopped === 'bitstate') return `incomplete, ${doubts}`;
  const exhausted = levels && levels.length > 0 ? `; ${within(levels)} everything was looked at` : '';
  return `stopped by the limit on ${stopped}${exhausted}${doubts === '' ? '' : `, ${doubts}`}`;
}

/** What is known of a claim that was not decided: a sentence whose subject is the claim. */
export function undecided(result: Cut): string {
  const { stopped, levels, states } = result;
  if (stopped === 'switches')
    return `is not decided: there is no violation ${within(levels)} (${states} states), and more were not tried`;
  const doubts = doubtsOf(result);
  if (stopped === 'fingerprint' || stopped === 'bitstate')
    return `is not decided: no violation found in ${states} states; ${doubts}`;
  const why = `the limit on ${stopped} ended the search at ${states} states without a violation`;
  return `is not decided: ${why}${doubts === '' ? '' : `; ${doubts}`}`;
}

/** How sure it is that no state was taken for another; empty where that is certain. */
function doubtsOf({ store, states, bits = 0, missed = 0 }: Cut): string {
  if (store === 'fingerprint') return `odds ${missed.toExponential(1)} that a state was missed`;
  if (store === 'exact') return '';
  const factor = Math.floor(bits / states);
  const coverage = Math.max(0, 100 * (1 - missed));
  return `${states} states in ${bits} bits, hash factor ${factor}, coverage about ${percent(coverage)}`;
}

/** A part in a hundred that is never rounded up to all. */
function percent(part: number): string {
  return `${Math.min(99.9999, Math.floor(part * 1e4) / 1e4)}%`;
}

function within(levels: readonly number[] = []): string {
  const most = levels.length - 1;
  return `within ${most} context ${most === 1 ? 'switch' : 'switches'}`;
}
