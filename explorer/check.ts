/** One variant against every claim of its suite: what holds, what is violated and by which trace, what was not decided. */
import { type Instance, instantiate, reserved, sentenceOf, type Suite } from '#notation';
import { type Limits, type Progress, type Searched, type Stopped, search } from './search.ts';
import { type Trace, traceTo } from './trace.ts';

/** What became of a claim, or of a variant as a whole. */
export type Outcome = 'holds' | 'violated' | 'incomplete' | 'vacuous';

/** The verdict on one claim. */
export interface ClaimResult {
  readonly name: string;
  /** An invariant, a `reachable`, or one of the reserved words. */
  readonly kind: 'invariant' | 'reachable' | 'reserved';
  /** Its sentence, where its author gave it one. */
  readonly sentence: string | undefined;
  readonly outcome: Outcome;
  readonly expected: 'holds' | 'violated';
  /** The shortest trace to the violation. */
  readonly trace: Trace | undefined;
  /** What the failing step or the claim said. */
  readonly message: string | undefined;
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
  readonly memory: 'sc';
  readonly symmetry: 'off';
  readonly workers: 1;
  readonly store: 'exact';
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly seconds: number;
  /** Bytes of all structures for each state. */
  readonly bytesPerState: number;
  /** `violated` beats `incomplete` beats `vacuous` beats `holds`. */
  readonly outcome: Outcome;
  /** Whether exactly what the suite expects came out, and nothing was left undecided. */
  readonly asExpected: boolean;
  /** The limit that ended the search early. */
  readonly stopped: Stopped | undefined;
  /** Elements that never fired, in a variant expected to hold: it is then vacuous. */
  readonly neverFired: readonly Coverage[];
  readonly claims: readonly ClaimResult[];
  readonly coverage: readonly Coverage[];
}

/** What `checkVariant` takes beside the suite. */
export interface CheckOptions {
  readonly bounds?: Readonly<Record<string, number>>;
  readonly limits?: Limits;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Checks one variant of a suite's model.
 * @throws Error with a sentence: an unknown variant or bound, a bound out of range, a list that does not compile.
 */
export function checkVariant(suite: Suite, variant: string, { bounds, limits, onProgress }: CheckOptions = {}): VariantResult {
  const instance = instantiate(suite.model, variant, bounds);
  const searched = search(instance, suite, limits, onProgress);
  const expected = new Set(suite.violated[variant]);
  const claims = claimsOf(searched, suite, expected);
  const coverage = searched.machine.elements.map(({ row, label }, i) => ({ row, step: label, fired: searched.machine.fired[i] as number }));
  const neverFired = expected.size === 0 && !searched.stopped ? coverage.filter(({ fired }) => fired === 0) : [];
  const outcome = worst([...claims.map((claim) => claim.outcome), ...neverFired.map(() => 'vacuous' as const)]);
  return {
    ...describeRun(instance, searched),
    outcome,
    asExpected:
      searched.stopped === undefined &&
      neverFired.length === 0 &&
      claims.every((claim) => claim.outcome === claim.expected),
    stopped: searched.stopped,
    neverFired,
    claims,
    coverage,
  };
}

function describeRun({ model, variant, bounds }: Instance, { states, transitions, depth, seconds, visited }: Searched) {
  return {
    model: model.name,
    variant,
    bounds,
    memory: 'sc',
    symmetry: 'off',
    workers: 1,
    store: 'exact',
    states,
    transitions,
    depth,
    seconds,
    bytesPerState: visited.bytes / states,
  } as const;
}

function claimsOf(searched: Searched, suite: Suite, expected: ReadonlySet<string>): ClaimResult[] {
  const undecided: Outcome = searched.stopped ? 'incomplete' : 'holds';
  const verdict = (name: string, kind: ClaimResult['kind'], otherwise: Outcome): ClaimResult => {
    const found = searched.violations.get(name);
    return {
      name,
      kind,
      sentence: sentenceOf(suite.invariants[name] ?? suite.reachable[name]),
      outcome: found ? 'violated' : otherwise,
      expected: expected.has(name) ? 'violated' : 'holds',
      trace: found && traceTo(searched, found, name, suite),
      message: found?.message,
    };
  };
  return [
    ...Object.keys(suite.invariants).map((name) =>
      verdict(name, 'invariant', undecided === 'holds' && searched.vacuous.has(name) ? 'vacuous' : undecided),
    ),
    ...Object.keys(suite.reachable).map((name) =>
      verdict(name, 'reachable', searched.reached.has(name) ? 'holds' : undecided === 'holds' ? 'vacuous' : undecided),
    ),
    ...reserved.map((name) => verdict(name, 'reserved', undecided)),
  ];
}

function worst(outcomes: readonly Outcome[]): Outcome {
  return (['violated', 'incomplete', 'vacuous'] as const).find((each) => outcomes.includes(each)) ?? 'holds';
}
