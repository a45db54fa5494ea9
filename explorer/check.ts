/**
 * One variant against every claim of its suite: what holds, what is violated and by which trace, what was not decided.
 *
 * It has two halves. `searchVariant` runs the explorer only; `judge` runs everything on immutable states, which makes the compiler
 * forget what it knew about the steps. A process that checks many variants keeps the halves apart.
 */
import {
  type Claim,
  describe,
  executionClaims,
  type Instance,
  type MemoryOrder,
  instantiate,
  type Plain,
  reserved,
  sentenceOf,
  storeBuffer,
  type Suite,
} from '#notation';
import { tellLiveness } from './endless.ts';
import { whyFalse, whyStuck } from './explain.ts';
import type { LockFairness } from './fairness.ts';
import { fewestSwitches } from './fewest-switches.ts';
import { decideLiveness, type Liveness } from './liveness.ts';
import { machineOf } from './machine.ts';
import { unrepeatable } from './repeat.ts';
import {
  type Limits,
  type Progress,
  type Searched,
  type SearchedAnyhow,
  type Stopped,
  search,
  searchFrontier,
} from './search.ts';
import { Bits, missedOf } from './bits.ts';
import { oddsOf } from './fingerprint.ts';
import type { StoreKind } from './frontier.ts';
import { searchWithinSwitches, type WithinSwitches } from './switches.ts';
import type { Checkpoints } from './snapshot.ts';
import { asymmetry, disagreement, mostSuccessors, spotsAmong } from './spot-check.ts';
import { type Symmetry, symmetryOf } from './symmetry.ts';
import { sealed, soleDependence, unsealed } from './sealed.ts';
import { executed, type NamedPath, pathTo, type Trace } from './trace.ts';
import type { Crew } from './team.ts';

/** What became of a claim, or of a variant as a whole. */
export type Outcome = 'holds' | 'violated' | 'incomplete' | 'vacuous';

/**
 * Whether states that differ only in numbering counted as one. `exact`: each orbit has one representative. `heuristic`: some may have
 * several, which is as sound and costs states.
 */
export type SymmetryUse = 'off' | 'exact' | 'heuristic';

/** The verdict on one claim. */
export interface ClaimResult {
  readonly name: string;
  /** An invariant, a `reachable`, a claim on executions, or one of the reserved words. */
  readonly kind: 'invariant' | 'reachable' | 'leadsTo' | 'eventually' | 'reserved';
  /** Its sentence, where its author gave it one. */
  readonly sentence: string | undefined;
  readonly outcome: Outcome;
  readonly expected: 'holds' | 'violated';
  /** The shortest trace to the violation; undefined when it could not be executed again, which `message` then says. */
  readonly trace: Trace | undefined;
  /** What the failing step or the claim said. */
  readonly message: string | undefined;
  /** Why it is false at the end of the trace: the elements that make it so, with what it read of them; where that can be told. */
  readonly why?: readonly string[] | undefined;
}

/** How often an element of a thread's list, or an action, has fired. */
export interface Coverage {
  /** The row of threads, or `actions`. */
  readonly row: string;
  readonly step: string;
  readonly fired: number;
}

/** The verdict on one variant at given bounds. */
export interface VariantResult {
  readonly model: string;
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly memory: MemoryOrder;
  readonly symmetry: SymmetryUse;
  /** Threads that searched. */
  readonly workers: number;
  readonly store: StoreKind;
  /** Of a store that may take a state for another: its bits, a state's fingerprint or the whole set. */
  readonly bits?: number | undefined;
  /** Of fingerprints the odds that a state was missed; of a set of bits about which part of the states was. */
  readonly missed?: number | undefined;
  /** Of such a store what its fingerprints were made with. */
  readonly fpSeed?: number | undefined;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  /** Bytes of all that the search keeps, for each state. */
  readonly bytesPerState: number;
  /** `violated` beats `incomplete` beats `vacuous` beats `holds`. */
  readonly outcome: Outcome;
  /** Whether exactly what the suite expects came out, and nothing was left undecided. */
  readonly asExpected: boolean;
  /** The limit that ended the search early. */
  readonly stopped: Stopped | undefined;
  /** Of a search within a number of switches: the distinct states that executions with at most 0, 1, … of them reach. */
  readonly levels?: readonly number[] | undefined;
  /** Elements that never fired, in a variant expected to hold in which nothing is violated, executions apart: it is then vacuous. */
  readonly neverFired: readonly Coverage[];
  readonly claims: readonly ClaimResult[];
  readonly coverage: readonly Coverage[];
}

