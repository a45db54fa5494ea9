/** Which variants are right: what is claimed of safety holds in them, and is to hold in many states. */
import type { Suite } from '#notation';
import { shippedSuites } from '../shipped.ts';

/** A variant that is right. */
export interface Right {
  readonly suite: Suite;
  readonly variant: string;
  readonly name: string;
}

/** What right variants violate: sentences that tell good orders from better ones, and walks that churn keeps going for ever. */
const violatedByRight: Readonly<Record<string, readonly string[]>> = {
  coalesce: ['noInvalidWindow', 'neverUnmappedWhileInvalid', 'neverCleanedWhileInvalid'],
  'rmap-walk': ['walkEnds'],
};

/** The variants of a suite that are right. */
export function rightVariantsOf(suite: Suite): Right[] {
  const allowed = violatedByRight[suite.model.name] ?? [];
  return Object.entries(suite.violated)
    .filter(([, violated]) => violated.every((claim) => allowed.includes(claim)))
    .map(([variant]) => ({ suite, variant, name: `${suite.model.name}/${variant}` }));
}

/** Those of all shipped suites, by name. */
export const rightVariants = shippedSuites
  .flatMap(rightVariantsOf)
  .toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
