/** Where a variant stands against its suite. */
import type { VariantResult } from '#explorer';
import { codeOf, exitCodes } from './exit-code.ts';

/** A variant is not as expected as soon as one verdict is decidedly not; not decided when a limit ended its search first. */
export type Standing = 'as expected' | 'not as expected' | 'not decided';

/** Where a variant stands. */
export function standingOf({ claims, neverFired, stopped }: VariantResult): Standing {
  const decided: readonly number[] = [exitCodes.asExpected, exitCodes.incomplete];
  if (neverFired.length > 0 || claims.some((claim) => !decided.includes(codeOf(claim)))) return 'not as expected';
  return stopped === undefined ? 'as expected' : 'not decided';
}
