/** Where a variant stands against its suite. */
import { codeOf, exitCodes } from './exit-code.ts';
import { missesFloor, type Reported } from './reported.ts';

/** A variant is not as expected as soon as one verdict is decidedly not; not decided when a limit ended its search first. */
export type Standing = 'as expected' | 'not as expected' | 'not decided';

/** Where a variant stands. */
export function standingOf(result: Reported): Standing {
  const { claims, neverFired, stopped } = result;
  const wrong = claims.map(codeOf).some((code) => code !== exitCodes.asExpected && code !== exitCodes.incomplete);
  if (wrong || neverFired.length > 0 || missesFloor(result)) return 'not as expected';
  return stopped === undefined ? 'as expected' : 'not decided';
}
