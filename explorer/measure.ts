/**
 * A measure of one variant: the largest number of steps, or of elements read, in one stretch of any execution. It is the longest path
 * through the part of the state graph that the stretch is, so that no execution is left out and nothing is estimated.
 */
import { describe, idle, type Instance, instantiate, leavesOf, type Measure, running, type Suite } from '#notation';
import type { CheckOptions } from './check.ts';
import { countOf, elementOf, isCounted, threadIn } from './count.ts';
import { type Graph, graphOf } from './graph.ts';
import { type LongestPaths, longestPaths } from './longest-path.ts';
import { type Searched, type Stopped, search } from './search.ts';
import { sealed, soleDependence } from './sealed.ts';
import { hardware, type NamedPath, type NamedStep, pathTo } from './trace.ts';

/** What a measure of a variant came to, as plain data that a worker can send. */
export interface Measured {
  readonly variant: string;
  readonly measure: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly states: number;
  readonly transitions: number;
  /** The limit that ended the search: nothing is then said of the value. */
  readonly stopped: Stopped | undefined;
  /** The largest number; infinite where an execution can go round and count more each time; undefined when not decided. */
  readonly value: number | undefined;
  /** An execution that reaches it; of one that goes round, to there and once around. */
  readonly path: NamedPath | undefined;
}

/**
 * Measures one variant.
 * @throws Error with a sentence: an unknown measure, variant or bound, a row or step that no variant has.
 */
export function measureVariant(
  suite: Suite,
  variant: string,
  name: string,
  { bounds, limits, onProgress }: CheckOptions = {},
): Measured {
  const measure = measureNamed(suite, name);
  const instance = instantiate(suite.model, variant, bounds);
  const searched = sealed(() => search(instance, undefined, limits, { onProgress }));
  const { states, transitions, stopped } = searched;
  const told = { variant, measure: name, bounds: instance.bounds, states, transitions, stopped };
  if (stopped) return { ...told, value: undefined, path: undefined };
  const graph = graphOf(searched);
  const { value, start, places } = largest(searched, graph, measure);
  return { ...told, value, path: namedPath(searched, graph, start, places) };
}

/** A measure of a suite. @throws Error with a sentence when there is none of that name, or it counts what no variant has. */
export function measureNamed({ model, measures }: Suite, name: string): Measure<never> {
  const measure = measures[name];
  if (measure === undefined)
    throw new Error(`${model.name} has no measure ${name}; it has ${Object.keys(measures).join(', ')}`);
  const { of, steps = [], from, reads } = measure;
  const place = `${model.name}: the measure ${name}`;
  const unknown = new Set([...steps, ...(from === undefined ? [] : [from])]);
  for (const variant of Object.keys(model.variants)) {
    const { threads, root } = instantiate(model, variant);
    const row = threads.find((thread) => thread.row === of);
    if (row === undefined) throw new Error(`${place} is of ${of as string}, which is no row of threads`);
    for (const element of row.program.elements) unknown.delete(element);
    if (reads !== undefined && ![...leavesOf(root)].some(({ path }) => elementOf(reads).test(path)))
      throw new Error(`${place} counts what is read of ${reads}, which is no row of the state`);
    if (unknown.size === 0) break;
  }
  if (unknown.size > 0)
    throw new Error(`${place} counts ${[...unknown].join(', ')}, which ${of as string} does in no variant`);
  return measure;
}

interface Largest {
  readonly value: number;
  /** The state that the path starts from, and the places of its transitions. */
  readonly start: number;
  readonly places: readonly number[];
}

function largest(searched: Searched, graph: Graph, measure: Measure<never>): Largest {
  const rows = searched.machine.instance.threads.filter(({ row }) => row === measure.of);
  const weights = weightsOf(searched, graph, measure);
  const { while: holds } = measure;
  if (holds) {
    const inside = insideOf(searched, (state) => holds(state as never));
    return mostOf(graph.states, longestPaths(graph, { inside, weight: (place) => weights.counts[place] as number }));
  }
  let most: Largest = { value: 0, start: 0, places: [] };
  for (const thread of rows) {
    const inside = insideOf(searched, (state) => !idle(threadIn(state, thread)));
    const own = (place: number) => (threadOf(graph, place) === thread.number ? (weights.counts[place] as number) : 0);
    const paths = longestPaths(graph, { inside, weight: own });
    // A run begins with a step of the thread out of a state in which it is idle.
    for (let at = 0; at < graph.states; at++) {
      if (inside[at] === 1) continue;
      for (let place = graph.first[at] as number; place < (graph.first[at + 1] as number); place++) {
        if (threadOf(graph, place) !== thread.number || !weights.begins(place)) continue;
        const target = graph.to[place] as number;
        if (target < 0) continue;
        const value = (weights.counts[place] as number) + (paths.best[target] as number);
        if (value > most.value) most = { value, start: at, places: [place, ...paths.pathFrom(target)] };
      }
    }
  }
  return most;
}