/** Where a check stops without having looked at everything. */
export interface CheckLimits extends Limits {
  /** Context switches of an execution, the hardware counted as one thread; not together with symmetry or a limit on depth. */
  readonly switches?: number;
}

/** What a check takes beside the suite and the variant. */
export interface CheckOptions {
  readonly bounds?: Readonly<Record<string, number>>;
  /** Whether states that differ only in the numbering of the members of symmetric sets count as one; false when left out. */
  readonly symmetry?: boolean;
  readonly limits?: CheckLimits;
  readonly onProgress?: (progress: Progress) => void;
  /** Where to begin, and who is told of the boundary of each level; not together with a limit on switches. */
  readonly checkpoints?: Checkpoints | undefined;
  /** Threads that help a search; none when nothing is said. */
  readonly crew?: Crew | undefined;
  /** Another store than the exact one: without checkpoints, a crew, a limit on switches, and claims on executions. */
  readonly store?: StoreKind | undefined;
  /** What fingerprints are made with, up to 32 bits: with another one other states are taken for each other. 0 when left out. */
  readonly fpSeed?: number | undefined;
  /** How fair locks are, where something is claimed of executions; strongly when nothing is said. */
  readonly locks?: LockFairness;
}

/** A violation as the search found it. */
interface Violation {
  readonly name: string;
  readonly path: NamedPath;
  /** Whether no execution as short has fewer context switches; undefined where that was not asked. */
  readonly fewest: boolean | undefined;
  readonly inStep: boolean;
  readonly message: string | undefined;
}

/** What a search of a variant came to, as plain data that a worker can send. */
export interface VariantSearch {
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly symmetry: SymmetryUse;
  readonly store: StoreKind;
  readonly bits: number | undefined;
  readonly missed: number | undefined;
  readonly fpSeed: number | undefined;
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  readonly bytesPerState: number;
  /** States that each thread expanded. */
  readonly expanded: readonly number[];
  readonly stopped: Stopped | undefined;
  readonly levels: readonly number[] | undefined;
  readonly violations: readonly Violation[];
  readonly reached: readonly string[];
  readonly vacuous: readonly string[];
  /** How often each element fired, in the order of the machine's elements. */
  readonly fired: readonly number[];
  readonly liveness: Liveness;
  /** Packed states to be executed again on immutable ones. */
  readonly spots: readonly Int32Array[];
  /** Why it is no proof of anything: its beginning did not come out the same again. */
  readonly unrepeatable: string | undefined;
}

/**
 * Checks one variant of a suite's model.
 * @throws Error with a sentence: an unknown variant or bound, a bound out of range, a list that does not compile.
 */
export function checkVariant(suite: Suite, variant: string, options: CheckOptions = {}): VariantResult {
  return judge(suite, searchVariant(suite, variant, options));
}

/** The first half of a check. @throws as `checkVariant` does. */
export function searchVariant(
  suite: Suite,
  variant: string,
  {
    bounds,
    symmetry = false,
    limits,
    onProgress,
    checkpoints,
    crew,
    locks = 'strong',
    store = 'exact',
    fpSeed,
  }: CheckOptions = {},
): VariantSearch {
  const instance = instantiate(suite.model, variant, bounds);
  if (store !== 'exact') mustSuit(store, suite, instance, limits);
  return sealed(() => {
    const within =
      limits?.switches === undefined
        ? undefined
        : searchWithinSwitches(instance, suite, { ...limits, switches: limits.switches }, onProgress);
    const options = { onProgress, symmetric: symmetry };
    const searched =
      within ??
      (store === 'exact'
        ? search(instance, suite, limits, { ...options, checkpoints, crew })
        : searchFrontier(instance, store, suite, limits, { ...options, fpSeed }));
    const { states, transitions, depth, seconds } = searched;
    unsealed(() => onProgress?.({ states, transitions, depth, frontier: 0, seconds }));
    return summarized(searched, within, suite, variant, limits ?? {}, locks);
  });
}

/** @throws Error for what needs states whole. */
function mustSuit(store: StoreKind, suite: Suite, { name, bounds }: Instance, limits: CheckLimits | undefined): void {
  const [execution] = executionClaims(suite, bounds);
  if (execution)
    throw new Error(
      `${name}: claims on executions such as ${execution.name} need states whole; store ${store} drops them`,
    );
  if (limits?.switches !== undefined)
    throw new Error(`${name}: a limit on switches needs states whole; store ${store} drops them`);
}

