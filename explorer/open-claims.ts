/** The claims that no state has decided yet, evaluated on the state that is loaded: one call site a claim, so that each is inlined. */
import { describe, running, StepFailure, type Suite } from '#notation';

/** What a state decided of a claim. */
export type Decision =
  | { readonly kind: 'violated'; readonly name: string }
  | { readonly kind: 'reached'; readonly name: string }
  | { readonly kind: 'threw'; readonly name: string; readonly message: string };

/** How far a claim is: whether it is still open, and what it met. */
export type ClaimState = Readonly<Pick<OpenClaim, 'implied' | 'antecedent'> & { open: boolean }>;

/** Evaluates claims until each is decided. */
export interface OpenClaims {
  /** Evaluates the open claims on the loaded state and tells what it decides; those are closed. */
  look(): void;
  /**
   * Whether `look` would do anything here: the loaded state decides an open claim, or is the first that meets an `implies`, or the first
   * with a true antecedent. Closes nothing.
   */
  isNotable(): boolean;
  /** The places of the claims that are closed. */
  closed(): number[];
  /** Closes claims that were decided elsewhere, by their places. */
  close(places: readonly number[]): void;
  /** Invariants that met an `implies` whose antecedent was never true. */
  vacuous(): Set<string>;
  /** How far each claim is, in their order. */
  states(): ClaimState[];
}

interface OpenClaim {
  /** Among all claims. */
  readonly place: number;
  readonly name: string;
  readonly predicate: (state: never) => boolean;
  /** The value that decides it: an invariant is decided by false, a `reachable` by true. */
  readonly decidedBy: boolean;
  /** Whether it met an `implies`, and one whose first argument was true. */
  implied: boolean;
  antecedent: boolean;
}

/**
 * Opens claims over a root view.
 * @param decided told of each claim that a state decides, in the order of the claims.
 * @param before how far each of them is already.
 */
export function openClaims(
  { invariants, reachable }: Pick<Suite, 'invariants' | 'reachable'>,
  root: object,
  decided: (decision: Decision) => void,
  before: readonly ClaimState[] = [],
): OpenClaims {
  const all = [...opened(invariants, false), ...opened(reachable, true)].map((claim, place) => ({ ...claim, place }));
  for (const [i, claim] of all.entries())
    Object.assign(claim, before[i] && { implied: before[i].implied, antecedent: before[i].antecedent });
  let open = all.filter((_, i) => before[i]?.open !== false);
  let evaluate = evaluator(open, root);

  function close(claim: OpenClaim): void {
    open = open.filter((each) => each !== claim);
    evaluate = evaluator(open, root);
  }

  return {
    look() {
      begin();
      for (;;) {
        const at = evaluate.first();
        if (at < 0) return;
        const claim = open[at] as OpenClaim;
        const { name } = claim;
        const { thrown } = evaluate;
        if (thrown === undefined) decided({ kind: claim.decidedBy ? 'reached' : 'violated', name });
        else {
          const said = thrown.error instanceof StepFailure ? thrown.error.message : `threw ${describe(thrown.error)}`;
          decided({ kind: 'threw', name, message: `claim ${name} ${said}` });
        }
        close(claim);
      }
    },
    states: () =>
      all.map((claim) => ({ open: open.includes(claim), implied: claim.implied, antecedent: claim.antecedent })),
    isNotable() {
      begin();
      evaluate.noted = false;
      return evaluate.first() >= 0 || evaluate.noted;
    },
    closed: () => all.filter((claim) => !open.includes(claim)).map(({ place }) => place),
    close(places) {
      for (const place of places) if (open.includes(all[place] as OpenClaim)) close(all[place] as OpenClaim);
    },
    vacuous: () =>
      new Set(all.filter((claim) => !claim.decidedBy && claim.implied && !claim.antecedent).map(({ name }) => name)),
  };
}

/** Claims are asked on behalf of no thread, and whoever asked one before, on immutable states, has left what it met. */
function begin(): void {
  running.thread = -1;
  running.implied = running.antecedent = false;
}

function opened(
  predicates: Readonly<Record<string, (state: never) => boolean>>,
  decidedBy: boolean,
): Omit<OpenClaim, 'place'>[] {
  return Object.entries(predicates).map(([name, predicate]) => ({
    name,
    predicate,
    decidedBy,
    implied: false,
    antecedent: false,
  }));
}

interface Evaluator {
  /** The place of the first claim that the state decides, or that fails on it; -1 when there is none. */
  first(): number;
  /** What that claim threw. */
  thrown: { readonly error: unknown } | undefined;
  /** Set when a claim is the first time seen to meet an `implies`, or one with a true antecedent. */
  noted: boolean;
}

/** Generates the evaluation of claims, one after the other. */
function evaluator(open: readonly OpenClaim[], root: object): Evaluator {
  const source = `
    ${open.map((_, i) => `const C${i} = open[${i}].predicate;`).join(' ')}
    let at = -1;
    function note(claim) {
      if (!claim.implied || (running.antecedent && !claim.antecedent)) evaluator.noted = true;
      claim.implied = true;
      if (running.antecedent) claim.antecedent = true;
      running.implied = running.antecedent = false;
    }
    function garbage(value) {
      throw new StepFailure('throws', 'returned ' + String(value) + '; a claim returns true or false');
    }
    const evaluator = {
      thrown: undefined,
      noted: false,
      first() {
        let v;
        try {
          ${open
            .map(
              ({ decidedBy }, i) => `
          at = ${i};
          v = C${i}(root);
          if (running.implied) note(open[${i}]);
          if (v !== ${!decidedBy}) { if (v !== ${decidedBy}) garbage(v); return ${i}; }`,
            )
            .join('')}
          return -1;
        } catch (error) {
          running.implied = running.antecedent = false;
          this.thrown = { error };
          return at;
        }
      },
    };
    return evaluator;`;
  return new Function('open', 'root', 'running', 'StepFailure', source)(open, root, running, StepFailure) as Evaluator;
}
