/** Which transitions are told apart by who takes them: every edge of a thread, and a fair action with each of its members. */
import type { Edge, IdSet, Instance } from '#notation';

type Bounds = Instance['bounds'];

/** The sets of which each member is told apart: none but those of a fair action. */
function setsOf({ fair, operation }: Edge, isAction: boolean): readonly IdSet[] {
  return fair && isAction && operation.kind === 'step' ? operation.sets : [];
}

/** How many kinds of transition an edge has. */
export function kindsOf(edge: Edge, isAction: boolean, bounds: Bounds): number {
  return setsOf(edge, isAction).reduce((all, set) => all * (bounds[set.name] as number), 1);
}

/** Which of its kinds a transition is, by the outcomes of its choices, of which the members come first. */
export function kindOf(edge: Edge, isAction: boolean, bounds: Bounds, choices: readonly number[]): number {
  return setsOf(edge, isAction).reduce((kind, set, i) => kind * (bounds[set.name] as number) + (choices[i] ?? 0), 0);
}

/** The same as the source text of an expression over the members `a0`, `a1`, …. */
export function kindSource(edge: Edge, isAction: boolean, bounds: Bounds): string {
  return setsOf(edge, isAction).reduce((kind, set, i) => `(${kind} * ${bounds[set.name]} + a${i})`, '0');
}