function summarized(
  searched: SearchedAnyhow,
  within: WithinSwitches | undefined,
  suite: Suite,
  variant: string,
  limits: Limits,
  locks: LockFairness,
): VariantSearch {
  const { machine, visited, violations, states, transitions, depth, seconds } = searched;
  const whole = isWhole(searched) ? searched : undefined;
  // What is not stored whole is never known to have been looked at in full.
  const stopped = searched.stopped ?? (visited.kind === 'exact' ? undefined : visited.kind);
  const straight = within?.paths() ?? (whole ? fewestSwitches(whole, suite.invariants) : new Map());
  return {
    variant,
    bounds: machine.instance.bounds,
    symmetry: useOf(searched.symmetry),
    store: visited.kind,
    ...doubtsOf(searched),
    states,
    transitions,
    depth,
    seconds,
    bytesPerState: visited.bytesFor(states) / states,
    expanded: searched.expanded,
    stopped,
    levels: within?.levels,
    violations: [...violations].map(([name, found]) => ({
      name,
      path: straight.get(name) ?? pathTo(searched, found, name),
      fewest: straight.has(name) && (!within || stopped === undefined || stopped === 'switches'),
      inStep: found.inStep,
      message: found.message,
    })),
    reached: [...searched.reached],
    vacuous: [...searched.vacuous],
    fired: [...machine.fired],
    liveness: whole
      ? decideLiveness(whole, suite, limits, locks)
      : { locks, verdicts: [], stopped: undefined, threw: undefined },
    spots: spotsOf(visited),
    // A search within switches finds states in an order of its own, and one in bits may miss some of the first.
    unrepeatable: within || visited.kind === 'bitstate' ? undefined : unrepeatable(searched),
  };
}

function isWhole(searched: SearchedAnyhow): searched is Searched {
  return searched.visited.kind === 'exact';
}

/** States to be executed again, packed. */
function spotsOf(visited: SearchedAnyhow['visited']): readonly Int32Array[] {
  if (visited.kind !== 'exact') return visited.spots();
  const { width, arena, count } = visited;
  return spotsAmong(count).map((at) => arena.slice(at * width, (at + 1) * width));
}

/** How sure it is that no state was taken for another. */
function doubtsOf({
  machine,
  visited,
  states,
  transitions,
}: SearchedAnyhow): Pick<VariantSearch, 'bits' | 'missed' | 'fpSeed'> {
  if (visited.kind === 'exact') return { bits: undefined, missed: undefined, fpSeed: undefined };
  const { seen, seed: fpSeed } = visited;
  if (seen instanceof Bits) return { bits: seen.bits, missed: missedOf(states, seen.bits), fpSeed };
  return { bits: 64, missed: oddsOf(states, transitions + Math.max(1, machine.instance.initial.length)), fpSeed };
}

/** A violation found by other means than a search, executed on immutable states. */
export function judgeViolation(
  suite: Suite,
  variant: string,
  bounds: VariantSearch['bounds'],
  found: Omit<Violation, 'fewest'>,
): ClaimResult {
  const instance = instantiate(suite.model, variant, bounds);
  const told = tell(instance, { ...found, fewest: undefined }, suite);
  // What cannot be executed again is an error of the model.
  const name = told.trace ? told.name : 'throws';
  return {
    ...told,
    name,
    kind: Object.hasOwn(suite.invariants, name) ? 'invariant' : 'reserved',
    sentence: sentenceOf(suite.invariants[name]),
    outcome: 'violated',
    expected: suite.violated[instance.base]?.includes(name) ? 'violated' : 'holds',
  };
}

/** The second half: executes every trace, and some states, on immutable states; then says what became of each claim. */
export function judge(suite: Suite, searched: VariantSearch): VariantResult {
  return sealed(() => judged(suite, searched));
}

