/** An execution as the page in a browser takes it: its states, what is true in each, and what else could be done there. */
import { hardware, type NamedStep, type Trace, whyFalse } from '#explorer';
import {
  executionClaims,
  type Instance,
  type Plain,
  running,
  sentenceOf,
  type Suite,
  transitionsOf,
  viewOf,
} from '#notation';
import { changesOf, nothing } from './changes.ts';
import type { PageClaim, PageFrame, PageMove, Walk } from './page-document.ts';
import { partsOf, valuesOf } from './page-state.ts';
import { raceHeading, type Violated } from './race.ts';
import { callOf, replayCommand, replayLine } from './replay-line.ts';
import { columnsOf } from './threads.ts';

/** Wider than any heading: the page breaks lines itself. */
const unbroken = 10_000;

/**
 * The execution.
 * @param violated what it shows to be false; undefined when it was made for no claim.
 * @param suiteFile the file that the model was loaded from, when it is not one of ours.
 */
export function walkOf(trace: Trace, instance: Instance, suite: Suite, violated?: Violated, suiteFile?: string): Walk {
  const threads = [...instance.threads.map(({ path }) => path), hardware];
  const moves = new Moves(threads);
  const claims = claimsIn(suite);
  const start = valuesOf(instance, trace.states[0] as Plain);
  const truths = truthsOf(trace, instance, suite, claims);
  let before = start;
  const frames = trace.states.map((state, i): PageFrame => {
    const values = valuesOf(instance, state);
    const changed = values.flatMap((value, at) => (value === before[at] ? [] : [[at, value] as const]));
    before = values;
    const letters = truths.map((row) => row[i]).join('');
    const why = claims.flatMap(({ name }, at) =>
      letters[at] === 'f' && Object.hasOwn(suite.invariants, name)
        ? [[at, whyFalse(instance, state, suite.invariants[name] as never)] as const]
        : [],
    );
    return { changed, truths: letters, why, ...moves.in(instance, state) };
  });
  const [, where = ''] = raceHeading(trace, '', unbroken);
  return {
    target: `${trace.model}/${trace.variant}`,
    file: suiteFile,
    about: instance.model.about,
    where,
    violated: violated && {
      name: violated.name,
      sentence: violated.sentence,
      message: violated.message,
      why: violated.why,
    },
    replay: replayCommand(trace, suiteFile),
    head: replayLine({ ...trace, steps: [], loopFrom: undefined }),
    threads,
    lanes: columnsOf(trace),
    state: partsOf(instance),
    claims,
    moves: moves.all,
    steps: trace.steps.map((step, i) => {
      const failed = i === trace.steps.length - 1 && trace.failure !== undefined;
      const changes = failed ? [trace.failure as string] : changesOf(trace, i);
      return { move: moves.of(step), changes: changes[0] === nothing ? [] : changes };
    }),
    failure: trace.failure,
    loopFrom: trace.loopFrom,
    start,
    frames,
  };
}

/** The claims of a suite, invariants first. */
export function claimsIn({ invariants, reachable, leadsTo, eventually }: Suite): PageClaim[] {
  const kinds = { invariant: invariants, reachable, leadsTo, eventually };
  return Object.entries(kinds).flatMap(([kind, claims]) =>
    Object.entries<object>(claims).map(([name, claim]) => ({
      name,
      kind: kind as PageClaim['kind'],
      sentence: sentenceOf(claim),
    })),
  );
}

/** A row for each claim, a letter for each state: see `PageFrame.truths`. */
function truthsOf({ states }: Trace, instance: Instance, suite: Suite, claims: readonly PageClaim[]): string[][] {
  const execution = executionClaims(suite, instance.bounds);
  const predicates: Readonly<Record<string, (state: never) => boolean>> = { ...suite.reachable, ...suite.invariants };
  return claims.map(({ name }) => {
    const predicate = predicates[name];
    if (predicate) return states.map((state) => letter(instance, state, predicate));
    const members = execution.filter((each) => each.name === name);
    const owed = members.map(({ given, wanted }) => owedAlong(instance, states, given, wanted));
    return states.map((_, i) => (owed.some((row) => row[i]) ? 'o' : 'n'));
  });
}

function letter(instance: Instance, state: Plain, predicate: (state: never) => boolean): string {
  running.thread = -1;
  try {
    return predicate(viewOf(instance, state) as never) ? 't' : 'f';
  } catch {
    return 'x';
  }
}

/** In which states a claim on executions waits for what it wants. */
function owedAlong(
  instance: Instance,
  states: readonly Plain[],
  given: ((state: never) => boolean) | undefined,
  wanted: (state: never) => boolean,
): boolean[] {
  let owed = given === undefined;
  return states.map((state) => {
    if (given && letter(instance, state, given) === 't') owed = true;
    if (letter(instance, state, wanted) === 't') owed = false;
    return owed;
  });
}

/** The moves of an execution, each once. */
class Moves {
  readonly all: PageMove[] = [];
  readonly threads: readonly string[];
  readonly known = new Map<string, number>();

  constructor(threads: readonly string[]) {
    this.threads = threads;
  }

  /** The place of a step's move. */
  of(step: NamedStep): number {
    const move = { thread: this.threads.indexOf(step.thread), call: callOf(step) };
    const key = `${move.thread} ${move.call}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.known.set(key, this.all.length);
    return this.all.push(move) - 1;
  }

  /** What is possible in a state. */
  in(instance: Instance, state: Plain): Pick<PageFrame, 'enabled' | 'failing'> {
    const possible = transitionsOf(instance, state).map(({ transition: { thread, edge, choices }, applied }) => {
      const name = instance.threads[thread]?.path ?? hardware;
      return { move: this.of({ thread: name, step: edge.label, args: choices }), applied };
    });
    return {
      enabled: possible.map(({ move }) => move),
      failing: possible.flatMap(({ move, applied }) =>
        applied.kind === 'failed' ? [[move, applied.message] as const] : [],
      ),
    };
  }
}
