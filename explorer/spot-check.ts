/**
 * The explorer's execution of a state compared with its meaning, the immutable one. It catches what types do not: a step that depends
 * on something else than the state, that keeps what it read, that looks beyond a row, that assigns a whole part.
 */
import { type Applied, transitionsOf, viewOf } from '#notation';
import type { Machine, Successor } from './machine.ts';
import { soleDependence } from './trace.ts';

/** Every so many states one is compared, beside the first few: a step that breaks the rules does so in more than one state. */
const first = 16;
const every = 16_384;

/** Whether the state with this index is one that is compared. */
export function isSpot(index: number): boolean {
  return index < first || index % every === 0;
}

/**
 * Executes the loaded state both ways.
 * @param claims predicates that must be equally true on both views.
 * @returns a sentence that tells the first difference; undefined when there is none.
 */
export function disagreement(
  machine: Machine,
  claims: Readonly<Record<string, (state: never) => boolean>>,
): string | undefined {
  const state = machine.plain();
  for (const [name, predicate] of Object.entries(claims)) {
    const packed = attempt(() => predicate(machine.root as never));
    const meant = attempt(() => predicate(viewOf(machine.instance, state) as never));
    if (packed !== meant) return `claim ${name} is ${packed} when evaluated by the explorer, and ${meant} on the checked state; ${hint}`;
  }
  const packed = machine.successors();
  const meant = transitionsOf(machine.instance, state);
  for (let i = 0; i < Math.max(packed.length, meant.length); i++) {
    const mine = packed[i];
    const theirs = meant[i];
    const named = mine ?? { edge: theirs?.transition.edge, choices: theirs?.transition.choices };
    const step = `${named.edge?.label}(${named.choices?.join(', ')})`;
    if (mine === undefined || theirs === undefined || !sameTransition(mine, theirs.transition)) {
      return `step ${step} is enabled in one execution of a state and not in another; ${hint}`;
    }
    const difference = differs(machine, mine, theirs.applied);
    if (difference) return `step ${step} ${difference}; ${hint}`;
  }
  return undefined;
}

const hint = `${soleDependence}, index rows within their length, and assign single values`;

function sameTransition(a: Successor, b: { thread: number; edge: unknown; choices: readonly number[] }): boolean {
  return a.thread === b.thread && a.edge === b.edge && a.choices.join() === b.choices.join();
}

function differs(machine: Machine, mine: Successor, theirs: Applied): string | undefined {
  if (theirs.kind === 'failed') return mine.words ? `fails when it is checked: it ${theirs.message}` : undefined;
  if (theirs.kind === 'blocked' || mine.words === undefined) return 'fails in one execution of a state and not in another';
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

