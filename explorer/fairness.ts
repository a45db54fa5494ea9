/**
 * Who must go on. A thread inside its function is weakly fair, and strongly so where it takes a lock: a lock that it finds free again and
 * again it gets. A thread in no function need not begin one, nor need an action happen, unless it is marked `fair`, and then weakly.
 */
import type { Edge, Instance } from '#notation';
import { duty, type FairGraph } from './fair-regions.ts';
import type { Graph, Label } from './graph.ts';

/** How fair locks are: a ticket lock is strong; one that is only tested and set is weak, and may be lost to others for ever. */
export type LockFairness = 'strong' | 'weak';

/** Whether an edge takes a lock before anything else. */
export function takesLock({ operation }: Edge): boolean {
  if (operation.kind === 'lock') return true;
  return operation.kind === 'fold' && (operation.program.points[0] ?? []).every(takesLock);
}

/** What of a transition is owed to whoever takes it: one of `duty`. */
export function dutyOf({ thread, edge, point }: Pick<Label, 'thread' | 'edge' | 'point'>, locks: LockFairness): number {
  const begins = thread < 0 || point === 0;
  if (begins) return edge.fair ? duty.weak : duty.none;
  return locks === 'strong' && takesLock(edge) ? duty.strong : duty.weak;
}

/** A graph with what is owed to each thread, and to each fair action with its members. */
export function fairGraphOf(graph: Graph, { threads }: Instance, locks: LockFairness): FairGraph {
  const { labels } = graph;
  const actions: Label[] = [];
  const agentOf = Int16Array.from(labels, (label) => {
    if (label.thread >= 0) return label.thread;
    return label.edge.fair ? threads.length + actions.push(label) - 1 : -1;
  });
  return {
    ...graph,
    agents: threads.length + actions.length,
    agentOf,
    dutyOf: Uint8Array.from(labels, (label) => dutyOf(label, locks)),
  };
}
