/** What a measure counts in one transition, and in a whole execution: the second opinion on what the explorer says is the largest. */
import {
  idle,
  type Instance,
  instantiate,
  type Measure,
  type Plain,
  type Suite,
  type Thread,
  type Transition,
  viewOf,
} from '#notation';
import { type Measured, measureNamed } from './measure.ts';
import { observed } from './observe.ts';
import { executed, soleDependence, type Trace } from './trace.ts';

/**
 * Executes again the execution that reaches the largest value, on immutable states, and counts along it.
 * @returns undefined where the search stopped early.
 * @throws Error when it cannot be executed, or comes to another number.
 */
export function witness(suite: Suite, { variant, measure: name, bounds, value, path }: Measured): Trace | undefined {
  if (value === undefined || path === undefined) return undefined;
  const instance = instantiate(suite.model, variant, bounds);
  const trace = executed(instance, path.initial, path.steps);
  const counted = countedAlong(instance, measureNamed(suite, name), trace);
  if (Number.isFinite(value) && counted !== value)
    throw new Error(
      `${instance.name}: ${name} is ${value}, and ${counted} when it is executed again; ${soleDependence}`,
    );
  return trace;
}

/** The largest number that a measure comes to in one execution. */
function countedAlong(instance: Instance, measure: Measure<never>, { steps, states }: Trace): number {
  const { while: holds, of, from } = measure;
  const counts = steps.map(({ thread: name, step, args }, i) => {
    const thread = instance.threads.find(({ path }) => path === name);
    if (thread?.row !== of) return 0;
    const state = states[i] as Plain;
    const { point } = (state as Record<string, { point: number }[]>)[thread.row]?.[thread.id] as { point: number };
    const edge = thread.program.points[point]?.find(({ label }) => label === step);
    if (edge === undefined) throw new Error(`[explorer bug] ${instance.name}: ${step} was executed, and is not there`);
    return countOf(instance, measure, structuredClone(state), { thread: thread.number, edge, choices: args });
  });
  const views = states.map((state) => viewOf(instance, state));
  let most = 0;
  const finish = (count: number): number => {
    most = Math.max(most, count);
    return 0;
  };
  if (holds) {
    let count = 0;
    views.forEach((view, i) => {
      count = holds(view as never) ? count + (counts[i] ?? 0) : finish(count);
      most = Math.max(most, count);
    });
    return most;
  }
  for (const thread of instance.threads.filter(({ row }) => row === of)) {
    let count = 0;
    let measured = false;
    steps.forEach(({ thread: name, step }, i) => {
      if (name !== thread.path) return;
      if (idle(threadIn(views[i] as object, thread))) {
        measured = from === undefined || step === from;
        count = 0;
      }
      if (measured) finish((count += counts[i] as number));
    });
  }
  return most;
}

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
