/** A transition watched while it is taken on a plain state: the steps that it is made of, and what each of them reads. */
import { fire, type Instance, type Plain, pointOf, running, type Transition, viewOf, withChoices } from '#notation';

/** What was seen of one transition. */
export interface Observed {
  /** The names of its steps: one, or all those of a fold. */
  readonly steps: readonly string[];
  /** Every value that was read, by its path, with the place of the step that read it. */
  readonly reads: readonly { readonly path: string; readonly step: number }[];
}

/**
 * Takes a transition that is enabled.
 * @param state is changed: it becomes what the transition leads to, but for the point of the thread.
 */
export function observed(instance: Instance, state: Plain, { thread: number, edge, choices }: Transition): Observed {
  const thread = instance.threads[number];
  const reads: { path: string; step: number }[] = [];
  const folds = edge.operation.kind === 'fold';
  const view = viewOf(instance, state, ({ path }) => reads.push({ path, step: folds ? running.folded.length : 0 }));
  running.thread = number;
  running.held = thread ? (thread.program.held[pointOf(thread, state)] as readonly string[]) : [];
  withChoices(choices, () => {
    fire(view, thread && (view as Record<string, unknown[]>)[thread.row]?.[thread.id], edge, instance.bounds);
  });
  if (!folds || thread === undefined) return { steps: [edge.label], reads };
  return { steps: running.folded.map((element) => thread.program.elements[element] as string), reads };
}
