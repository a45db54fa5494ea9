/**
 * Search of exactly the executions with at most so many context switches: all those without any, then all those with one, and so on. The
 * hardware counts as one thread, as in a trace.
 *
 * What matters of an execution is its last state and who took the last step: such a pair is a node. Nodes are taken in the order of the
 * fewest switches, then the fewest steps, that lead to them, so that a violation is found with the fewest switches that show it, and in
 * the fewest steps with those.
 */
import { describe, type Instance, running, StepFailure, type Suite } from '#notation';
import { stuckness } from './deadlock.ts';
import { kindsIn } from './graph.ts';
import { machineOf } from './machine.ts';
import { openClaims } from './open-claims.ts';
import { defaultMemory, type Found, type Limits, type Progress, type Searched, type Stopped } from './search.ts';
import { type NamedPath, pathAlong } from './trace.ts';
import { type Batch, batchOf, batchSize, noParent, Visited } from './visited.ts';

/** What a search within a number of switches found. */
export interface WithinSwitches extends Searched {
  /** Distinct states that executions with at most 0, 1, … switches reach, for each number for which all of them were looked at. */
  readonly levels: readonly number[];
  /** The execution that shows each violation: with the fewest switches, and the shortest of those. */
  paths(): ReadonlyMap<string, NamedPath>;
}

/** The most switches that can be asked for: a node keeps them in a byte. */
export const mostSwitches = 254;

/** Bytes of a node: switches and steps that lead to it, where it comes from, whether its thread's steps were taken, and a place in the queue. */
const bytesOfNode = 18;
/** How many nodes are expanded between two looks at the clock. */
const nodesBetweenLooks = 512;

/** Where something was found: a node, and the agent whose step fails there. */
interface At {
  readonly node: number;
  readonly agent: number | undefined;
  readonly switches: number;
}

/**
 * Searches an instance within `limits.switches`, which must be there; the other parameters are those of `search`. There is no symmetry,
 * since it gives threads other numbers, and no limit on depth.
 */
