/** Where results go: standard output, whose reader may go away. */
import { Console } from 'node:console';
import { exitCodes, type Paint, painterFor } from '#report';

/** Writes results to standard output, with a newline. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The painter for results. */
export function painter(): Paint {
  return painterFor(process.stdout, process.env);
}

/** What a suite file prints while it is loaded or executed is no result: it goes to standard error. */
export function keepsResultsAlone(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
}

/** A reader that stops reading (`| head -1`) is no error, and keeps the exit code; a full disk is one. */
export function survivesClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      process.exitCode = exitCodes.system;
      if (stream === process.stdout)
        process.stderr.write(`mmucheck: the results cannot be written: ${error.message}\n`);
    });
  }
}
