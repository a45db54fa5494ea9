/** Checks of shipped suites at their default bounds, each made once, as tests look at them. */
import { checkVariant, type VariantResult } from '#explorer';
import type { Suite } from '#notation';

const results = new Map<string, VariantResult>();

/** What a check of a variant at its default bounds came to. */
export function checked(suite: Suite, variant: string): VariantResult {
  const name = `${suite.model.name}/${variant}`;
  const result = results.get(name) ?? checkVariant(suite, variant);
  results.set(name, result);
  return result;
}

/** What is not as it should be: claims that do not hold, steps that never fire, a limit that was met. */
export function broken({ claims, neverFired, stopped }: VariantResult) {
  const failed = claims.filter(({ outcome }) => outcome !== 'holds').map(({ name, outcome }) => [name, outcome]);
  return { claims: new Map(failed as [string, string][]), neverFired, stopped };
}

/** The same, when exactly these claims are violated. */
export function onlyViolated(names: readonly string[] = []): ReturnType<typeof broken> {
  return { claims: new Map(names.map((name) => [name, 'violated'])), neverFired: [], stopped: undefined };
}

/** The names of the steps of a claim's shortest race. */
export function race(suite: Suite, variant: string, claim: string): string[] {
  const { trace } = checked(suite, variant).claims.find(({ name }) => name === claim) ?? {};
  return (trace?.steps ?? []).map(({ step }) => step);
}

/** These steps, up to the first that a race does not have after those before it. */
export function metInOrder(race: readonly string[], steps: readonly string[]): string[] {
  const met = race.reduce((count, step) => (step === steps[count] ? count + 1 : count), 0);
  return steps.slice(0, met);
}
