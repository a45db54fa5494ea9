/** A violating execution made short: steps that the violation does not need are taken away, and those of a thread put together. */
import { running, StepFailure, type Suite } from '#notation';
import { stuckness } from './deadlock.ts';
import type { Machine } from './machine.ts';
import type { NamedPath, NamedStep } from './trace.ts';

/** Steps that are executed at most, in all: some seconds. */
const mostExecuted = 100_000;

interface Violated {
  readonly name: string;
  readonly inStep: boolean;
}

/**
 * Shrinks an execution from whose end a violation is seen, as delta debugging does: parts of it are left out, the larger ones first, and
 * whatever then does not apply any more is passed over. What is left has been executed, shows the same violation, and is no longer.
 */
export function shrunk(
  machine: Machine,
  invariants: Suite['invariants'],
  { initial, steps }: NamedPath,
  violated: Violated,
): NamedPath {
  const make = machine.instance.initial.find(({ name }) => name === initial) ?? (() => {});
  const start = machine.pack(make);
  const shows = showing(machine, invariants, violated);
  let executed = 0;

  /** The steps that apply, up to the violation; undefined when they do not lead to one. */
  function followed(wanted: readonly NamedStep[]): NamedStep[] | undefined {
    const taken: NamedStep[] = [];
    let words = start;
    if (shows.state(words)) return taken;
    for (const step of wanted) {
      if (executed++ > mostExecuted) return undefined;
      machine.load(words, 0);
      const thread = machine.instance.threads.find(({ path }) => path === step.thread)?.number ?? -1;
      const found = machine
        .successors()
        .find(
          (each) => each.thread === thread && each.edge.label === step.step && each.choices.join() === step.args.join(),
        );
      if (found === undefined) continue;
      const ends = shows.step(found.error, found.warning);
      if (found.words === undefined && !ends) continue;
      taken.push(step);
      if (ends) return taken;
      words = found.words as Int32Array;
      if (shows.state(words)) return taken;
    }
    return undefined;
  }

  let best = followed(steps) ?? steps;
  for (let part = Math.ceil(best.length / 2); part >= 1; part = Math.floor(part / 2)) {
    for (let changed = true; changed; ) {
      changed = false;
      for (let at = best.length - part; at > -part; at -= part) {
        const shorter = followed([...best.slice(0, Math.max(0, at)), ...best.slice(at + part)]);
        if (shorter && shorter.length < best.length) {
          best = shorter;
          changed = true;
        }
      }
    }
  }
  for (let at = 1; at < best.length; at++) {
    const step = best[at] as NamedStep;
    const last = best.slice(0, at).findLastIndex(({ thread }) => thread === step.thread);
    if (last < 0 || last === at - 1) continue;
    const together = [...best.slice(0, last + 1), step, ...best.slice(last + 1, at), ...best.slice(at + 1)];
    const done = followed(together);
    if (done && done.length <= best.length && switchesOf(done) < switchesOf(best)) best = done;
  }
  return { initial, steps: best };
}

function switchesOf(steps: readonly NamedStep[]): number {
  return steps.filter(({ thread }, i) => i > 0 && thread !== steps[i - 1]?.thread).length;
}

/** Whether a state, or a step, shows a violation. */
function showing(machine: Machine, invariants: Suite['invariants'], { name, inStep }: Violated) {
  const isStuck = stuckness(machine);
  const predicates = name === 'throws' ? Object.values(invariants) : [];
  const state = (words: Int32Array): boolean => {
    if (inStep) return false;
    machine.load(words, 0);
    if (name === 'deadlock') {
      const isIdle = machine.midFunction() && machine.successors().every(({ thread }) => thread < 0);
      return isIdle && isStuck(words, 0);
    }
    try {
      for (const predicate of predicates) predicate(machine.root as never);
      return Object.hasOwn(invariants, name) && !invariants[name]?.(machine.root as never);
    } catch {
      return name === 'throws';
    } finally {
      running.implied = running.antecedent = false;
    }
  };
  const step = (error: unknown, warning: string | undefined): boolean => {
    if (!inStep) return false;
    if (name === 'WARN_ON_ONCE') return warning !== undefined;
    return error !== undefined && (error instanceof StepFailure ? error.failure : 'throws') === name;
  };
  return { state, step };
}
