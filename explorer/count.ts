/** What a measure counts in one transition. */
import type { Instance, Measure, Plain, Thread, Transition } from '#notation';
import { observed } from './observe.ts';

/** Whether a step of this name is counted. */
export function isCounted({ steps }: Measure<never>, step: string): boolean {
  return steps === undefined || steps.includes(step);
}

/** What one transition counts. `state` is changed. */
export function countOf(instance: Instance, measure: Measure<never>, state: Plain, transition: Transition): number {
  const { steps, reads } = observed(instance, state, transition);
  if (measure.reads === undefined) return steps.filter((step) => isCounted(measure, step)).length;
  const element = elementOf(measure.reads);
  const found = new Set<string>();
  for (const { path, step } of reads) {
    const [read] = element.exec(path) ?? [];
    if (read !== undefined && isCounted(measure, steps[step] as string)) found.add(read);
  }
  return found.size;
}

/** Matches the path of an element of a row, such as `desc[1].sptes[0]` for `desc.sptes`, and of whatever is in one. */
export function elementOf(row: string): RegExp {
  return new RegExp(`^${row.split('.').join('(?:\\[\\d+\\])?\\.')}\\[\\d+\\]`);
}

/** A thread of a state, as claims see it. */
export function threadIn(state: object, { row, id }: { row: string; id: number }): Thread<unknown> {
  return (state as Record<string, Thread<unknown>[]>)[row]?.[id] as Thread<unknown>;
}
