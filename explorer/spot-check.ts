/**
 * The explorer's execution of a state compared with its meaning, the immutable one. It catches what types do not: a step that depends
 * on something else than the state, that keeps what it read, that looks beyond a row, that assigns a whole part.
 */
import { type Applied, type FailureKind, transitionsOf, viewOf } from '#notation';
import type { Machine, Successor } from './machine.ts';
import type { Symmetry } from './symmetry.ts';
import { soleDependence } from './sealed.ts';

/** How many states are compared at most: a step that breaks the rules does so in more than one. */
const most = 64;

/** After so many successors no further state is compared: they are made one by one. */
export const mostSuccessors = 50_000;

/** Indices of the states that are compared, of so many: all of a few, else the first ones and some from every depth. */
export function spotsAmong(states: number): number[] {
  if (states <= most) return Array.from({ length: states }, (_, i) => i);
  const half = most / 2;
  const step = (states - half) / half;
  return Array.from({ length: most }, (_, i) => (i < half ? i : half + Math.floor((i - half) * step)));
}

/** A difference between the two executions: by which word a suite calls it, and a sentence that tells it. */
export interface Difference {
  readonly failure: FailureKind;
  readonly message: string;
}

/**
 * Executes the loaded state both ways.
 * @param claims predicates that must be equally true on both views.
 * @param known whether the search found such a failure too; a step that fails twice may have done so for having run before.
 * @param packed the successors by the machine, where they are at hand.
 * @returns the first difference; undefined when there is none.
 */
export function disagreement(
  machine: Machine,
  claims: Readonly<Record<string, (state: never) => boolean>>,
  known: (failure: FailureKind) => boolean = () => true,
  packed: readonly Successor[] = machine.successors(),
): Difference | undefined {
  const state = machine.plain();
  for (const [name, predicate] of Object.entries(claims)) {
    const found = attempt(() => predicate(machine.root as never));
    const meant = attempt(() => predicate(viewOf(machine.instance, state) as never));
    if (found !== meant)
      return {
        failure: 'throws',
        message: `claim ${name} is ${found} when evaluated by the explorer, and ${meant} on the checked state; ${hint}`,
      };
  }
  const meant = transitionsOf(machine.instance, state);
  for (let i = 0; i < Math.max(packed.length, meant.length); i++) {
    const mine = packed[i];
    const theirs = meant[i];
    const named = mine ?? { edge: theirs?.transition.edge, choices: theirs?.transition.choices };
    const step = `${named.edge?.label}(${named.choices?.join(', ')})`;
    if (mine === undefined || theirs === undefined || !sameTransition(mine, theirs.transition)) {
      const message = `step ${step} is enabled in one execution of a state and not in another; ${hint}`;
      return { failure: 'throws', message };
    }
    const difference = differs(machine, mine, theirs.applied, known);
    if (difference) {
      const failure = theirs.applied.kind === 'failed' ? theirs.applied.failure : 'throws';
      return { failure, message: `step ${step} ${difference}; ${hint}` };
    }
  }
  return undefined;
}

/**
 * Compares a state with the same one numbered differently: claims must be equally true in both, and each step must lead both to the same
 * states, up to numbering.
 * @param shuffles how many numberings are tried.
 * @returns the first difference; undefined when there is none.
 */
export function asymmetry(
  machine: Machine,
  symmetry: Symmetry,
  claims: Readonly<Record<string, (state: never) => boolean>>,
  words: Int32Array,
  random: () => number,
  shuffles = 3,
): Difference | undefined {
  const told = (state: Int32Array): Map<string, string> => {
    machine.load(state, 0);
    const truths = Object.entries(claims).map(([name, predicate]): [string, string] => [
      `claim ${name}`,
      attempt(() => predicate(machine.root as never)),
    ]);
    const steps = new Map<string, string[]>();
    for (const { thread, edge, words: after, error } of machine.successors()) {
      const representative = after?.slice();
      if (representative) symmetry.canonize(representative, 0);
      const step = `step ${thread < 0 ? '' : `${machine.instance.threads[thread]?.row}.`}${edge.label}`;
      steps.set(step, [
        ...(steps.get(step) ?? []),
        representative?.join() ?? (error instanceof Error ? error.name : 'an error'),
      ]);
    }
    return new Map([...truths, ...[...steps].map(([step, led]): [string, string] => [step, led.toSorted().join(' ')])]);
  };
  const before = told(words);
  for (let i = 0; i < shuffles; i++) {
    const shuffled = words.slice();
    symmetry.shuffle(shuffled, 0, random);
    const after = told(shuffled);
    const name = [...before.keys(), ...after.keys()].find((each) => before.get(each) !== after.get(each));
    if (name === undefined) continue;
    const what = name.startsWith('claim') ? 'is not equally true' : 'does not do the same';
    const message = `${name} ${what} when the members of symmetric sets are numbered differently; declare the set that it tells apart as a range`;
    return { failure: 'throws', message };
  }
  return undefined;
}

const hint = `${soleDependence}, index rows within their length, and assign single values`;

function sameTransition(a: Successor, b: { thread: number; edge: unknown; choices: readonly number[] }): boolean {
  return a.thread === b.thread && a.edge === b.edge && a.choices.join() === b.choices.join();
}

function differs(
  machine: Machine,
  mine: Successor,
  theirs: Applied,
  known: (failure: FailureKind) => boolean,
): string | undefined {
  if (theirs.kind === 'failed')
    return mine.words || !known(theirs.failure) ? `${theirs.message} when it is checked` : undefined;
  if (theirs.kind === 'blocked' || mine.words === undefined)
    return 'fails in one execution of a state and not in another';
  const packed = machine.packPlain(theirs.state);
  return packed.every((word, i) => word === mine.words?.[i]) ? undefined : 'leads to another state when it runs again';
}

function attempt(run: () => unknown): string {
  try {
    return String(run());
  } catch {
    return 'an error';
  }
}
