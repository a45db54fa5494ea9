/** The long and the short form of tests that could go on for ever: `npm run test:long` and `npm test`. */

/** Whether everything is run that there is to run. */
export const long = process.env.MMUCHECK_LONG === '1';

/** In the long form all of a list; in the short one every `step`th, from the first on. */
export function sample<Each>(all: readonly Each[], step: number): readonly Each[] {
  return long ? all : all.filter((_, i) => i % step === 0);
}
