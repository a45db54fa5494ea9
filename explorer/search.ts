/** Breadth-first search of every reachable state of one instance, with the claims evaluated on each. */
import type { Instance, Suite } from '#notation';
import { stuckness } from './deadlock.ts';
import type { Listener } from './expansion.ts';
import { failureOf, type Machine, machineOf } from './machine.ts';
import { openClaims } from './open-claims.ts';
import { unsealed } from './sealed.ts';
import type { Checkpoints, Snapshot } from './snapshot.ts';
import { Frontier } from './frontier.ts';
import { type Symmetry, symmetryOf } from './symmetry.ts';
import { type Crew, gather, type Helped, type Team } from './team.ts';
import { noParent, Visited } from './visited.ts';

/** Where a search stops without having looked at everything. All are optional. */
export interface Limits {
  /** Distinct states. */
  readonly states?: number;
  /** Steps from an initial state. */
  readonly depth?: number;
  /** Wall-clock seconds. */
  readonly seconds?: number;
  /** Bytes for the states found: arena, parents and seen-set. */
  readonly memory?: number | undefined;
}

/** Which limit ended a search early; or which store may have hidden a state, of a search that came to its end. */
export type Stopped = 'states' | 'depth' | 'switches' | 'seconds' | 'memory' | 'fingerprint' | 'bitstate';

/** Where something was first found false: in a state, or in a step out of it. */
export interface Found {
  /** Index of the state in the arena. */
  readonly index: number;
  /** Whether it is a step out of that state that fails, and not the state. */
  readonly inStep: boolean;
  /** Steps of the trace that shows it. */
  readonly length: number;
  /** What the step or the claim said, when it threw. */
  readonly message: string | undefined;
}

/** What a search found, with its states as they are stored. */
export interface SearchedIn<Store> {
  readonly machine: Machine;
  readonly visited: Store;
  /** Undefined when states were stored as they came. */
  readonly symmetry: Symmetry | undefined;
  readonly states: number;
  readonly transitions: number;
  /** States on the longest shortest path. */
  readonly depth: number;
  readonly seconds: number;
  /** Undefined when every reachable state was looked at. */
  readonly stopped: Stopped | undefined;
  /** The first violation of each claim and reserved word, in breadth-first order: none is shorter. */
  readonly violations: ReadonlyMap<string, Found>;
  readonly reached: ReadonlySet<string>;
  /** Claims that met an `implies` whose antecedent was never true. */
  readonly vacuous: ReadonlySet<string>;
  /** States that each thread expanded. */
  readonly expanded: readonly number[];
}

/** What a search found, with all states whole. */
export type Searched = SearchedIn<Visited>;

/** What a search found whose states are stored whole, or are not. */
export type SearchedAnyhow = SearchedIn<Visited | Frontier>;

/** What is told while a search runs. */
export interface Progress {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  /** States found and not yet expanded. */
  readonly frontier: number;
  readonly seconds: number;
}

/** Memory for states when nothing else is said: three quarters of what was free in the beginning. */
export const defaultMemory = 0.75 * process.availableMemory();

/** The clock is looked at after so many expansions, and after each batch of successors. */
const statesBetweenLooks = 512;
/** As powers of two: a limit on states is looked at after each 128th part of all expansions, after at most so many. */
const partOfAll = 7;
const mostBetweenLimits = 15;

type Claims = Pick<Suite, 'invariants' | 'reachable'>;

/** How a search is run, and who is told. */
export interface SearchOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Whether every use of a row is checked, which is several times slower. */
  readonly checked?: boolean;
  /** Whether states that differ only in the numbering of the members of symmetric sets count as one. */
  readonly symmetric?: boolean;
  /** Where to begin, and who is told of the boundary of each level. */
  readonly checkpoints?: Checkpoints | undefined;
  /** Threads that help, once there are states enough for it; what is found is the same. */
  readonly crew?: Crew | undefined;
}

/**
 * Searches an instance.
 * @throws Error when an initial state is out of range or a state cannot be packed, or a helper is lost.
 */
