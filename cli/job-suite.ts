/** The suite of a job, in a thread that searches: it is loaded there once more, because functions cannot be sent to a thread. */
import { exitCodes } from '#report';
import { Failure } from './failure.ts';
import type { Job } from './searches.ts';
import { type KnownSuite, ownSuites, suitesOf } from './suites.ts';

const loaded = new Map<string | undefined, Promise<KnownSuite[]>>();

/** The suites of a file, or ours. */
export function suitesIn(file: string | undefined): Promise<KnownSuite[]> {
  const suites = loaded.get(file) ?? (file === undefined ? Promise.resolve(ownSuites()) : suitesOf([file]));
  loaded.set(file, suites);
  return suites;
}

/** The suite that a job names. Each file is loaded once. @throws Failure when it has no such model any more. */
export async function suiteOf({ file, model }: Job): Promise<KnownSuite> {
  const found = (await suitesIn(file)).find(({ suite }) => suite.model.name === model);
  if (found) return found;
  throw new Failure(
    exitCodes.usage,
    `${file}: the model ${model} is there at one time and not at another; a suite file may depend on nothing else`,
  );
}
