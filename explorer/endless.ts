/** Executions without end, on immutable states: whether one goes round, is fair to everybody, and never does what is claimed. */
import {
  describe,
  type ExecutionClaim,
  type ExecutionClaims,
  executionClaims,
  type Instance,
  type Plain,
  pointOf,
  transitionsOf,
  viewOf,
} from '#notation';
import { duty } from './fair-regions.ts';
import { dutyOf, type LockFairness } from './fairness.ts';
import type { Liveness, NamedLasso } from './liveness.ts';
import { soleDependence } from './sealed.ts';
import { executed, hardware, type Trace } from './trace.ts';

/** A violation as reports tell it. */
interface Told {
  readonly name: string;
  /** Undefined when it could not be executed again, which the message then says. */
  readonly trace: Trace | undefined;
  readonly message: string;
}

/** The violations of claims on executions: of each claim the shortest. */
export function tellLiveness(instance: Instance, { verdicts, locks }: Liveness, claimed: ExecutionClaims): Told[] {
  const claims = executionClaims(claimed, instance.bounds);
  const told = new Map<string, Told>();
  for (const [i, { name, lasso }] of verdicts.entries()) {
    if (lasso === undefined || (told.get(name)?.trace?.length ?? Number.POSITIVE_INFINITY) <= lasso.steps.length)
      continue;
    told.set(name, tellLasso(instance, lasso, claims[i] as ExecutionClaim, locks));
  }
  return [...told.values()];
}

/** A lasso executed again; it must go round, be fair, and never do what is claimed. */
function tellLasso(instance: Instance, lasso: NamedLasso, claim: ExecutionClaim, locks: LockFairness): Told {
  const { name } = claim;
  try {
    const { initial, steps, loopFrom } = lasso;
    const trace = executed(instance, initial, steps, undefined, loopFrom);
    const unfair = unfairTo(instance, trace, locks);
    if (goesRound(trace) && unfair === undefined && neverDoes(instance, trace, claim))
      return { name, trace, message: howItStays(instance, trace, claim) };
    const why = unfair === undefined ? '' : ` (${unfair})`;
    return {
      name,
      trace: undefined,
      message: `${instance.name}: ${name} is not violated when its execution is repeated${why}; ${soleDependence}`,
    };
  } catch (error) {
    return {
      name,
      trace: undefined,
      message: `${instance.name}: the execution that violates ${name} cannot be repeated: ${describe(error)}`,
    };
  }
}

/** Whether the last state of a trace is the one from which it is said to go round. */
export function goesRound({ states, loopFrom }: Trace): boolean {
  return loopFrom !== undefined && JSON.stringify(states[loopFrom]) === JSON.stringify(states.at(-1));
}

/** To whom an execution without end is not fair, in a sentence; undefined when there is nobody. */
export function unfairTo(instance: Instance, trace: Trace, locks: LockFairness): string | undefined {
  const { steps, states, loopFrom = 0 } = trace;
  // What comes to rest stays in one state.
  const round = loopFrom === steps.length ? states.slice(loopFrom) : states.slice(loopFrom, -1);
  const owed = round.map((state) => owedIn(instance, state, locks));
  const stepping = new Set(steps.slice(loopFrom).map((step) => agentOf(instance, step.thread, step.step, step.args)));
  for (const agent of new Set(owed.flatMap((each) => [...each.keys()]))) {
    if (stepping.has(agent)) continue;
    if (owed.every((each) => each.has(agent))) return `${agent} could always go on, and does not`;
    if (owed.some((each) => each.get(agent) === duty.strong))
      return `${agent} finds a lock free again and again, and does not get it`;
  }
  return undefined;
}

/** By the name of a thread, or of an action with its members: how much its next step is owed to it in a state. */
function owedIn(instance: Instance, state: Plain, locks: LockFairness): Map<string, number> {
  const owed = new Map<string, number>();
  for (const { transition } of transitionsOf(instance, state)) {
    const { edge, choices } = transition;
    const thread = instance.threads[transition.thread];
    const point = thread ? pointOf(thread, state) : -1;
    const agent = agentOf(instance, thread?.path ?? hardware, edge.label, choices);
    const much = dutyOf({ thread: transition.thread, edge, point }, locks);
    if (much !== duty.none) owed.set(agent, Math.max(much, owed.get(agent) ?? duty.none));
  }
  return owed;
}

/** A thread is one, whatever it does; an action is one with each of its members. */
function agentOf({ actions }: Instance, thread: string, step: string, args: readonly number[]): string {
  if (thread !== hardware) return thread;
  const edge = actions.find(({ label }) => label === step);
  const sets = edge?.fair && edge.operation.kind === 'step' ? edge.operation.sets.length : 0;
  return sets === 0 ? step : `${step}(${args.slice(0, sets).join(', ')})`;
}

/** Whether what an execution makes owed is never there from then on. */
export function neverDoes(
  instance: Instance,
  { states, loopFrom = 0 }: Trace,
  { given, wanted }: ExecutionClaim,
): boolean {
  const views = states.map((state) => viewOf(instance, state) as never);
  const after = views.findLastIndex((view) => wanted(view)) + 1;
  return views.slice(after, loopFrom + 1).some((view, i) => (given ? given(view) : after + i === 0));
}

/** How an execution stays without what is claimed, in a sentence. */
export function howItStays(instance: Instance, { steps, states, loopFrom = 0 }: Trace, claim: ExecutionClaim): string {
  const whose = claim.member === undefined ? '' : `for ${claim.set} ${claim.member}: `;
  if (loopFrom < steps.length) {
    const which = loopFrom + 1 === steps.length ? `step ${steps.length}` : `steps ${loopFrom + 1} to ${steps.length}`;
    return `${whose}${which} can be repeated for ever, which is fair to everybody`;
  }
  const last = states.at(-1) as Plain;
  const possible = transitionsOf(instance, last);
  const canStep = possible.some(({ transition }) => transition.thread >= 0);
  const inFunction = instance.threads.some((thread) => ![0, thread.program.end].includes(pointOf(thread, last)));
  if (inFunction && possible.length === 0) return `${whose}nothing can happen there: a deadlock`;
  if (inFunction && !canStep) return `${whose}no thread can take a step there, and no action need happen`;
  return `${whose}the execution may end there: nobody has to take another step`;
}
