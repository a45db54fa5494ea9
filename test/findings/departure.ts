/** Where the race of a wrong variant parts from the right one that it differs least from. */
import { executed, hardware, ReplayError, type Trace } from '#explorer';
import {
  type Instance,
  instantiate,
  leavesOf,
  type Plain,
  pointOf,
  storeBuffer,
  type Suite,
  valueIn,
  viewOf,
} from '#notation';
import type { Difference, Elsewhere, Nearest } from './nearest.ts';

/** Where a race parts from a right variant. */
export interface Departure {
  /** Which of its steps, from 1; 0 when it begins elsewhere, and one more than it has when somebody goes on elsewhere after the last. */
  readonly at: number;
  /** What is different there. */
  readonly shown: readonly Difference[];
}

/**
 * A race contains what is wrong with its variant when the right one cannot go the same way: where a step cannot be taken, or comes to
 * something else, somebody takes a step that differs, or stands where one is missing. Undefined when it can go all the way, and the claim is
 * false at the end there too.
 */
export function departureOf(
  suite: Suite,
  { right, differences }: Nearest,
  race: Trace,
  claim: string,
): Departure | undefined {
  const wrong = instantiate(suite.model, race.variant, race.bounds);
  const inPlace = (where: Elsewhere) => differences.filter((each) => each.where === where);
  const bounds = inPlace('bounds');
  const instance = bounds.length > 0 ? instantiate(suite.model, right) : asIn(suite, right, wrong);
  const states = statesOf(instance, race.initial ?? wrong.initial[0]?.name, race);
  const other = states.findIndex((state, i) => !isAlike(instance, state, wrong, race.states[i]));
  const at = other < 0 ? states.length : other;
  if (at === 0) return { at, shown: inPlace('initial states') };
  if (bounds.length > 0) return at > race.length ? undefined : { at, shown: bounds };
  const step = race.steps[at - 1];
  const isTrue = suite.invariants[claim];
  if (step === undefined && isTrue && !isTrue(viewOf(instance, states.at(-1) as Plain) as never)) return undefined;
  const suspects = instance.threads.flatMap(({ path, row }, i) => {
    const [here, there] = [nextOf(wrong, i, race.states[at - 1]), nextOf(instance, i, states[at - 1])];
    if (step?.thread !== path && here.join() === there.join()) return [];
    const last = race.steps.slice(0, at - 1).findLast(({ thread }) => thread === path);
    return [{ row, names: [last?.step, ...here, ...there, ...nextOf(instance, i, states[at])] }];
  });
  if (step?.thread === hardware) suspects.push({ row: hardware, names: [step.step] });
  const isShown = ({ where, right: a, wrong: b }: Difference): boolean =>
    suspects.some(({ row, names }) => row === where && [...a, ...b].some(({ inTraces }) => names.includes(inTraces)));
  return { at, shown: differences.filter(isShown) };
}

/** The right variant under the memory order and at the bounds of the wrong one. */
function asIn({ model }: Suite, right: string, { memory, bounds }: Instance): Instance {
  const variant = `${right}@${memory}`;
  const own = instantiate(model, variant).bounds;
  const shared = Object.entries(bounds).filter(([set]) => set in own);
  return instantiate(model, variant, Object.fromEntries(shared));
}

/** The states of a race in another variant, up to the first step that does not apply; none when that does not begin where the race does. */
function statesOf(instance: Instance, start: string | undefined, { steps }: Trace): readonly Plain[] {
  try {
    return executed(instance, start, steps).states;
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    return error.at === 0 ? [] : executed(instance, start, steps.slice(0, error.at - 1)).states;
  }
}

/** Whether two states say the same of what both have, but for where threads are and what waits in store buffers. */
function isAlike(a: Instance, inA: Plain, b: Instance, inB: Plain | undefined): boolean {
  if (inB === undefined) return false; //  the race has failed
  const others = new Map([...leavesOf(b.root)].map((leaf) => [leaf.path, leaf]));
  return [...leavesOf(a.root)].every((leaf) => {
    const other = others.get(leaf.path);
    if (other === undefined || leaf.type === 'point' || leaf.path.startsWith(`${storeBuffer}.`)) return true;
    return valueIn(a, inA, leaf) === valueIn(b, inB, other);
  });
}

/** The steps that a thread may take next, as its list has them. */
function nextOf({ threads }: Instance, number: number, state: Plain | undefined): string[] {
  if (state === undefined) return [];
  const thread = threads[number] as Instance['threads'][number];
  return (thread.program.points[pointOf(thread, state)] ?? []).map(({ label }) => label);
}
