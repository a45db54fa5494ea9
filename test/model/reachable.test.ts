/** What is claimed to be reachable shows that something happens: it is false at first, and nobody makes it true alone. */
import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import type { Suite } from '#notation';
import { shippedSuites } from '../shipped.ts';

/** Models of what is done under one lock, by one thread at a time. */
const sequential = new Set(['pte-list', 'pte-list-fork', 'lock-drops']);

const witnessed = shippedSuites.filter(
  ({ model, reachable }) => Object.keys(reachable).length > 0 && !sequential.has(model.name),
);

/** A suite that claims of each thing which is to be reachable that it never comes about. */
function never(suite: Suite, variant: string): Suite {
  const invariants = Object.fromEntries(
    Object.entries(suite.reachable).map(([name, met]) => [name, (s: never) => !met(s)]),
  );
  const violated = { [variant]: Object.keys(invariants) };
  return { ...suite, invariants, reachable: {}, leadsTo: {}, eventually: {}, measures: {}, violated } as Suite;
}

describe('what is reachable takes two to come about', () => {
  test.each(witnessed.map((suite) => [suite.model.name, suite] as const))('in %s', (_, suite) => {
    const breaks = (variant: string): number => suite.violated[variant]?.length ?? 0;
    const [variant = ''] = Object.keys(suite.violated).toSorted((a, b) => breaks(a) - breaks(b));
    const { claims } = checkVariant(never(suite, variant), variant);
    for (const name of Object.keys(suite.reachable)) {
      const steps = claims.find((claim) => claim.name === name)?.trace?.steps ?? [];
      expect([name, new Set(steps.map(({ thread }) => thread)).size > 1]).toEqual([name, true]);
    }
  });
});
