/** Runs an instance on immutable states by the names of its transitions: `cpu0.step`, `cpu0.step(1)`, `hardware.step`. */
import { type Applied, initialStates, type Instance, type Plain, type Transition, transitionsOf } from '#notation';

type Loose = Readonly<Record<string, never>>;

/** The first initial state. */
export function start(instance: Instance): Plain {
  return initialStates(instance)[0]?.state as Plain;
}

/** Everything that can happen in a state, failures included. */
export function enabled(instance: Instance, state: Plain = start(instance)): string[] {
  return transitionsOf(instance, state).map(({ transition }) => nameOf(instance, transition));
}

/** The state after transitions that all succeed, from the first initial state. */
export function after(instance: Instance, ...names: readonly string[]): Loose & Plain {
  return names.reduce((state, name) => {
    const applied = outcome(instance, state, name);
    if (applied.kind !== 'next')
      throw new Error(`${name} ${applied.kind === 'failed' ? applied.message : applied.kind}`);
    return applied.state;
  }, start(instance)) as Loose & Plain;
}

/** What a transition does in a state. */
export function outcome(instance: Instance, state: Plain, name: string): Applied {
  const all = transitionsOf(instance, state).map(({ transition, applied }) => ({
    applied,
    name: nameOf(instance, transition),
  }));
  const found = all.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`${name} is not enabled; ${all.map((each) => each.name).join(', ') || 'nothing'} is`);
  return found.applied;
}

/** The kind and the sentence of the failure that the last of the transitions ends in. */
export function failure(instance: Instance, ...names: readonly string[]): string {
  const applied = outcome(instance, after(instance, ...names.slice(0, -1)), names.at(-1) as string);
  return applied.kind === 'failed' ? `${applied.failure}: ${applied.message}` : applied.kind;
}

/** The name of a transition. */
export function nameOf(instance: Instance, { thread, edge, choices }: Transition): string {
  const who = instance.threads[thread]?.path ?? 'hardware';
  return `${who}.${edge.label}${choices.length > 0 ? `(${choices.join(', ')})` : ''}`;
}
