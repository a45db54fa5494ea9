/** Where a variant stands against its suite. */
import type { VariantResult } from '#explorer';
import { codeOf, exitCodes } from './exit-code.ts';

/** A variant is not as expected as soon as one verdict is decidedly not; not decided when a limit ended its search first. */
export type Standing = 'as expected' | 'not as expected' | 'not decided';

/** Where a variant stands. */
export function standingOf({ claims, neverFired, stopped }: VariantResult): Standing {
  const wrong = claims.map(codeOf).some((code) => code !== exitCodes.asExpected && code !== exitCodes.incomplete);
  if (wrong || neverFired.length > 0) return 'not as expected';
  return stopped === undefined ? 'as expected' : 'not decided';
}
