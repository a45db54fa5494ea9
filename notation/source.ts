/** Where a step stands in the kernel: the file and the function that have it, and the commit that has them so. */
import type { Instance } from './instance.ts';
import type { Edge } from './program.ts';

/** The functions of one file. Of each, the names of the steps that are parts of it; a step that has its name is one without being listed. */
export type KernelFunctions = Readonly<Record<string, readonly string[]>>;

/** The kernel source that a model is of. */
export interface KernelSource {
  /** The commit, the patch by its title or the release. */
  readonly commit: string;
  /** By file. */
  readonly functions: Readonly<Record<string, KernelFunctions>>;
  /** Names of steps that no kernel function has: of the guest, of userspace, of the argument. */
  readonly elsewhere?: readonly string[];
}

/** One place in the kernel. */
export interface KernelPlace {
  readonly file: string;
  readonly function: string;
}

/** Where a step stands, by its name: at several places, when several functions have it. */
export function placesIn({ functions }: KernelSource, step: string): KernelPlace[] {
  return Object.entries(functions).flatMap(([file, names]) =>
    Object.entries(names).flatMap(([name, steps]) =>
      name === step || steps.includes(step) ? [{ file, function: name }] : [],
    ),
  );
}

/**
 * Where what a trace calls `step` stands; at several places when it folds several steps, at none when it is a lock, or of the hardware.
 * @param thread the path of a thread; of an action, anything else.
 */
export function placesOf(instance: Instance, thread: string, step: string): KernelPlace[] {
  const { source } = instance.model;
  const own = instance.threads.find(({ path }) => path === thread);
  const edges = own ? own.program.points.flat() : instance.actions;
  const steps = new Set(edges.filter(({ label }) => label === step).flatMap(stepsOf));
  const found = source ? [...steps].flatMap((each) => placesIn(source, each)) : [];
  return found.filter((place, i) => i === found.findIndex((other) => place.function === other.function));
}

/** The names of the steps that an edge takes. */
export function stepsOf({ label, operation }: Edge): string[] {
  if (operation.kind === 'fold') return operation.program.points.flat().flatMap(stepsOf);
  return operation.kind === 'step' ? [label] : [];
}
