/** The process's exit code, computed from the set of verdicts. */
import { match } from 'ts-pattern';
import type { ClaimResult, Growth } from '#explorer';
import { missesFloor, type Reported } from './reported.ts';

/** What each code means. */
export const exitCodes = {
  asExpected: 0,
  /** A deadlock that the suite does not expect. */
  deadlock: 11,
  /** An invariant, BUG_ON, WARN_ON_ONCE or range, violated where the suite does not expect it; a recording that the model does not match. */
  violated: 12,
  /** A claim on executions, violated where the suite does not expect it. */
  liveness: 13,
  /** Something expected to be violated holds, a claim or variant is vacuous, or a suite file asks for what is not there. */
  unmet: 16,
  /** A limit was reached before the end. */
  incomplete: 17,
  /** The model itself threw. */
  modelThrew: 75,
  /** Usage, an unknown name, a suite file that does not load, a replay line that does not apply. */
  usage: 150,
  /** A recording, trace file or document that cannot be used. */
  badFile: 151,
  /** The search cannot start within the memory given. */
  memory: 152,
  /** The system refused something, or mmucheck has a bug. */
  system: 153,
  /** SIGINT and SIGTERM. */
  interrupted: 130,
  terminated: 143,
} as const;

/** Which code wins when several verdicts have one: the first. */
export const precedence: readonly number[] = [
  exitCodes.system,
  exitCodes.modelThrew,
  exitCodes.unmet,
  exitCodes.violated,
  exitCodes.deadlock,
  exitCodes.liveness,
  exitCodes.incomplete,
];

/**
 * The code for a set of results, and for raised bounds. With `allowIncomplete` what was not decided counts as expected.
 * @param notRun how many variants there were whose verdict nothing was found out about.
 */
export function exitCodeOf(
  results: readonly Reported[],
  allowIncomplete = false,
  growths: readonly Growth[] = [],
  notRun = 0,
): number {
  const codes = new Set([...results.flatMap(codesOf), ...growths.map(({ verdict }) => growthCodes[verdict])]);
  if (notRun > 0) codes.add(exitCodes.incomplete);
  if (allowIncomplete) codes.delete(exitCodes.incomplete);
  return precedence.find((code) => codes.has(code)) ?? exitCodes.asExpected;
}

const growthCodes: Readonly<Record<Growth['verdict'], number>> = {
  same: exitCodes.asExpected,
  'cannot be raised': exitCodes.asExpected,
  changed: exitCodes.unmet,
  'not finished': exitCodes.incomplete,
};

function codesOf(result: Reported): number[] {
  const { claims, neverFired, stopped } = result;
  return [
    ...claims.map(codeOf),
    ...(neverFired.length > 0 || missesFloor(result) ? [exitCodes.unmet] : []),
    ...(stopped === undefined ? [] : [exitCodes.incomplete]),
  ];
}

/** The code for one claim; 0 when it is as expected. */
export function codeOf({
  name,
  kind,
  outcome,
  expected,
}: Pick<ClaimResult, 'name' | 'kind' | 'outcome' | 'expected'>): number {
  return match(outcome)
    .with('violated', () => (expected === 'violated' ? exitCodes.asExpected : unexpected(name, kind)))
    .with('holds', () => (expected === 'holds' ? exitCodes.asExpected : exitCodes.unmet))
    .with('vacuous', () => exitCodes.unmet)
    .with('incomplete', () => exitCodes.incomplete)
    .exhaustive();
}

function unexpected(name: string, kind: ClaimResult['kind']): number {
  if (name === 'throws') return exitCodes.modelThrew;
  if (kind === 'leadsTo' || kind === 'eventually') return exitCodes.liveness;
  return name === 'deadlock' ? exitCodes.deadlock : exitCodes.violated;
}
