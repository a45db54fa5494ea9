/** `mmucheck replay`: executes a trace again, from names. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { executed, hardware, type NamedStep, ReplayError, type Trace } from '#explorer';
import { type Instance, instantiate, type Plain, running, type Suite, sentenceOf, transitionsOf, viewOf } from '#notation';
import {
  callOf,
  drawSteps,
  exitCodes,
  paragraph,
  parseReplayLine,
  raceHeading,
  type ReplayLine,
  ReplayLineError,
  threadsNamed,
  wrapped,
} from '#report';
import { Failure, refusing, usage } from './failure.ts';
import { withDebug, withSuite, withWidth } from './options.ts';
import { painter, print } from './output.ts';
import { ownSuites, suitesOf, variantNamed } from './suites.ts';
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
    run(suite, instance, { ...line, steps: threadsNamed(instance, line.steps) }, options.width);
  } catch (error) {
    if (error instanceof Failure || error instanceof ReplayError) throw new Failure(code, `${place}${error.message}`, { cause: error });
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
function run(suite: Suite, instance: Instance, { initial, steps }: ReplayLine, width: number): void {
  try {
    const trace = executed(instance, initial, steps);
    if (trace.failure !== undefined) mustBeChoosable(instance, trace);
    print([...drawn(trace, width), '', ...findings(suite, instance, trace, width)].join('\n'));
  } catch (error) {
    if (!(error instanceof ReplayError) || error.at === 0) throw error;
    const applied = executed(instance, initial, steps.slice(0, error.at - 1));
    if (error.at > 1) print(drawn(applied, width).join('\n'));
    const possible = enabledIn(instance, applied.states.at(-1) as Plain);
    throw new ReplayError(error.at, `${error.message}; what can happen there is ${possible.join(', ') || 'nothing'}`);
  }
}

/** Tells a step that fails from one that is given an argument it cannot have. */
function mustBeChoosable(instance: Instance, { steps, states, failure }: Trace): void {
  const last = steps.at(-1) as NamedStep;
  if (enabledIn(instance, states.at(-1) as Plain).includes(named(last))) return;
  throw new ReplayError(steps.length, `step ${steps.length}, ${named(last)}: ${failure}`);
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
  return [...raceHeading(trace, 'replayed', width).map((each) => paint('strong', each)), '', drawSteps(trace, { width, paint })];
}

/** What is false in the state that the trace leads to. */
function findings(suite: Suite, instance: Instance, { states, length, failure }: Trace, width: number): string[] {
  const when = length === 0 ? 'Initially' : `After step ${length}`;
  if (failure !== undefined) return [`Step ${length} fails:`, ...paragraph('  ', failure, width)];
  const state = states.at(-1) as Plain;
  const false_ = Object.entries(suite.invariants).filter(([, predicate]) => !holdsIn(instance, state, predicate));
  const stuck = transitionsOf(instance, state).every(({ transition }) => transition.thread < 0);
  return [
    ...(stuck ? [`${when} no thread can take a step.`] : []),
    ...(false_.length === 0 ? [`${when} every invariant is true.`] : []),
    ...false_.flatMap(([name, predicate]) => {
      const sentence = sentenceOf(predicate);
      return [...wrapped(`${when} ${name} is false${sentence ? ':' : '.'}`, width), ...(sentence ? paragraph('  ', sentence, width) : [])];
    }),
  ];
}

function holdsIn(instance: Instance, state: Plain, predicate: (state: never) => boolean): boolean {
  running.thread = -1;
  return predicate(viewOf(instance, state) as never);
}
