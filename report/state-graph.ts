/** The states of a search and the steps between them, as something to draw: all of them, or those around what matters. */
import { type Graph, graphOf, hardware, noParent, type Searched, type Trace } from '#explorer';
import { type Instance, leavesOf, type LeafPart, type Plain, valueIn, zeroState } from '#notation';
import { nextOf } from './points.ts';
import { callOf } from './replay-line.ts';

/** A state. */
export interface GraphNode {
  /** Its number, in the order in which the search found it. */
  readonly id: number;
  /** What is not as in the zero state: `spte[0].writable = true`, `vcpu0 at set_spte`. */
  readonly lines: readonly string[];
  readonly initial: boolean;
  /** Steps from an initial state. */
  readonly level: number;
  readonly onTrace: boolean;
  /** Whether it leads to states that are left out. */
  readonly cut: boolean;
}

/** A step between two states. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  readonly thread: string;
  /** `vcpu0.set_spte()`. */
  readonly label: string;
  readonly onTrace: boolean;
}

/** States and steps. */
export interface StateGraph {
  readonly name: string;
  /** How many states there are, the ones that are left out included. */
  readonly all: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/**
 * The graph of a search that looked at every state. Of a larger one than `most`, the states of the trace and those nearest to it,
 * going forwards and backwards; without a trace, those nearest to where runs start.
 * @param most nodes that the graph may have; a trace is never cut.
 */
export function stateGraphOf(searched: Searched, trace: Trace | undefined, most: number): StateGraph {
  const { machine, visited, states } = searched;
  const { instance } = machine;
  const path = trace?.states.map((state) => visited.find(machine.packPlain(state))) ?? [];
  const starts = Array.from({ length: states }, (_, at) => at).filter((at) => visited.parents[at] === noParent);
  const levels = levelsOf(searched);
  const successors = (at: number) => {
    machine.load(visited.arena, at);
    return machine
      .successors()
      .flatMap(({ words, thread, edge, choices }) =>
        words === undefined ? [] : [{ to: visited.find(words), thread, step: edge.label, args: choices }],
      );
  };
  const chosen =
    states <= most
      ? new Set(Array.from({ length: states }, (_, at) => at))
      : nearest(path.length > 0 ? path : starts, neighboursOf(graphOf(searched)), Math.max(most, path.length));
  const onPath = (from: number, to: number) => path.some((at, i) => at === from && path[i + 1] === to);
  const zero = zeroState(instance);
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  for (const at of [...chosen].toSorted((a, b) => a - b)) {
    const next = successors(at);
    for (const { to, thread, step, args } of next) {
      if (!chosen.has(to)) continue;
      const who = instance.threads[thread]?.path ?? hardware;
      const label = `${who === hardware ? '' : `${who}.`}${callOf({ step, args })}`;
      edges.push({ from: at, to, thread: who, label, onTrace: onPath(at, to) });
    }
    machine.load(visited.arena, at);
    nodes.push({
      id: at,
      lines: linesOf(instance, machine.plain(), zero),
      initial: visited.parents[at] === noParent,
      level: levels[at] as number,
      onTrace: path.includes(at),
      cut: next.some(({ to }) => !chosen.has(to)),
    });
  }
  return { name: instance.name, all: states, nodes, edges };
}

/** The distance of each state from the start; a search finds parents before children. */
function levelsOf({ visited, states }: Searched): Int32Array {
  const levels = new Int32Array(states);
  for (let at = 0; at < states; at++) {
    const parent = visited.parents[at] as number;
    levels[at] = parent === noParent ? 0 : (levels[parent] as number) + 1;
  }
  return levels;
}

/** For each state, those one step away, forwards or backwards. */
function neighboursOf({ states, first, to }: Graph): number[][] {
  const neighbours: number[][] = Array.from({ length: states }, () => []);
  for (let at = 0; at < states; at++) {
    for (const next of to.subarray(first[at], first[at + 1])) {
      neighbours[at]?.push(next);
      neighbours[next]?.push(at);
    }
  }
  return neighbours;
}

function nearest(centre: readonly number[], neighbours: readonly number[][], most: number): Set<number> {
  const chosen = new Set(centre);
  for (const at of chosen) {
    for (const next of neighbours[at] ?? []) {
      if (chosen.size >= most) return chosen;
      chosen.add(next);
    }
  }
  return chosen;
}

function linesOf(instance: Instance, state: Plain, zero: Plain): string[] {
  const lockOf = new Map(
    Object.values(instance.root.fields).flatMap((part) => (part.kind === 'lock' ? [[part.owner, part.path]] : [])),
  );
  const told = (leaf: LeafPart): string => {
    const value = valueIn(instance, state, leaf);
    const thread = leaf.type === 'point' ? instance.threads.find(({ point }) => point === leaf) : undefined;
    if (thread) return `${thread.path} at ${nextOf(thread, value as number)}`;
    const lock = lockOf.get(leaf);
    if (lock !== undefined) return `${lock} = ${instance.threads[(value as number) - 1]?.path}`;
    return `${leaf.path} = ${leaf.type === 'pointer' && value === -1 ? 'NULL' : value}`;
  };
  return [...leavesOf(instance.root)]
    .filter((leaf) => valueIn(instance, state, leaf) !== valueIn(instance, zero, leaf))
    .map(told);
}
