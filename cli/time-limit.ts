/** What is executed in this very thread, and stopped when it takes too long, as only a virtual machine can. */
import { Script } from 'node:vm';
import { exitCodes } from '#report';
import { Failure } from './failure.ts';

/**
 * Runs something that may never come to its end.
 * @returns whether it came to its end.
 * @throws what it throws.
 */
export function endsWithin(milliseconds: number, run: () => void): boolean {
  const shared = globalThis as { mmucheckRun?: () => void };
  shared.mmucheckRun = run;
  try {
    new Script('mmucheckRun()').runInThisContext({ timeout: milliseconds, displayErrors: false });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}

/** Milliseconds for some steps, and for each of them beside. */
const base = 5000;
const perStep = 50;

/**
 * What comes of executing some steps of a model.
 * @param place says of which variant.
 * @throws Failure when a step or claim does not come to its end; what it throws.
 */
export function stepping<Result>(place: string, steps: number, run: () => Result): Result {
  let result: { readonly is: Result } | undefined;
  endsWithin(base + steps * perStep, () => {
    result = { is: run() };
  });
  if (result) return result.is;
  throw new Failure(exitCodes.modelThrew, `${place}: a step or claim does not come to its end; bound its loops`);
}
