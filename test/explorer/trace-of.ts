/** The trace to what a search found, executed again on immutable states. */
import { executed, pathTo, type Searched, type Trace } from '#explorer';
import type { Suite } from '#notation';

/** @throws Error when the search did not find it, or when its trace does not show it. */
export function traceOf(searched: Searched, name: string, claims?: Pick<Suite, 'invariants'>): Trace {
  const found = searched.violations.get(name);
  if (found === undefined)
    throw new Error(`${name} was not found; ${[...searched.violations.keys()].join(', ') || 'nothing'} was`);
  const { initial, steps } = pathTo(searched, found, name);
  const trace = executed(searched.machine.instance, initial, steps, claims?.invariants[name]);
  const shown = found.inStep ? name === 'WARN_ON_ONCE' || trace.failure !== undefined : trace.violates !== false;
  if (!shown) throw new Error(`the trace to ${name} does not show it`);
  return trace;
}