export function searchWithinSwitches(
  instance: Instance,
  claims: Pick<Suite, 'invariants' | 'reachable'>,
  limits: Limits & { readonly switches: number },
  onProgress?: (progress: Progress) => void,
  checked = false,
): WithinSwitches {
  const started = performance.now();
  const { switches: most, memory = defaultMemory } = limits;
  /** An agent is a thread's number and 1; 0 is the hardware. */
  const agents = instance.threads.length + 1;
  const kinds = kindsIn(instance);
  const violations = new Map<string, Found>();
  const places = new Map<string, At>();
  const reached = new Set<string>();
  const candidates: number[] = [];
  const levels: number[] = [];
  let stopped: Stopped | undefined;
  let transitions = 0;
  let depth = 1;
  let looked = 0;

  // The node that is expanded, and what may be done from it.
  let node = 0;
  let state = 0;
  let switches = 0;
  let steps = 0;
  const within = (agent: number): boolean => switches + (agent === node % agents ? 0 : 1) <= most;

  const machine = machineOf(
    instance,
    {
      flush,
      failed(error) {
        const failure = error instanceof StepFailure ? error : new StepFailure('throws', `threw ${describe(error)}`);
        foundInStep(failure.failure, failure.message);
      },
      warned: (message) => foundInStep('WARN_ON_ONCE', message),
      folded(elements) {
        const agent = running.thread + 1;
        if (!within(agent) || taken[state * agents + agent] === 1) return;
        const first = firstElementOf(agent);
        for (const inner of elements) (machine.fired[first + inner] as number)++;
      },
    },
    checked,
    kinds.numbers,
  );
  const { words: width } = machine.layout;
  const visited = new Visited(width, memory);
  let room = 0;
  /** Of each node: the switches that lead to it and 1, or 0; the steps; the node before; 1 when its agent's steps were taken, 2 when left out. */
  let levelOf = new Uint8Array(0);
  let stepsTo = new Uint32Array(0);
  let before = new Int32Array(0);
  let taken = new Uint8Array(0);
  let seen = new Uint8Array(0);
  /** Nodes by switches, then by steps. */
  const queue: number[][][] = [[[]]];

  const open = openClaims(claims, machine.root, (decision) => {
    if (decision.kind === 'reached') reached.add(decision.name);
    else if (decision.kind === 'violated') found(decision.name);
    else found('throws', decision.message);
  });

  function found(name: string, message?: string, agent?: number): void {
    const at = { node, agent, switches: switches + (agent === undefined || agent === node % agents ? 0 : 1) };
    const length = steps + (agent === undefined ? 0 : 1);
    const best = places.get(name);
    if (best && rank(best.switches, (violations.get(name) as Found).length) <= rank(at.switches, length)) return;
    violations.set(name, { index: state, inStep: agent !== undefined, length, message });
    places.set(name, at);
  }
  function foundInStep(name: string, message: string): void {
    const agent = running.thread + 1;
    if (within(agent)) found(name, message, agent);
  }
  function firstElementOf(agent: number): number {
    return machine.elements.findIndex(({ row }) => row === instance.threads[agent - 1]?.row);
  }

  const allowed = batchOf(width);
  const allowedBy = new Int32Array(batchSize);
  const words = new Int32Array(width);
  /** Takes the successors of the node that is expanded. */
  function flush(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      const number = batch.parents[i] as number;
      const what = number < 0 ? ~number : number;
      const agent = what % agents;
      const mark = state * agents + agent;
      if (!within(agent)) {
        if (taken[mark] === 0) taken[mark] = 2;
        continue;
      }
      if (taken[mark] !== 1) {
        transitions++;
        const { edge } = kinds.list[Math.floor(what / agents)] as { edge: Parameters<typeof elementOf>[0] };
        if (number >= 0) (machine.fired[elementOf(edge, agent)] as number)++;
      }
      if (number < 0) continue;
      for (let word = 0; word < width; word++)
        allowed.words[allowed.length * width + word] = batch.words[i * width + word] as number;
      allowed.parents[allowed.length] = state;
      allowedBy[allowed.length++] = agent;
    }
    batch.length = 0;
    const count = allowed.length;
    if (!visited.insert(allowed) || !makeRoom()) {
      stopped ??= 'memory';
      allowed.length = 0;
      return;
    }
    for (let i = 0; i < count; i++) {
      for (let word = 0; word < width; word++) words[word] = allowed.words[i * width + word] as number;
      const agent = allowedBy[i] as number;
      offer(visited.find(words) * agents + agent, switches + (agent === node % agents ? 0 : 1), steps + 1, node);
    }
  }
  function elementOf(edge: (typeof kinds.list)[number]['edge'], agent: number): number {
    if (agent === 0) return machine.elements.length - instance.actions.length + instance.actions.indexOf(edge);
    return edge.element < 0 ? machine.elements.length : firstElementOf(agent) + edge.element;
  }
  function offer(to: number, level: number, length: number, from: number): void {
    const best = levelOf[to] as number;
    if (best !== 0 && rank(best - 1, stepsTo[to] as number) <= rank(level, length)) return;
    levelOf[to] = level + 1;
    stepsTo[to] = length;
    before[to] = from;
    queue[level] ??= [];
    const ofLevel = queue[level] as number[][];
    ofLevel[length] ??= [];
    (ofLevel[length] as number[]).push(to);
  }
  /** Room for the nodes of all states; false when there is none. */
  function makeRoom(): boolean {
    if (visited.count <= room) return true;
    const wanted = Math.max(1024, visited.count * 2);
    if (visited.bytes + wanted * agents * bytesOfNode > memory) return false;
    room = wanted;
    levelOf = grown(levelOf, new Uint8Array(room * agents));
    stepsTo = grown(stepsTo, new Uint32Array(room * agents));
    before = grown(before, new Int32Array(room * agents));
    taken = grown(taken, new Uint8Array(room * agents));
    seen = grown(seen, new Uint8Array(room));
    return true;
  }
  function look(): void {
    seen[state] = 1;
    looked++;
    depth = Math.max(depth, steps + 1);
    open.look();
    if (machine.changed()) found('throws', 'a claim wrote to the state; a claim only reads');
  }

  const starts = batchOf(width);
  for (const initial of instance.initial.length > 0 ? instance.initial : [() => {}]) {
    starts.words.set(machine.pack(initial), starts.length * width);
    starts.parents[starts.length++] = noParent;
  }
  if (!visited.insert(starts) || !makeRoom()) stopped = 'memory';
  else for (let at = 0; at < visited.count * agents; at++) offer(at, 0, 0, noParent);

  const seconds = (): number => (performance.now() - started) / 1000;
  let expanded = 0;
  for (let level = 0; level <= most && !stopped; level++) {
    const ofLevel = queue[level] ?? [];
    for (let length = 0; length < ofLevel.length && !stopped; length++) {
      for (const each of ofLevel[length] ?? []) {
        if (levelOf[each] !== level + 1 || stepsTo[each] !== length) continue;
        [node, state, switches, steps] = [each, Math.floor(each / agents), level, length];
        if (expanded++ % nodesBetweenLooks === 0) {
          if (limits.seconds !== undefined && seconds() > limits.seconds) stopped = 'seconds';
          if (limits.states !== undefined && visited.count > limits.states) stopped ??= 'states';
          const frontier = visited.count - looked;
          onProgress?.({ states: visited.count, transitions, depth, frontier, seconds: seconds() });
        }
        if (stopped) break;
        machine.load(visited.arena, state);
        const first = seen[state] === 0;
        if (first) look();
        if (machine.expand() === 0 && first && machine.midFunction()) candidates.push(node);
        machine.flush();
        for (let agent = 0; agent < agents; agent++) if (within(agent)) taken[state * agents + agent] = 1;
      }
      ofLevel[length] = [];
    }
    if (!stopped) levels.push(looked);
    if (queue[level + 1] === undefined) break;
  }
  // As in a search without this limit: what was found and not expanded is looked at all the same, as long as that is quick.
  if (stopped === 'states' || stopped === 'memory') {
    for (state = 0; state < visited.count; state++) {
      const best = bestNodeOf(state);
      if (seen[state] === 1 || best === undefined) continue;
      [node, switches, steps] = [best, (levelOf[best] as number) - 1, stepsTo[best] as number];
      machine.load(visited.arena, state);
      look();
    }
  }
  function bestNodeOf(of: number): number | undefined {
    const all = Array.from({ length: agents }, (_, agent) => of * agents + agent).filter((each) => levelOf[each]);
    const far = (each: number): number => rank(levelOf[each] as number, stepsTo[each] as number);
    return all.toSorted((a, b) => far(a) - far(b))[0];
  }
  const isStuck = stuckness(machine);
  const stuck = candidates.find((each) => isStuck(visited.arena, Math.floor(each / agents)));
  if (stuck !== undefined) {
    [node, state, switches, steps] = [
      stuck,
      Math.floor(stuck / agents),
      (levelOf[stuck] as number) - 1,
      stepsTo[stuck] as number,
    ];
    found('deadlock');
  }
  if (taken.includes(2)) stopped ??= 'switches';

  const searched: Searched = {
    machine,
    visited,
    symmetry: undefined,
    states: visited.count,
    transitions,
    depth,
    seconds: seconds(),
    expanded: [visited.count],
    stopped,
    violations,
    reached,
    vacuous: open.vacuous(),
  };
  function pathTo(name: string): NamedPath {
    const { node: last, agent } = places.get(name) as At;
    const path: number[] = [];
    const by: number[] = [];
    for (let at = last; at !== noParent; at = before[at] as number) {
      path.unshift(Math.floor(at / agents));
      by.unshift(at % agents);
    }
    const takers = agent === undefined ? by.slice(1) : [...by.slice(1), agent];
    return pathAlong(searched, path, takers.length, ({ thread, error, warning }, at) => {
      if (thread + 1 !== takers[at]) return false;
      if (at + 1 < path.length) return true;
      if (name === 'WARN_ON_ONCE') return warning !== undefined;
      return error !== undefined && (error instanceof StepFailure ? error.failure : 'throws') === name;
    });
  }
  return {
    ...searched,
    levels,
    paths: () => new Map([...violations.keys()].map((name) => [name, pathTo(name)])),
  };
}

/** Fewer switches come first, then fewer steps. */
function rank(switches: number, steps: number): number {
  return switches * 2 ** 32 + steps;
}

function grown<Row extends Uint8Array | Uint32Array | Int32Array>(old: Row, made: Row): Row {
  made.set(old);
  return made;
}
