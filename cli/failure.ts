/** The end of a run that is no verdict: a sentence for whoever typed the command, and the exit code. */
import { exitCodes, oneLine } from '#report';

/** Thrown anywhere in the command line; `main` prints the sentence and exits with the code. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: number;

  constructor(code: number, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options);
    this.code = code;
  }
}

/** A command that cannot be carried out as it was typed. */
export function usage(sentence: string, cause?: unknown): Failure {
  return new Failure(exitCodes.usage, sentence, { cause });
}

/** Runs something of the notation that refuses bad input with a sentence, and passes that on as a usage failure. */
export function refusing<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (isSentence(error)) throw usage(error.message, error);
    throw error;
  }
}

/** The sentence with which something of the notation refuses bad input; undefined when it does not. */
export function refusalOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isSentence(error)) return error.message;
    throw error;
  }
}

/** Whether an error was thrown on purpose, with a sentence, and not by a mistake in the program. */
export function isSentence(error: unknown): error is Error {
  return error instanceof Error && error.constructor === Error && !/^\[\w+ bug\]/.test(error.message);
}

/** What `main` prints for an error, and the code it exits with. */
export function describeFailure(error: unknown, debug: boolean): { text: string; code: number } {
  const stack = debug && error instanceof Error && error.stack !== undefined ? `\n${stacks(error)}` : '';
  if (error instanceof Failure) return { text: `mmucheck: ${printable(error.message)}${stack}`, code: error.code };
  const message = error instanceof Error ? error.message : String(error);
  const marked = /^\[\w+ bug\]/.test(message) ? message : `[mmucheck bug] ${message}`;
  const next = debug ? '' : '; please report it with what --debug adds';
  return { text: `${marked}${next}${stack}`, code: exitCodes.system };
}

/** What somebody has typed or written into a file may be in a sentence: a terminal obeys none of it. */
function printable(sentence: string): string {
  return sentence.split('\n').map(oneLine).join('\n');
}

function stacks(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stacks(error.cause)}` : '';
  return `${error.stack}${cause}`;
}
