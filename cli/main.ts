#!/usr/bin/env node
/** The command line: what is run, and how it ends. */
import { optimizesLate } from './compiler.ts';
import { keepsResultsAlone, survivesClosedPipes } from './output.ts';
import { program, told } from './program.ts';
import { prepareThread } from './search-thread.ts';

/** Verbs that begin with a search, whatever else they do. */
const searching = new Set(['check', 'show', 'ablate', 'orders', 'findings']);

optimizesLate();
survivesClosedPipes();
keepsResultsAlone();
const [, , ...given] = process.argv;
const debug = given.includes('--debug');
process.on('uncaughtException', end).on('unhandledRejection', end);
try {
  if (searching.has(given[0] as string)) prepareThread();
  await (await program(given)).parseAsync();
} catch (error) {
  end(error);
}

function end(error: unknown): void {
  const failure = told(error, debug);
  if (failure === undefined) return;
  process.exitCode = failure.code;
  // A suite file may have left something running.
  process.stderr.write(`${failure.text}\n`, () => process.exit());
}