function mostOf(states: number, { best, pathFrom }: LongestPaths): Largest {
  let start = 0;
  for (let at = 0; at < states; at++) if ((best[at] as number) > (best[start] as number)) start = at;
  return { value: best[start] as number, start, places: pathFrom(start) };
}

function insideOf({ machine, visited, states }: Searched, test: (state: object) => boolean): Uint8Array {
  const inside = new Uint8Array(states);
  running.thread = -1;
  try {
    for (let at = 0; at < states; at++) {
      machine.load(visited.arena, at);
      if (test(machine.root)) inside[at] = 1;
    }
  } catch (error) {
    throw new Error(`${machine.instance.name}: the while of a measure failed: ${describe(error)}`, { cause: error });
  }
  return inside;
}

/** Whether each transition of the threads counts as one, whatever it is. */
function countsEveryStep({ threads }: Instance, { of, from, steps, reads }: Measure<never>): boolean {
  if (from !== undefined || steps !== undefined || reads !== undefined) return false;
  const edges = threads.filter(({ row }) => row === of).flatMap(({ program }) => program.points.flat());
  return edges.every(({ operation }) => operation.kind !== 'fold');
}

interface Weights {
  /** What each transition counts, by its place. */
  readonly counts: Uint16Array;
  /** Whether a run that begins with the transition is measured. */
  begins(place: number): boolean;
}

function weightsOf({ machine, visited }: Searched, graph: Graph, measure: Measure<never>): Weights {
  const { instance } = machine;
  const { states, first, to } = graph;
  if (countsEveryStep(instance, measure)) {
    const own = new Set(instance.threads.filter(({ row }) => row === measure.of).map(({ number }) => number));
    return { counts: Uint16Array.from(to, (_, place) => Number(own.has(threadOf(graph, place)))), begins: () => true };
  }
  const counts = new Uint16Array(to.length);
  const beginning = new Uint8Array(to.length);
  for (let at = 0; at < states; at++) {
    machine.load(visited.arena, at);
    let place = first[at] as number;
    for (const { thread: number, edge, choices, words } of machine.successors()) {
      if (words !== undefined && instance.threads[number]?.row === measure.of) {
        if (measure.from === undefined || edge.label === measure.from) beginning[place] = 1;
        if (measure.reads === undefined && edge.operation.kind !== 'fold')
          counts[place] = Number(isCounted(measure, edge.label));
        else {
          machine.load(visited.arena, at);
          counts[place] = countOf(instance, measure, machine.plain(), { thread: number, edge, choices });
        }
      }
      place++;
    }
    if (place !== first[at + 1])
      throw new Error(`${instance.name}: a state has other transitions than before; ${soleDependence}`);
  }
  return { counts, begins: (place) => beginning[place] === 1 };
}

/** Who takes the transition at a place of a graph. */
function threadOf({ label, labels }: Graph, place: number): number {
  return labels[label[place] as number]?.thread as number;
}

/** From an initial state to the beginning of a path, and along it. */
function namedPath(searched: Searched, graph: Graph, start: number, places: readonly number[]): NamedPath {
  const { machine, visited } = searched;
  const { initial, steps } = pathTo(searched, { index: start, inStep: false }, '');
  const along: NamedStep[] = [];
  let at = start;
  for (const place of places) {
    machine.load(visited.arena, at);
    const taken = machine.successors()[place - (graph.first[at] as number)];
    if (taken === undefined)
      throw new Error(`[explorer bug] ${machine.instance.name}: a path takes a transition that is not there`);
    const { thread, edge, choices } = taken;
    along.push({ thread: machine.instance.threads[thread]?.path ?? hardware, step: edge.label, args: choices });
    at = graph.to[place] as number;
  }
  return { initial, steps: [...steps, ...along] };
}
