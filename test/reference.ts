/** The plain reference search: a Map, immer, and nothing clever. The explorer must agree with it in everything. */
import { type Instance, initialStates, type Plain, pointOf, type Suite, transitionsOf, viewOf } from '#notation';

/** What a search found: distinct states, fired transitions, states on the longest shortest path, steps to each violation. */
export interface Reference {
  states: number;
  transitions: number;
  depth: number;
  violated: Record<string, number>;
  reached: string[];
}

/** Explores an instance exhaustively; throws beyond `limit` states, and always where tests are to find faults without it. */
export function reference(
  instance: Instance,
  claims?: Pick<Suite, 'invariants' | 'reachable'>,
  limit = 50_000,
): Reference {
  if (process.env.MMUCHECK_NO_REFERENCE === '1') throw new Error('the reference search is switched off');
  const violated: Record<string, number> = {};
  const reached = new Set<string>();
  const seen = new Map<string, { state: Plain; depth: number; canStep: boolean; after: Plain[] }>();
  const queue: string[] = [];
  let transitions = 0;
  const visit = (state: Plain, depth: number): void => {
    const key = JSON.stringify(state);
    if (seen.has(key)) return;
    if (seen.size >= limit) throw new Error(`more than ${limit} states`);
    seen.set(key, { state, depth, canStep: false, after: [] });
    queue.push(key);
  };
  for (const { state } of initialStates(instance)) visit(state, 1);
  for (const key of queue) {
    const entry = seen.get(key) as NonNullable<ReturnType<typeof seen.get>>;
    const view = viewOf(instance, entry.state) as never;
    for (const [name, holds] of Object.entries(claims?.invariants ?? {}))
      if (!holds(view)) violated[name] ??= entry.depth - 1;
    for (const [name, met] of Object.entries(claims?.reachable ?? {}))
      if (!reached.has(name) && met(view)) reached.add(name);
    for (const { transition, applied } of transitionsOf(instance, entry.state)) {
      transitions++;
      if (applied.kind === 'failed') violated[applied.failure] ??= entry.depth;
      if (transition.thread >= 0) entry.canStep = true;
      if (applied.kind !== 'next') continue;
      if (applied.warning !== undefined) violated.WARN_ON_ONCE ??= entry.depth;
      entry.after.push(applied.state);
      visit(applied.state, entry.depth + 1);
    }
  }
  const stuck = queue.find((key) => midFunction(instance, seen.get(key)?.state as Plain) && !threadCanStep(key, seen));
  if (stuck !== undefined) violated.deadlock = (seen.get(stuck)?.depth as number) - 1;
  const depth = Math.max(...[...seen.values()].map((entry) => entry.depth));
  return { states: seen.size, transitions, depth, violated, reached: [...reached] };
}

function midFunction(instance: Instance, state: Plain): boolean {
  return instance.threads.some((thread) => ![0, thread.program.end].includes(pointOf(thread, state)));
}

/** Whether some thread can take a step, even one that fails, now or after any sequence of hardware actions. */
function threadCanStep(from: string, seen: Map<string, { canStep: boolean; after: Plain[] }>): boolean {
  const keys = new Set([from]);
  for (const key of keys) {
    const entry = seen.get(key);
    if (entry?.canStep) return true;
    for (const state of entry?.after ?? []) keys.add(JSON.stringify(state));
  }
  return false;
}
