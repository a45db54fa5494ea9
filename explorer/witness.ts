/** The execution that reaches a measure's largest value, executed again: a second opinion on what the explorer counted. */
import { idle, type Instance, instantiate, type Measure, type Plain, pointOf, type Suite, viewOf } from '#notation';
import { countOf, threadIn } from './count.ts';
import { type Measured, measureNamed } from './measure.ts';
import { soleDependence } from './sealed.ts';
import { executed, type Trace } from './trace.ts';

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
    const edge = thread.program.points[pointOf(thread, state)]?.find(({ label }) => label === step);
    if (edge === undefined) throw new Error(`[explorer bug] ${instance.name}: ${step} was executed, and is not there`);
    return countOf(instance, measure, structuredClone(state), { thread: thread.number, edge, choices: args });
  });
  const views = states.map((state) => viewOf(instance, state));
  let most = 0;
  if (holds) {
    let count = 0;
    views.forEach((view, i) => {
      count = holds(view as never) ? count + (counts[i] ?? 0) : 0;
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
      count += counts[i] as number;
      if (measured) most = Math.max(most, count);
    });
  }
  return most;
}
