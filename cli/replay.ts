/** `mmucheck replay`: executes a trace again, from names. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import {
  executed,
  goesRound,
  hardware,
  type NamedStep,
  neverDoes,
  ReplayError,
  type Trace,
  unfairTo,
  whyFalse,
  whyStuck,
} from '#explorer';
import {
  describe,
  executionClaims,
  type Instance,
  instantiate,
  type Plain,
  running,
  type Suite,
  sentenceOf,
  transitionsOf,
  viewOf,
} from '#notation';
import {
  callOf,
  drawSteps,
  exitCodes,
  paragraph,
  parseReplayLine,
  raceHeading,
  reason,
  type ReplayLine,
  ReplayLineError,
  threadsNamed,
  wrapped,
} from '#report';
import { Failure, refusing, usage } from './failure.ts';
import { withDebug, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { ownSuites, suitesOf, variantNamed } from './suites.ts';
import { stepping } from './time-limit.ts';
import { readTraceFile } from './trace-file.ts';

interface ReplayOptions {
  readonly width: number;
  readonly suite?: readonly string[];
}

/** Adds the verb. */
export function addReplay(program: Command): void {
  const command = program
    .command('replay')
    .summary('execute a trace again, step by step')
    .description('execute a trace step by step, and say where it ends or at which step it no longer applies')
    .argument('<trace>', 'the line that show prints, in quotes, or a .json file with the trace of a JSON document');
  withDebug(withWidth(withSuite(command))).action(replay);
}

async function replay(argument: string, options: ReplayOptions): Promise<void> {
  const known = [...(await suitesOf(options.suite ?? [])), ...ownSuites()];
  const isFile = argument.endsWith('.json') || existsSync(argument);
  const line = isFile ? readTraceFile(argument) : parsed(argument);
  const code = isFile ? exitCodes.badFile : exitCodes.usage;
  const place = isFile ? `${argument}: ` : '';
  try {
    const { suite, variant } = variantNamed(line.target, known);
    const instance = refusing(() => instantiate(suite.model, variant, line.bounds));
    const steps = threadsNamed(instance, line.steps);
    stepping(instance.name, steps.length, () => run(suite, instance, { ...line, steps }, options.width));
  } catch (error) {
    if (error instanceof Failure && error.code === exitCodes.modelThrew) throw error;
    if (error instanceof Failure || error instanceof ReplayError)
      throw new Failure(code, `${place}${error.message}`, { cause: error });
    throw error;
  }
}

function parsed(line: string): ReplayLine {
  try {
    return parseReplayLine(line);
  } catch (error) {
    if (error instanceof ReplayLineError) throw usage(`the replay line does not parse, ${error.message}`, error);
    throw error;
  }
}

/** Draws as many steps as apply. @throws ReplayError for the first that does not. */
function run(suite: Suite, instance: Instance, { initial, steps, loopFrom }: ReplayLine, width: number): void {
  const { trace, refusal } = longest(instance, initial, steps);
  if (refusal === undefined) {
    const whole = { ...trace, loopFrom: trace.failure === undefined ? loopFrom : undefined };
    const endless = whole.loopFrom === undefined ? [] : forEver(suite, instance, whole, width);
    print([...drawn(whole, width), '', ...findings(suite, instance, whole, width), ...endless].join('\n'));
    return;
  }
  if (trace.length > 0) print(drawn(trace, width).join('\n'));
  const possible = enabledIn(instance, trace.states.at(-1) as Plain);
  throw new ReplayError(refusal.at, `${refusal.message}; what can happen there is ${possible.join(', ') || 'nothing'}`);
}

/** As many steps as apply, and why the next one does not. */
function longest(
  instance: Instance,
  initial: string | undefined,
  steps: readonly NamedStep[],
): { trace: Trace; refusal: ReplayError | undefined } {
  try {
    const trace = executed(instance, initial, steps);
    const { failure, states } = trace;
    const last = steps.at(-1);
    if (failure === undefined || last === undefined) return { trace, refusal: undefined };
    // A step that fails is told from one that is given an argument it cannot have.
    if (enabledIn(instance, states.at(-1) as Plain).includes(named(last))) return { trace, refusal: undefined };
    const refusal = new ReplayError(steps.length, `step ${steps.length}, ${named(last)}: ${failure}`);
    return { trace: executed(instance, initial, steps.slice(0, -1)), refusal };
  } catch (error) {
    if (!(error instanceof ReplayError) || error.at === 0) throw error;
    const before = longest(instance, initial, steps.slice(0, error.at - 1));
    return before.refusal ? before : { trace: before.trace, refusal: error };
  }
}

