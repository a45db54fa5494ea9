/** Why something was left undecided, in words. */
import type { VariantResult } from '#explorer';

type Cut = Pick<VariantResult, 'stopped' | 'levels'>;

/** What ended a search early, after "not decided, ". */
export function stoppedBy({ stopped, levels }: Cut): string {
  if (stopped === 'switches') return `looked at ${within(levels)} only`;
  const exhausted = levels && levels.length > 0 ? `; ${within(levels)} everything was looked at` : '';
  return `stopped by the limit on ${stopped}${exhausted}`;
}

/** What is known of a claim that was not decided: a sentence whose subject is the claim. */
export function undecided({ stopped, levels, states }: Cut & Pick<VariantResult, 'states'>): string {
  if (stopped === 'switches')
    return `is not decided: there is no violation ${within(levels)} (${states} states), and more were not tried`;
  return `is not decided: the limit on ${stopped} ended the search at ${states} states without a violation`;
}

function within(levels: readonly number[] = []): string {
  const most = levels.length - 1;
  return `within ${most} context ${most === 1 ? 'switch' : 'switches'}`;
}