function judged(suite: Suite, searched: VariantSearch): VariantResult {
  const { variant, bounds, states, transitions, depth, seconds, bytesPerState, liveness } = searched;
  const stopped = searched.stopped ?? liveness.stopped;
  const instance = instantiate(suite.model, variant, bounds);
  const machine = machineOf(instance);
  const expected = new Set(suite.violated[instance.base]);
  const told = [
    ...searched.violations.map((violation) => tell(instance, violation, suite)),
    ...tellLiveness(instance, liveness, suite),
    ...(liveness.threw
      ? [tell(instance, { name: 'throws', inStep: false, fewest: false, ...liveness.threw }, suite)]
      : []),
  ];
  for (const careless of [
    () => untold(told),
    () => searched.unrepeatable && { name: 'throws', trace: undefined, message: searched.unrepeatable },
    () => checkedDifference(instance, searched, suite),
    () => spotDifference(machine, searched, suite),
  ]) {
    const found = careless();
    if (found && !told.some(({ name }) => name === found.name)) told.push(found);
    if (found) break;
  }
  const claims = claimsOf(searched, suite, expected, told);
  const coverage = machine.elements.map(({ row, label }, i) => ({
    row,
    step: label,
    fired: searched.fired[i] as number,
  }));
  const neverFired = neverFiredOf({ claims, stopped, coverage });
  const outcome = worst([...claims.map((claim) => claim.outcome), ...neverFired.map(() => 'vacuous' as const)]);
  return {
    model: suite.model.name,
    variant,
    bounds,
    memory: instance.memory,
    symmetry: searched.symmetry,
    workers: searched.expanded.length,
    store: searched.store,
    bits: searched.bits,
    missed: searched.missed,
    fpSeed: searched.fpSeed,
    states,
    transitions,
    depth,
    seconds,
    bytesPerState,
    outcome,
    asExpected: !stopped && neverFired.length === 0 && claims.every((claim) => claim.outcome === claim.expected),
    stopped,
    levels: searched.levels,
    neverFired,
    claims,
    coverage,
  };
}

/** Elements that never fired, where that makes a variant vacuous. A store buffer need not be used. */
export function neverFiredOf({
  claims,
  stopped,
  coverage,
}: Pick<VariantResult, 'claims' | 'stopped' | 'coverage'>): Coverage[] {
  // What is violated by whole executions only keeps no step from being taken.
  const ofStates = claims.filter(({ kind }) => kind !== 'leadsTo' && kind !== 'eventually');
  const clean = ofStates.every(({ outcome, expected }) => outcome !== 'violated' && expected === 'holds');
  return clean && stopped === undefined ? coverage.filter(({ row, fired }) => fired === 0 && row !== storeBuffer) : [];
}

type Told = Pick<ClaimResult, 'name' | 'trace' | 'message' | 'why'>;

/** A violation with its trace executed again; it must end in what was found. */
function tell(instance: Instance, { name, path, fewest, inStep, message }: Violation, suite: Suite): Told {
  try {
    const trace = { ...executed(instance, path.initial, path.steps, suite.invariants[name]), fewest };
    const shows = inStep ? name === 'WARN_ON_ONCE' || trace.failure !== undefined : trace.violates !== false;
    if (shows) return { name, trace, message: message ?? trace.failure, why: why(instance, name, trace, suite) };
    return {
      name,
      trace: undefined,
      message: `${instance.name}: ${name} is not violated when its trace is executed again; ${soleDependence}`,
    };
  } catch (error) {
    return {
      name,
      trace: undefined,
      message: `${instance.name}: the trace to ${name} cannot be executed again: ${describe(error)}`,
    };
  }
}

/** Why the last state of a trace violates a claim, or why no thread can step there. */
function why(instance: Instance, name: string, { states, violates }: Trace, { invariants }: Suite): readonly string[] {
  const last = states.at(-1) as Plain;
  if (name === 'deadlock') return whyStuck(instance, last);
  return Object.hasOwn(invariants, name) && violates ? whyFalse(instance, last, invariants[name] as Claim<never>) : [];
}

/** A violation whose trace could not be executed again is an error of the model. */
function untold(told: readonly Told[]): Told | undefined {
  const found = told.find(({ trace }) => trace === undefined);
  return found && { ...found, name: 'throws' };
}

/** How many states are searched again with every use of a row checked. */
const checkedStates = 2048;