/** Every step that is enabled in a state, or fails there. */
function enabledIn(instance: Instance, state: Plain): string[] {
  return transitionsOf(instance, state).map(({ transition: { thread, edge, choices } }) =>
    named({ thread: instance.threads[thread]?.path ?? hardware, step: edge.label, args: choices }),
  );
}

function named(step: NamedStep): string {
  return `${step.thread === hardware ? '' : `${step.thread}.`}${callOf(step)}`;
}

function drawn(trace: Trace, width: number): string[] {
  const paint = painter();
  return [
    ...raceHeading(trace, 'replayed', width).map((each) => paint('strong', each)),
    '',
    drawSteps(trace, { width, paint }),
  ];
}

/** What is false in the state that the trace leads to. */
function findings(suite: Suite, instance: Instance, { states, length, failure }: Trace, width: number): string[] {
  const when = length === 0 ? 'Initially' : `After step ${length}`;
  if (failure !== undefined) return [`Step ${length} fails:`, ...paragraph('  ', failure, width)];
  const state = states.at(-1) as Plain;
  const stuck = transitionsOf(instance, state).every(({ transition }) => transition.thread < 0);
  const wrong = Object.entries(suite.invariants).flatMap(([name, predicate]) => {
    const found = falseIn(instance, state, predicate);
    if (found === undefined) return [];
    const { sentence, why } = found;
    return [
      ...wrapped(`${when} ${name} is false${sentence ? ':' : '.'}`, width),
      ...(sentence ? paragraph('  ', sentence, width) : []),
      ...why.flatMap((line) => reason(line, width)),
    ];
  });
  return [
    ...(stuck
      ? [`${when} no thread can take a step.`, ...whyStuck(instance, state).flatMap((line) => reason(line, width))]
      : []),
    ...(wrong.length === 0 ? [`${when} every invariant is true.`] : wrong),
  ];
}

/** What can be said of a trace whose last steps are to be repeated for ever, or which is to end there. */
function forEver(suite: Suite, instance: Instance, trace: Trace, width: number): string[] {
  const { loopFrom = 0, length } = trace;
  const ends = loopFrom === length;
  const steps = loopFrom + 1 === length ? `Step ${length}` : `Steps ${loopFrom + 1} to ${length}`;
  if (!goesRound(trace))
    return wrapped(`${steps} cannot be repeated: the state after step ${length} is not the one before.`, width);
  const unfair = unfairTo(instance, trace, 'strong');
  if (unfair !== undefined)
    return wrapped(
      ends ? `It cannot end there: ${unfair}.` : `${steps} can be repeated, but not for ever: ${unfair}.`,
      width,
    );
  const violated = executionClaims(suite, instance.bounds).filter((claim) => neverDoes(instance, trace, claim));
  const names = [...new Set(violated.map(({ name }) => name))];
  return [
    ...wrapped(ends ? 'It may end there: nobody has to take a step.' : `${steps} can be repeated for ever.`, width),
    ...names.flatMap((name) => {
      const sentence = sentenceOf({ ...suite.leadsTo, ...suite.eventually }[name]);
      return wrapped(`Then ${name} is violated${sentence ? ':' : '.'}`, width).concat(
        sentence ? paragraph('  ', sentence, width) : [],
      );
    }),
  ];
}

/** The sentence of a claim that is false in a state, and why, or what it threw; undefined when it is true. */
function falseIn(
  instance: Instance,
  state: Plain,
  predicate: (state: never) => boolean,
): { sentence: string; why: readonly string[] } | undefined {
  running.thread = -1;
  try {
    if (predicate(viewOf(instance, state) as never)) return undefined;
    return { sentence: sentenceOf(predicate) ?? '', why: whyFalse(instance, state, predicate) };
  } catch (error) {
    return { sentence: `it threw ${describe(error)}`, why: [] };
  }
}
