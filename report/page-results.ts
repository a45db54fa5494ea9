/** Results as the page in a browser takes them: the matrix that leads to every race. */
import { executed } from '#explorer';
import { instantiate, type Suite } from '#notation';
import { lengthOf } from './matrix.ts';
import type { PageResult } from './page-document.ts';
import { replayLine } from './replay-line.ts';
import type { Reported } from './reported.ts';
import { standingOf } from './standing.ts';
import { verdictsOf } from './verdict.ts';

/** What is kept of a result. Variants of the same name are told apart by their bounds. */
export function pageResult(result: Reported, { model }: Suite): PageResult {
  const { variant, bounds, states, depth, seconds, claims } = result;
  const instance = instantiate(model, variant, bounds);
  const starts = instance.initial.length > 1 ? instance.initial.map(({ name }) => name) : [undefined];
  const boundsText = Object.entries(bounds).map(([set, size]) => `${set}=${size}`);
  const said = new Map(verdictsOf(result).map((verdict) => [verdict.name, verdict.said]));
  return {
    key: `${instance.name} [${boundsText.join(',')}]`,
    model: model.name,
    variant,
    about: model.about,
    bounds: boundsText.join(', '),
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
    starts: starts.map((name) => ({
      name: name ?? 'the initial state',
      line: replayLine(executed(instance, name, [])),
    })),
  };
}
