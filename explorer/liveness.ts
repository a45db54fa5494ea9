/** What a suite claims of whole executions, decided on the graph of a finished search. */
import { describe, type ExecutionClaim, executionClaims, running, StepFailure, type Suite } from '#notation';
import { fairGraphOf, type LockFairness } from './fairness.ts';
import { fairLasso, type Lasso } from './fair-lasso.ts';
import { type Graph, graphBytes, graphOf, type Label } from './graph.ts';
import type { Machine } from './machine.ts';
import { defaultMemory, type Limits, type Searched, type Stopped } from './search.ts';
import { type NamedPath, pathAlong, pathTo } from './trace.ts';
import { kindOf } from './transition-kind.ts';
import { noParent } from './visited.ts';

/** A named path that goes round for ever from a step on, counted from 0; that comes to rest where it is the number of steps. */
export interface NamedLasso extends NamedPath {
  readonly loopFrom: number;
}

/** What became of a claim on executions; of each member's where it is one for every member of a set. */
export interface ExecutionVerdict {
  readonly name: string;
  readonly outcome: 'holds' | 'violated' | 'vacuous' | 'incomplete';
  /** A fair execution that violates it, and for which member. */
  readonly lasso: NamedLasso | undefined;
  readonly member: number | undefined;
}

/** What became of all of them. */
export interface Liveness {
  readonly locks: LockFairness;
  readonly verdicts: readonly ExecutionVerdict[];
  /** The limit that kept the graph from being built. */
  readonly stopped: Stopped | undefined;
  /** Where a predicate threw: the path to that state, and what it said. */
  readonly threw: { readonly path: NamedPath; readonly message: string } | undefined;
}

/** Bytes for each state that deciding a claim takes beside the graph. */
const bytesPerState = 60;

/**
 * Decides the claims on executions of a suite. None is decided of a search that stopped early, or when their graph takes more memory than
 * the limits allow; those are not that are left when the time is over.
 */
export function decideLiveness(searched: Searched, suite: Suite, limits: Limits, locks: LockFairness): Liveness {
  const { instance } = searched.machine;
  const claims = executionClaims(suite, instance.bounds);
  const result = { locks, stopped: undefined, threw: undefined };
  if (claims.length === 0) return { ...result, verdicts: [] };
  const undecided = claims.map(({ name, member }) => ({
    name,
    member,
    outcome: 'incomplete' as const,
    lasso: undefined,
  }));
  if (searched.stopped) return { ...result, verdicts: undecided };
  const bytes = graphBytes(searched) + (bytesPerState + 2 * claims.length) * searched.states;
  if (searched.visited.bytes + bytes > (limits.memory ?? defaultMemory))
    return { ...result, verdicts: undecided, stopped: 'memory' };

  const end = performance.now() + 1000 * ((limits.seconds ?? Number.POSITIVE_INFINITY) - searched.seconds);
  const late = (): boolean => performance.now() > end;
  const graphAndRows = looked(searched, claims, late);
  if (graphAndRows === undefined) return { ...result, verdicts: undecided, stopped: 'seconds' };
  const { graph, rows, threw } = graphAndRows;
  if (threw) return { ...result, verdicts: undecided, threw };
  const fair = fairGraphOf(graph, instance, locks);
  const starts = startsOf(searched);
  const verdicts = claims.map(({ name, member }, i): ExecutionVerdict => {
    if (late()) return undecided[i] as ExecutionVerdict;
    const { begins, stays } = rows[i] as Rows;
    const lasso = fairLasso(fair, starts, begins, stays);
    if (lasso) return { name, member, outcome: 'violated', lasso: named(searched, graph, lasso) };
    return { name, member, outcome: begins.includes(1) ? 'holds' : 'vacuous', lasso: undefined };
  });
  return {
    ...result,
    verdicts,
    stopped: verdicts.some(({ outcome }) => outcome === 'incomplete') ? 'seconds' : undefined,
  };
}

/** Of a claim, by state: whether it makes something owed there, and whether what is owed is still not so. */
interface Rows {
  readonly begins: Uint8Array;
  readonly stays: Uint8Array;
}

/** Thrown to leave the graph unfinished. */
const outOfTime = new Error('[explorer bug] the time is over and nobody noticed');

/** Builds the graph, and looks at each claim in every state on the way; undefined when it is late before that is done. */
function looked(
  searched: Searched,
  claims: readonly ExecutionClaim[],
  late: () => boolean,
): { graph: Graph; rows: readonly Rows[]; threw: Liveness['threw'] } | undefined {
  const { states, visited } = searched;
  const rows = claims.map((): Rows => ({ begins: new Uint8Array(states), stays: new Uint8Array(states) }));
  let threw: { state: number; message: string } | undefined;
  const look = (machine: Machine, state: number): void => {
    if (late()) throw outOfTime;
    running.thread = -1;
    let at = 0;
    try {
      for (; at < claims.length; at++) {
        const { given, wanted } = claims[at] as ExecutionClaim;
        const { begins, stays } = rows[at] as Rows;
        begins[state] = Number(given ? value(given, machine) : visited.parents[state] === noParent);
        stays[state] = Number(!value(wanted, machine));
        if (machine.changed()) throw new StepFailure('throws', 'wrote to the state; a claim only reads');
      }
    } catch (error) {
      const what = error instanceof StepFailure ? error.message : `threw ${describe(error)}`;
      threw ??= { state, message: `claim ${(claims[at] as ExecutionClaim).name} ${what}` };
      machine.changed();
    }
  };
  let graph: Graph;
  try {
    graph = graphOf(searched, look);
  } catch (error) {
    if (error === outOfTime) return undefined;
    throw error;
  }
  return {
    graph,
    rows,
    threw: threw && { path: pathTo(searched, { index: threw.state, inStep: false }, 'throws'), message: threw.message },
  };
}

/** The initial states. */
function startsOf({ visited: { parents }, states }: Searched): number[] {
  const starts: number[] = [];
  for (let state = 0; state < states && parents[state] === noParent; state++) starts.push(state);
  return starts;
}

/** A lasso's steps by name. */
function named(searched: Searched, graph: Graph, { start, places, loopFrom }: Lasso): NamedLasso {
  const { bounds } = searched.machine.instance;
  const path = [start, ...places.map((at) => graph.to[at] as number)];
  const steps = pathAlong(searched, path, places.length, ({ thread, edge, choices }, at) => {
    const label = graph.labels[graph.label[places[at] as number] as number] as Label;
    if (thread !== label.thread || edge !== label.edge) return false;
    return kindOf(edge, thread < 0, bounds, choices) === label.members;
  });
  return { ...steps, loopFrom };
}

function value(predicate: (state: never) => boolean, { root }: Machine): boolean {
  const found: unknown = predicate(root as never);
  if (typeof found === 'boolean') return found;
  throw new StepFailure('throws', `returned ${String(found)}; a claim returns true or false`);
}