/** A step that fails when rows are checked, and did not in the search; or a search that comes out differently. */
function checkedDifference(instance: Instance, searched: VariantSearch, suite: Suite): Told | undefined {
  // Executions with more switches are not what was asked for.
  if (searched.stopped === 'switches') return undefined;
  const symmetric = searched.symmetry !== 'off';
  const again = search(instance, suite, { states: checkedStates }, { checked: true, symmetric });
  for (const name of ['throws', 'range']) {
    const found = again.violations.get(name);
    if (found === undefined || searched.violations.some((violation) => violation.name === name)) continue;
    return tell(
      instance,
      { name, path: pathTo(again, found, name), fewest: false, inStep: found.inStep, message: found.message },
      suite,
    );
  }
  if (again.stopped || searched.stopped || again.states === searched.states) return undefined;
  const message = `${instance.name} has ${searched.states} states, and ${again.states} when every use of a row is checked; ${soleDependence}`;
  return { name: 'throws', trace: undefined, message };
}

function spotDifference(
  machine: ReturnType<typeof machineOf>,
  { spots, symmetry: use, stopped, violations }: VariantSearch,
  suite: Suite,
): Told | undefined {
  const claims = { ...suite.invariants, ...suite.reachable, ...predicatesOf(suite, machine.instance) };
  const symmetry = use === 'off' ? undefined : symmetryOf(machine.instance, machine.layout);
  const random = numbersFrom(1);
  const known = (failure: string): boolean => stopped !== undefined || violations.some(({ name }) => name === failure);
  let successors = 0;
  for (const words of spots) {
    if (successors > mostSuccessors) break;
    machine.load(words, 0);
    const packed = machine.successors();
    successors += packed.length;
    const difference =
      disagreement(machine, claims, known, packed) ?? (symmetry && asymmetry(machine, symmetry, claims, words, random));
    if (difference) return { name: difference.failure, trace: undefined, message: difference.message };
  }
  return undefined;
}

function useOf(symmetry: Symmetry | undefined): SymmetryUse {
  if (symmetry === undefined) return 'off';
  return symmetry.exact() ? 'exact' : 'heuristic';
}

/** Numbers from 0 to below 1, the same ones for the same seed. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The predicates of claims on executions, each by a name of its own. */
function predicatesOf(suite: Suite, { bounds }: Instance): Record<string, Claim<never>> {
  return Object.fromEntries(
    executionClaims(suite, bounds).flatMap(({ name, given, wanted }, i) => [
      [`${name} (${i}, what is to follow)`, wanted],
      ...(given ? [[`${name} (${i}, what it is to follow)`, given] as const] : []),
    ]),
  );
}

function claimsOf(
  searched: VariantSearch,
  suite: Suite,
  expected: ReadonlySet<string>,
  told: readonly Told[],
): ClaimResult[] {
  const undecided: Outcome = searched.stopped ? 'incomplete' : 'holds';
  const unless = (vacuous: boolean): Outcome => (vacuous && undecided === 'holds' ? 'vacuous' : undecided);
  const { verdicts } = searched.liveness;
  const outcomes = (name: string): Outcome[] => verdicts.flatMap((each) => (each.name === name ? [each.outcome] : []));
  // Of a claim for every member, one that puts it to the test is enough.
  const ofExecutions = (name: string): Outcome =>
    outcomes(name).every((each) => each === 'vacuous')
      ? 'vacuous'
      : worst(outcomes(name).filter((each) => each !== 'vacuous'));
  const verdict = (name: string, kind: ClaimResult['kind'], otherwise: Outcome): ClaimResult => {
    const violation = told.find((each) => each.name === name);
    return {
      name,
      kind,
      sentence: sentenceOf({ ...suite.invariants, ...suite.reachable, ...suite.leadsTo, ...suite.eventually }[name]),
      outcome: violation ? 'violated' : otherwise,
      expected: expected.has(name) ? 'violated' : 'holds',
      trace: violation?.trace,
      message: violation?.message,
      why: violation?.why,
    };
  };
  return [
    ...Object.keys(suite.invariants).map((name) => verdict(name, 'invariant', unless(searched.vacuous.includes(name)))),
    ...Object.keys(suite.reachable).map((name) =>
      verdict(name, 'reachable', searched.reached.includes(name) ? 'holds' : unless(true)),
    ),
    ...(['leadsTo', 'eventually'] as const).flatMap((kind) =>
      Object.keys(suite[kind]).map((name) => verdict(name, kind, ofExecutions(name))),
    ),
    ...reserved.map((name) => verdict(name, 'reserved', undecided)),
  ];
}

function worst(outcomes: readonly Outcome[]): Outcome {
  return (['violated', 'incomplete', 'vacuous'] as const).find((each) => outcomes.includes(each)) ?? 'holds';
}
