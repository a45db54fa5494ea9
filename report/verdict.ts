/** The verdict on each thing that a variant was checked for, in words: what every report for a machine is made of. */
import type { ClaimResult, Trace } from '#explorer';
import { codeOf, exitCodes } from './exit-code.ts';
import { drawViolation } from './race.ts';
import { missesFloor, type Reported } from './reported.ts';
import { undecided } from './undecided.ts';

/** One verdict. */
export interface Verdict {
  /** The claim, the witness, the reserved word; else what was asked for. */
  readonly name: string;
  /** The sentence of the claim, where it has one. */
  readonly claimed: string | undefined;
  /** Whether it is as expected; else what kind of news it is. */
  readonly came: 'as expected' | 'violated' | 'unmet' | 'threw' | 'not decided';
  /** What came out: a sentence whose subject is the name. */
  readonly said: string;
  readonly trace: Trace | undefined;
  /** The race, drawn, or why there is none; undefined where nothing is violated that is to hold. */
  readonly race: string | undefined;
}

/** The verdicts on a variant: its claims, that every step fires, and how many states there must be. */
export function verdictsOf(result: Reported): Verdict[] {
  const { neverFired, states, floor } = result;
  const made = (name: string, wrong: boolean, said: string): Verdict => ({
    name,
    claimed: undefined,
    came: wrong ? 'unmet' : 'as expected',
    said,
    trace: undefined,
    race: undefined,
  });
  const idle = neverFired.map(({ row, step }) => `${row}.${step}`).join(', ');
  const found = `${states} states${floor === undefined ? '' : `, and the suite file asks for ${floor}`}`;
  return [
    ...result.claims.map((claim) => verdictOf(claim, result)),
    ...(idle === '' ? [] : [made('every step fires', true, `is false: ${idle} never fired`)]),
    ...(floor === undefined || result.stopped ? [] : [made('enough states', missesFloor(result), `: ${found}`)]),
  ];
}

/** `name said`, as one sentence. */
export function sentenceOfVerdict({ name, said }: Verdict): string {
  return said.startsWith(':') ? `${name}${said}` : `${name} ${said}`;
}

function verdictOf(claim: ClaimResult, result: Reported): Verdict {
  const { name, sentence, outcome, expected, trace } = claim;
  const surprises = outcome === 'violated' && expected === 'holds';
  return {
    name,
    claimed: sentence,
    came: cameOf(claim),
    said: saidOf(claim, result),
    trace,
    race: surprises ? drawViolation(result, claim, { suiteFile: result.file }) : undefined,
  };
}

function cameOf(claim: ClaimResult): Verdict['came'] {
  switch (codeOf(claim)) {
    case exitCodes.asExpected:
      return 'as expected';
    case exitCodes.incomplete:
      return 'not decided';
    case exitCodes.unmet:
      return 'unmet';
    case exitCodes.modelThrew:
      return 'threw';
    default:
      return 'violated';
  }
}

function saidOf({ kind, outcome, expected, trace, message }: ClaimResult, result: Reported): string {
  const wanted = outcome === expected;
  switch (outcome) {
    case 'holds': {
      const how = kind === 'reachable' ? 'is reached' : `holds in all ${result.states} states`;
      return wanted ? how : `${how}, and is expected to be violated`;
    }
    case 'violated': {
      const length = trace ? ` in ${trace.length} ${trace.length === 1 ? 'step' : 'steps'}` : '';
      const why = message === undefined ? '' : `: ${message}`;
      return `is violated${length}${wanted ? ', as expected' : ''}${why}`;
    }
    case 'vacuous':
      return kind === 'reachable' ? 'is never reached' : 'is vacuous: nothing ever puts it to the test';
    case 'incomplete':
      return undecided(result);
  }
}
