/** The graph of a variant as text, in the thread that searches it. */
import { executed, pathTo, type Progress, search, type Searched, type Trace } from '#explorer';
import { instantiate, type Suite } from '#notation';
import { type Automaton, automatonOf, dot, exitCodes, rv, stateGraphOf } from '#report';
import type { GraphJob } from './drawings.ts';
import { Failure, isSentence, usage } from './failure.ts';
import { nameOf } from './work.ts';

/**
 * Searches all states and draws them, or what steps do to one object.
 * @throws Failure when a limit ends the search, the claim is not violated, or the graph is too large to be of use.
 */
export function graphText(suite: Suite, job: GraphJob, onProgress: (progress: Progress) => void): string {
  const { claim, nodes, object } = job.graph;
  const searched = search(instantiate(suite.model, job.variant, job.bounds), suite, job.limits, { onProgress });
  if (searched.stopped) {
    const why = `the limit on ${searched.stopped} ended the search at ${searched.states} states`;
    throw new Failure(
      exitCodes.incomplete,
      `${nameOf(job)}: ${why}, and a graph needs all of them; raise it, or lower a bound`,
    );
  }
  if (object !== undefined) return rv(automaton(searched, object));
  return dot(stateGraphOf(searched, traceOf(searched, suite, claim, nameOf(job)), nodes));
}

/** @throws Failure when it is too large to be of use. */
function automaton(searched: Searched, object: string): Automaton {
  try {
    return automatonOf(searched, object);
  } catch (error) {
    if (isSentence(error)) throw usage(`--rv ${object}: ${error.message}`, error);
    throw error;
  }
}

/** The trace of a claim, or the shortest of any; undefined where nothing is violated. */
function traceOf(searched: Searched, suite: Suite, claim: string | undefined, name: string): Trace | undefined {
  const { violations, machine } = searched;
  const [shortest] = [...violations].toSorted(([, a], [, b]) => a.length - b.length);
  const chosen = claim ?? shortest?.[0];
  const found = chosen === undefined ? undefined : violations.get(chosen);
  if (claim !== undefined && found === undefined)
    throw new Failure(
      exitCodes.unmet,
      `${name}: ${claim} is not violated; leave it out to draw the states around the start`,
    );
  if (chosen === undefined || found === undefined) return undefined;
  const { initial, steps } = pathTo(searched, found, chosen);
  return executed(machine.instance, initial, steps, suite.invariants[chosen]);
}
