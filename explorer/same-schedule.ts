/** A schedule of one variant carried over to another: the same thread's turn at every step, whatever its next step there is. */
import { type Edge, type Instance, type Plain, pointOf, transitionsOf } from '#notation';
import { executed, hardware, type NamedStep, type Trace } from './trace.ts';

/** What became of a schedule in another variant. */
export interface CarriedOver {
  /** The execution in the other variant. */
  readonly trace: Trace;
  /** For each step of the schedule, what was done instead; undefined where its thread could do nothing, or not tell what. */
  readonly instead: readonly (NamedStep | undefined)[];
}

/** A step that is possible in a state. */
interface Possible extends NamedStep {
  readonly does: Edge['operation']['kind'];
}

/**
 * Carries the schedule of a trace over to another variant of its model. A step is taken by its name where that is possible; else its
 * thread takes the only other one it can; where there is none, or several, its turn passes. So it does when the thread has returned from
 * its function and has not in the race. What the other variant takes or releases a lock for costs no turn.
 * @throws ReplayError when the variant does not start where the trace does.
 */
export function sameSchedule(instance: Instance, { initial, steps, states }: Trace): CarriedOver {
  const instead: (NamedStep | undefined)[] = [];
  let trace = executed(instance, initial, []);
  const next = (wanted: NamedStep): Possible | undefined =>
    trace.failure === undefined ? turn(instance, trace.states.at(-1) as Plain, wanted) : undefined;
  const take = ({ thread, step, args }: NamedStep): void => {
    trace = executed(instance, initial, [...trace.steps, { thread, step, args }]);
  };
  const idle = (name: string, state: Plain | undefined): boolean => {
    const thread = instance.threads.find(({ path }) => path === name);
    return thread !== undefined && pointOf(thread, state as Plain) === 0;
  };
  steps.forEach((wanted, i) => {
    let taken = next(wanted);
    if (
      taken &&
      taken.step !== wanted.step &&
      idle(wanted.thread, trace.states.at(-1)) &&
      !idle(wanted.thread, states[i])
    )
      taken = undefined;
    while (taken && taken.step !== wanted.step && (taken.does === 'lock' || taken.does === 'unlock')) {
      take(taken);
      taken = next(wanted);
    }
    instead.push(taken);
    if (taken) take(taken);
    const later = steps.slice(i + 1).find(({ thread }) => thread === wanted.thread);
    let release = next(later ?? { ...wanted, step: '' });
    while (release?.does === 'unlock' && release.step !== later?.step) {
      take(release);
      release = next(later ?? { ...wanted, step: '' });
    }
  });
  return { trace, instead };
}

/** What the thread of a step does in a state when it is its turn. */
function turn(instance: Instance, state: Plain, { thread, step, args }: NamedStep): Possible | undefined {
  const possible = transitionsOf(instance, state)
    .map(({ transition: { thread: number, edge, choices } }) => ({
      thread: instance.threads[number]?.path ?? hardware,
      step: edge.label,
      args: choices,
      does: edge.operation.kind,
    }))
    .filter((each) => each.thread === thread);
  const same = possible.find((each) => each.step === step && each.args.join() === args.join());
  if (same || thread === hardware) return same;
  const named = possible.filter((each) => each.step === step);
  const [only, ...others] = named.length > 0 ? named : possible;
  return others.length === 0 ? only : undefined;
}