export function search(
  instance: Instance,
  claims: Claims = { invariants: {}, reachable: {} },
  limits: Limits = {},
  options: SearchOptions = {},
): Searched {
  return explore(instance, claims, limits, options, (...store) => new Visited(...store));
}

/**
 * Searches an instance in less memory: a state is kept whole only until it is expanded, and another may be taken for it.
 * @throws as `search` does.
 */
export function searchFrontier(
  instance: Instance,
  store: Frontier['kind'],
  claims: Claims = { invariants: {}, reachable: {} },
  limits: Limits = {},
  { fpSeed, ...options }: Omit<SearchOptions, 'checkpoints' | 'crew'> & { readonly fpSeed?: number | undefined } = {},
): SearchedIn<Frontier> {
  return explore(instance, claims, limits, options, (...sizes) => new Frontier(store, ...sizes, fpSeed));
}

/** The one loop of all searches. */
function explore<Store extends Visited | Frontier>(
  instance: Instance,
  claims: Claims,
  limits: Limits,
  { onProgress, checked = false, symmetric = false, checkpoints, crew }: SearchOptions,
  storeOf: (width: number, maxBytes: number) => Store,
): SearchedIn<Store> {
  const started = performance.now();
  const from = checkpoints?.from;
  const violations = new Map<string, Found>(from?.snapshot.violations);
  const reached = new Set<string>(from?.snapshot.reached);
  const candidates: number[] = [...(from?.states.candidates ?? [])];
  let stopped: Stopped | undefined;
  let at = from?.snapshot.at ?? 0;
  let depth = from?.snapshot.depth ?? 1;
  let levelEnd = 0;
  let limitAt = limits.states === undefined ? Number.POSITIVE_INFINITY : limitFrom(at);
  let hasFlushed = false;
  let alone = 0;
  let team: Team | undefined;

  const found = (name: string, inStep: boolean, message?: string): void => {
    // What is looked at without being expanded may be of the next level already.
    const length = depth - (at < levelEnd ? 1 : 0) + (inStep ? 1 : 0);
    // A state of this level that violates is closer than a step out of an earlier state of the same level that fails.
    if (length < (violations.get(name)?.length ?? Number.POSITIVE_INFINITY))
      violations.set(name, { index: at, inStep, length, message });
  };
  const listener: Listener = {
    flush(batch) {
      hasFlushed = true;
      if (symmetry) for (let i = 0; i < batch.length; i++) symmetry.canonize(batch.words, i * visited.width);
      if (visited.insert(batch)) return;
      stopped ??= 'memory';
      batch.length = 0;
    },
    failed(error) {
      const { failure, message } = failureOf(error);
      found(failure, true, message);
    },
    warned: (message) => found('WARN_ON_ONCE', true, message),
  };
  const machine = machineOf(instance, listener, checked);
  const symmetry = symmetric ? symmetryOf(instance, machine.layout) : undefined;
  const visited: Store = storeOf(machine.layout.words, limits.memory ?? defaultMemory);
  /** Undefined where states are not kept. */
  const whole = visited instanceof Visited ? visited : undefined;

  const isStuck = stuckness(machine);
  let stuck: number | undefined;

  const open = openClaims(
    claims,
    machine.root,
    (decision) => {
      if (decision.kind === 'reached') reached.add(decision.name);
      else if (decision.kind === 'violated') found(decision.name, false);
      else found('throws', false, decision.message);
    },
    from?.snapshot.claims,
  );

  const look = (): void => {
    machine.load(visited.queue, at - visited.base);
    open.look();
    if (machine.changed()) found('throws', false, 'a claim wrote to the state; a claim only reads');
  };
  const helpedWith = (states: Visited): Helped => ({
    machine,
    listener,
    visited: states,
    symmetry,
    claims,
    open,
    look(index) {
      at = index;
      look();
    },
    failed(index, name, message) {
      at = index;
      found(name, true, message);
    },
    stuck: (index) => candidates.push(index),
  });
  const gathering = whole && crew && crew.workers > 1 ? gather(crew, helpedWith(whole)) : undefined;

  if (from && whole) {
    whole.restore(from.states.words, from.states.parents, from.snapshot.slots);
    machine.fired.set(from.snapshot.fired);
  } else {
    for (const initial of instance.initial.length > 0 ? instance.initial : [() => {}])
      machine.start(machine.pack(initial));
    machine.flush();
  }
  const transitions = (): number =>
    machine.transitions() + (team?.transitions() ?? 0) + (from?.snapshot.transitions ?? 0);
  const isHeuristic = (): boolean =>
    (from?.snapshot.heuristic ?? false) || symmetry?.exact() === false || team?.exact() === false;
  const snapshot = (): Snapshot => ({
    states: visited.count,
    at,
    depth,
    transitions: transitions(),
    fired: team?.fired() ?? [...machine.fired],
    violations: [...violations],
    reached: [...reached],
    claims: open.states(),
    candidates: candidates.length,
    heuristic: isHeuristic(),
    slots: (whole as Visited).table.length,
  });

  levelEnd = visited.count;
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    for (; ; at++) {
      if (at === levelEnd) {
        machine.flush();
        if (visited.count === at || stopped) break;
        if (depth - 1 === limits.depth) {
          stopped = 'depth';
          visited.count = at;
          break;
        }
        levelEnd = visited.count;
        depth++;
        visited.advance(at);
        if (whole) checkpoints?.level(snapshot(), whole, candidates);
      }
      if (at % statesBetweenLooks === 0 || at === limitAt || hasFlushed || team) {
        hasFlushed = false;
        if (gathering && !team) {
          team = gathering.team(visited.count);
          alone = at;
        }
        if (limits.seconds !== undefined && seconds() > limits.seconds) stopped = 'seconds';
        if (limits.states !== undefined && at === limitAt) {
          if (!team) machine.flush();
          if (visited.count > limits.states) stopped ??= 'states';
          limitAt = limitFrom(at + 1);
        }
        const progress = {
          states: visited.count,
          transitions: transitions(),
          depth,
          frontier: visited.count - at,
          seconds: seconds(),
        };
        unsealed(() => onProgress?.(progress));
        if (stopped) break;
      }
      if (team) {
        const from = at;
        const next = team.round(from, Math.min(levelEnd, limitAt));
        if (next < 0) stopped = 'memory';
        at = next < 0 ? from : next - 1;
        continue;
      }
      look();
      if (machine.expand() === 0 && machine.midFunction()) {
        if (whole) candidates.push(at);
        else if (stuck === undefined && isStuck(visited.queue, at - visited.base)) stuck = at;
      }
    }
  } finally {
    gathering?.dismiss();
  }
  if (team) machine.fired.set(team.fired());
  const expanded = team?.expanded() ?? [0];
  expanded[0] = (expanded[0] as number) + (team ? alone : at);
  // What was found and not expanded is looked at all the same, as long as that is quick.
  if (stopped === 'states' || stopped === 'memory') {
    for (; at < visited.count; at++) {
      machine.load(visited.queue, at - visited.base);
      open.look();
    }
  }
  stuck ??= candidates.find((index) => isStuck(visited.queue, index));
  if (stuck !== undefined)
    violations.set('deadlock', { index: stuck, inStep: false, length: lengthTo(visited, stuck), message: undefined });
  return {
    machine,
    visited,
    symmetry: symmetry && { ...symmetry, exact: () => !isHeuristic() },
    states: visited.count,
    transitions: transitions(),
    depth,
    seconds: seconds(),
    stopped,
    violations,
    reached,
    vacuous: open.vacuous(),
    expanded,
  };
}

/** Where, from some expansion on, the limit on states is looked at next: it depends on nothing but how many there have been. */
function limitFrom(at: number): number {
  const power = Math.floor(Math.log2(Math.max(1, at))) - partOfAll;
  const between = 2 ** Math.max(0, Math.min(power, mostBetweenLimits));
  return Math.ceil(at / between) * between;
}

/** Steps from an initial state to a state. */
function lengthTo({ parents }: Visited | Frontier, index: number): number {
  let length = 0;
  for (let at = parents[index] as number; at !== noParent; at = parents[at] as number) length++;
  return length;
}
