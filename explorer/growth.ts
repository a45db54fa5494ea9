/** Whether anything comes out differently when a bound is raised: how far the bounds can be trusted. */
import type { Outcome, VariantResult } from './check.ts';
import type { Trace } from './trace.ts';

/** A claim that comes out differently with a bound raised. */
export interface ChangedVerdict {
  readonly name: string;
  readonly before: Outcome;
  readonly after: Outcome;
  readonly trace: Trace | undefined;
}

/** What became of a variant with one of its bounds raised by one. */
export interface Growth {
  readonly model: string;
  readonly variant: string;
  /** The bound, and its size after it was raised. */
  readonly set: string;
  readonly size: number;
  readonly verdict: 'same' | 'changed' | 'not finished' | 'cannot be raised';
  readonly changes: readonly ChangedVerdict[];
  /** Distinct states found; 0 when it was not searched. */
  readonly states: number;
  /** Why the bound cannot be raised, or what ended the search. */
  readonly message: string | undefined;
}

/** Compares a variant with itself at a larger bound. What neither search has decided is no change. */
export function growthOf(before: VariantResult, after: VariantResult, set: string): Growth {
  const changes = after.claims.flatMap(({ name, outcome, trace }): ChangedVerdict[] => {
    const was = before.claims.find((claim) => claim.name === name)?.outcome as Outcome;
    return was === outcome || was === 'incomplete' || outcome === 'incomplete'
      ? []
      : [{ name, before: was, after: outcome, trace }];
  });
  const stopped = before.stopped ?? after.stopped;
  return {
    model: after.model,
    variant: after.variant,
    set,
    size: after.bounds[set] as number,
    verdict: changes.length > 0 ? 'changed' : stopped ? 'not finished' : 'same',
    changes,
    states: after.states,
    message: stopped && `stopped by the limit on ${stopped}`,
  };
}
