/** A trace in a file, in the form in which the JSON document has it. */
import type { NamedStep } from '#explorer';
import { exitCodes, type ReplayLine } from '#report';
import { Failure } from './failure.ts';
import { readJson } from './input-file.ts';

/**
 * Reads a trace.
 * @throws Failure naming the file and the field that is not as it should be.
 */
export function readTraceFile(file: string): ReplayLine {
  const value = parsed(file);
  if (!isObject(value)) throw bad(file, 'it holds no object');
  if ('results' in value) {
    throw bad(file, 'it is a whole document; give the file one of its traces, such as .results[0].claims[0].trace');
  }
  const { model, variant, bounds, initial, steps, loopFrom } = value;
  if (typeof model !== 'string' || typeof variant !== 'string') throw bad(file, 'model and variant must be names');
  if (!isObject(bounds) || !Object.values(bounds).every(isCount))
    throw bad(file, 'bounds must be an object of whole numbers');
  if (initial !== undefined && typeof initial !== 'string') throw bad(file, 'initial must be a name');
  if (!Array.isArray(steps)) throw bad(file, 'steps must be a list');
  if (loopFrom !== undefined && !(isCount(loopFrom) && loopFrom <= steps.length))
    throw bad(file, 'loopFrom must be the number of steps before those that are repeated');
  return {
    target: `${model}/${variant}`,
    bounds: bounds as Record<string, number>,
    initial,
    steps: steps.map((step, i) => stepOf(file, step, i)),
    loopFrom,
  };
}

function stepOf(file: string, value: unknown, i: number): NamedStep {
  if (isObject(value)) {
    const { thread, step, args } = value;
    if (typeof thread === 'string' && typeof step === 'string' && Array.isArray(args) && args.every(isCount))
      return { thread, step, args };
  }
  throw bad(file, `steps[${i}] must have thread and step, which are names, and args, a list of whole numbers`);
}

function parsed(file: string): unknown {
  try {
    return readJson(file);
  } catch (error) {
    throw bad(file, (error as Error).message);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function bad(file: string, what: string): Failure {
  return new Failure(exitCodes.badFile, `${file} is no trace: ${what}; take the trace object of what --json writes`);
}
