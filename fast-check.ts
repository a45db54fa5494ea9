/**
 * Random walks of a model, for property-based tests with fast-check: `import { walks } from 'mmucheck/fast-check'`. Whoever does not
 * import it needs no fast-check.
 */
import * as fc from 'fast-check';
import { executed, hardware, type NamedStep, type Trace } from '#explorer';
import {
  type Instance,
  initialStates,
  instantiate,
  type Model,
  type Plain,
  type Transition,
  transitionsOf,
  viewOf,
} from '#notation';
import { drawSteps, replayLine } from '#report';

/** An execution of a variant from one of its initial states. */
export interface Walk<State> {
  /** Its steps and what each changed; `trace.failure` is what its last step said when that failed, as by BUG_ON or a value out of range. */
  readonly trace: Trace;
  /** The states it passes through, as claims see them, the initial one first. A failing last step adds none. */
  readonly states: readonly State[];
}

/** What `walks` takes beside the variant. */
export interface WalkOptions {
  /** Sizes of sets in place of the defaults. They may be far beyond what a search can exhaust. */
  readonly bounds?: Readonly<Record<string, number>>;
  /** Most steps of a walk; 50 when nothing is said. A walk ends before where nothing is enabled, or a step fails. */
  readonly steps?: number;
}

/**
 * An arbitrary of walks: from an initial state, again and again a step that is enabled there, all those who could take one being equally
 * likely to. A walk shrinks to shorter ones, each executed anew: to its beginning, and to what is left of it without some of its steps.
 * @param variant its name, and after an @ the memory order when it is not the variant's own.
 * @throws Error with a sentence: an unknown variant or bound, a bound out of range, a number of steps that is none.
 */
export function walks<State>(
  model: Model<State>,
  variant: string,
  { bounds, steps = 50 }: WalkOptions = {},
): fc.Arbitrary<Walk<State>> {
  const instance = instantiate(model, variant, bounds);
  if (!Number.isSafeInteger(steps) || steps < 0)
    throw new Error(`${instance.name}: a walk of at most ${steps} steps; name a whole number from 0`);
  return new Walks(instance, steps);
}

/** A walk as it is taken: where it began, and its steps by name. */
interface Course {
  readonly start: string;
  readonly steps: readonly NamedStep[];
}

class Walks<State> extends fc.Arbitrary<Walk<State>> {
  readonly instance: Instance;
  readonly most: number;
  readonly starts: readonly { name: string; state: Plain }[];

  constructor(instance: Instance, most: number) {
    super();
    this.instance = instance;
    this.most = most;
    this.starts = initialStates(instance);
  }

  override generate(random: fc.Random): fc.Value<Walk<State>> {
    const { name, state } = one(this.starts, random);
    const steps: NamedStep[] = [];
    let at: Plain | undefined = state;
    for (let left = random.nextInt(0, this.most); at !== undefined && left > 0; left--) {
      const possible = transitionsOf(this.instance, at);
      if (possible.length === 0) break;
      const who = one([...new Set(possible.map(({ transition }) => transition.thread))], random);
      const taken = one(
        possible.filter(({ transition }) => transition.thread === who),
        random,
      );
      steps.push(this.named(taken.transition));
      at = taken.applied.kind === 'next' ? taken.applied.state : undefined;
    }
    return this.value({ start: name, steps });
  }

  override canShrinkWithoutContext(_: unknown): _ is Walk<State> {
    return false;
  }

  override shrink(_: Walk<State>, context: unknown): fc.Stream<fc.Value<Walk<State>>> {
    return new fc.Stream(this.shorter(context as Course));
  }

  /** First the beginnings, short ones first; then without a piece, large ones first. Each has fewer steps, so shrinking comes to an end. */
  *shorter({ start, steps }: Course): IterableIterator<fc.Value<Walk<State>>> {
    const { length } = steps;
    for (let left = length; left > 0; left = Math.floor(left / 2))
      yield this.value({ start, steps: steps.slice(0, length - left) });
    for (let piece = Math.floor(length / 2); piece > 0; piece = Math.floor(piece / 2)) {
      for (let from = 0; from + piece < length; from += piece)
        yield this.value({ start, steps: this.applicable(start, steps.toSpliced(from, piece)) });
    }
  }

  /** Of some steps, those that can be taken one after the other when whatever does not apply is left out. */
  applicable(start: string, steps: readonly NamedStep[]): NamedStep[] {
    const taken: NamedStep[] = [];
    let at = this.starts.find(({ name }) => name === start)?.state;
    for (const step of steps) {
      if (at === undefined) break;
      const found = transitionsOf(this.instance, at).find(({ transition }) => same(this.named(transition), step));
      if (found === undefined) continue;
      taken.push(step);
      at = found.applied.kind === 'next' ? found.applied.state : undefined;
    }
    return taken;
  }

  named({ thread, edge, choices }: Transition): NamedStep {
    return { thread: this.instance.threads[thread]?.path ?? hardware, step: edge.label, args: choices };
  }

  /** The walk, executed. A failing test prints it as a race, with the line that replays it. */
  value(course: Course): fc.Value<Walk<State>> {
    const trace = executed(this.instance, course.start, course.steps);
    const states = trace.states.map((state) => viewOf(this.instance, state) as State);
    const text = (): string => `${drawSteps(trace)}\n\n${replayLine(trace)}\n`;
    return new fc.Value({ trace, states, [fc.toStringMethod]: text }, course);
  }
}

function one<Each>(of: readonly Each[], random: fc.Random): Each {
  return of[random.nextInt(0, of.length - 1)] as Each;
}

function same(a: NamedStep, b: NamedStep): boolean {
  return a.thread === b.thread && a.step === b.step && a.args.join() === b.args.join();
}
