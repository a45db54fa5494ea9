/** The last lines of a check, for whoever reads a log from its end. */
import type { ClaimResult } from '#explorer';
import { type Paint, plainly } from './colour.ts';
import { missesFloor, type Reported } from './reported.ts';
import { type Standing, standingOf } from './standing.ts';
import { stoppedBy } from './undecided.ts';
import { paragraph, wrapped } from './wrap.ts';

/** What of a check the summary is about. */
export interface SummaryOptions {
  readonly width?: number;
  readonly paint?: Paint;
  /** How many variants were asked for; more than there are results when the run was interrupted. */
  readonly asked?: number;
}

/** How many variants came out as expected, which did not and why, and what was left undecided. */
export function summary(
  results: readonly Reported[],
  { width = 80, paint = plainly, asked }: SummaryOptions = {},
): string {
  const wanted = asked ?? results.length;
  const standing = (which: Standing) => results.filter((result) => standingOf(result) === which);
  const [right, wrong, undecided] = [standing('as expected'), standing('not as expected'), standing('not decided')];
  const unfinished = wanted - results.length;
  const tone = wrong.length > 0 ? 'bad' : right.length < wanted ? 'open' : 'good';
  const counts = [
    `${right.length} of ${wanted} variants as expected`,
    ...(wrong.length > 0 ? [`${wrong.length} not as expected`] : []),
    ...(undecided.length > 0 ? [`${undecided.length} not decided`] : []),
    ...(unfinished > 0 ? [`${unfinished} not finished`] : []),
  ];
  return [
    ...wrong.flatMap((result) => paragraph('  ', `${placeOf(result)}: ${complaints(result).join('; ')}`, width)),
    ...limits(undecided).flatMap((text) => paragraph('  ', text, width)),
    ...wrapped(`mmucheck: ${counts.join(', ')}`, width).map((line) => paint(tone, line)),
  ].join('\n');
}

function placeOf({ model, variant }: Reported): string {
  return `${model}/${variant}`;
}

/** In what a variant is decidedly not as its suite expects. */
function complaints(result: Reported): string[] {
  const { claims, neverFired, stopped, states, floor } = result;
  const named = (which: (claim: ClaimResult) => boolean) => claims.filter(which).map(withLength);
  const broken = named(({ outcome, expected }) => outcome === 'violated' && expected === 'holds');
  const kept = named(({ outcome, expected }) => outcome === 'holds' && expected === 'violated');
  const vacuous = named(({ outcome, kind }) => outcome === 'vacuous' && kind !== 'reachable');
  const unreached = named(({ outcome, kind }) => outcome === 'vacuous' && kind === 'reachable');
  const unfired = neverFired.map(({ row, step }) => `${row}.${step}`);
  return [
    ...said('violated, and expected to hold:', broken),
    ...said('holds, and expected to be violated:', kept),
    ...said('vacuous:', vacuous),
    ...said('never reached:', unreached),
    ...said('never fired:', unfired),
    ...(missesFloor(result) ? [`${states} states, and the suite file asks for ${floor}`] : []),
    ...(stopped === undefined ? [] : [`the rest not decided, ${stoppedBy(result)}`]),
  ];
}

function said(what: string, names: readonly string[]): string[] {
  return names.length > 0 ? [`${what} ${names.join(', ')}`] : [];
}

function withLength({ name, trace }: ClaimResult): string {
  return trace ? `${name} (in ${trace.length} ${trace.length === 1 ? 'step' : 'steps'})` : name;
}

/** What was left undecided, by the limit that ended it. */
function limits(undecided: readonly Reported[]): string[] {
  return [...new Set(undecided.map(stoppedBy))].map((limit) => {
    const stopped = undecided.filter((result) => stoppedBy(result) === limit);
    return `not decided, ${limit}: ${stopped.map(placeOf).join(', ')}`;
  });
}
