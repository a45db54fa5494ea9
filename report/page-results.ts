/** Results as the page in a browser takes them: the matrix that leads to every race. */
import { type Instance, instantiate, type Suite } from '#notation';
import { lengthOf } from './matrix.ts';
import type { PageResult } from './page-document.ts';
import { replayLine } from './replay-line.ts';
import type { Reported } from './reported.ts';
import { claimsIn } from './page-walk.ts';
import { standingOf } from './standing.ts';
import { verdictsOf } from './verdict.ts';

/** What is kept of a result. Variants of the same name are told apart by their bounds. */
export function pageResult(result: Reported, { model }: Suite): PageResult {
  const { states, depth, seconds, claims } = result;
  const said = new Map(verdictsOf(result).map((verdict) => [verdict.name, verdict.said]));
  return {
    ...named(instantiate(model, result.variant, result.bounds)),
    standing: standingOf(result),
    states,
    depth,
    seconds,
    claims: claims.map(({ name, kind, sentence, outcome, expected, trace }) => ({
      name,
      kind,
      sentence,
      outcome,
      expected,
      said: said.get(name) as string,
      length: trace && lengthOf(trace),
    })),
  };
}

/** What there is to tell of a variant before it has been searched. */
export function pageAwaited(suite: Suite, variant: string, bounds: Reported['bounds']): PageResult {
  const instance = instantiate(suite.model, variant, bounds);
  const violated = suite.violated[instance.base] ?? [];
  return {
    ...named(instance),
    standing: 'awaited',
    states: 0,
    depth: 0,
    seconds: 0,
    claims: claimsIn(suite).map((claim) => ({
      ...claim,
      outcome: 'awaited',
      expected: violated.includes(claim.name) ? 'violated' : 'holds',
      said: 'is yet to be searched for',
      length: undefined,
    })),
  };
}

/** What a variant is called, and where its executions begin. */
function named(instance: Instance): Pick<PageResult, 'key' | 'model' | 'variant' | 'about' | 'bounds' | 'starts'> {
  const { model, variant, bounds, initial } = instance;
  const sizes = Object.entries(bounds).map(([set, size]) => `${set}=${size}`);
  const starts = initial.length > 1 ? initial.map(({ name }) => name) : [undefined];
  return {
    key: `${instance.name} [${sizes.join(',')}]`,
    model: model.name,
    variant,
    about: model.about,
    bounds: sizes.join(', '),
    starts: starts.map((name) => ({
      name: name ?? 'the initial state',
      line: replayLine({ model: model.name, variant, bounds, initial: name, steps: [], loopFrom: undefined }),
    })),
  };
}
