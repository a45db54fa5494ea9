/** What a suite file asks for, held against what there is: whatever has disappeared or shrunk is told before the first search. */
import { executionClaims, instantiate, orderIn, reserved, type Suite } from '#notation';
import { exitCodes } from '#report';
import { type CiSuite, type CiVariant, limitsOfBudget } from './ci-suite.ts';
import { Failure } from './failure.ts';
import { suggestion } from './nearest.ts';
import type { Asked } from './plan.ts';
import { type KnownSuite, type Target, variantNamed } from './suites.ts';

/**
 * The variants that a suite file asks for, with the bounds, the verdicts, the floors and the limits that it states.
 * @param bounds what the command line says in place of the file, which may not be less.
 * @throws Failure (16) naming every variant, claim, witness and bound that is not there any more, or is less.
 */
export function demanded(
  { variants, budget }: CiSuite,
  known: readonly KnownSuite[],
  bounds: Readonly<Record<string, number>>,
  file: string,
): Asked[] {
  const complaints: string[] = [];
  const asked = variants.flatMap((demand): Asked[] => {
    const target = found(demand.variant, known);
    if (typeof target === 'string') {
      complaints.push(`${demand.variant}: ${target}`);
      return [];
    }
    complaints.push(...lacking(demand, target, bounds).map((what) => `${demand.variant}: ${what}`));
    const { violated = [], states: floor, memory, symmetry } = demand;
    const limits = { ...limitsOfBudget(budget), ...limitsOfBudget(demand.budget) };
    const { base } = orderIn(target.variant);
    const suite: Suite = { ...target.suite, violated: { ...target.suite.violated, [base]: violated } };
    const own = suite.model.variants[base]?.memoryOrder ?? 'sc';
    const variant = memory === undefined || memory === own ? target.variant : `${base}@${memory}`;
    return [{ ...target, variant, suite, bounds: demand.bounds ?? {}, symmetry: symmetry === 'on', limits, floor }];
  });
  refuse(`${file} asks for more than there is`, complaints);
  return asked;
}

/**
 * Compares a suite file with one of before.
 * @throws Failure (16) naming everything of which it asks for less.
 */
export function mustNotBeWeaker(now: CiSuite, before: CiSuite, file: string, baseline: string): void {
  const complaints = before.variants.flatMap((old) => {
    const same = now.variants.filter(({ variant }) => variant === old.variant);
    if (same.length === 0) return [`${old.variant} is not there any more`];
    const weakened = same.map((demand) => weaker(demand, old));
    const [fewest = []] = weakened.toSorted((a, b) => a.length - b.length);
    return fewest.map((what) => `${old.variant}: ${what}`);
  });
  refuse(`${file} asks for less than ${baseline}`, complaints);
}

function refuse(what: string, complaints: readonly string[]): void {
  if (complaints.length === 0) return;
  throw new Failure(exitCodes.unmet, `${what}:\n${complaints.map((each) => `  ${each}`).join('\n')}`);
}

function found(name: string, known: readonly KnownSuite[]): Target | string {
  try {
    return variantNamed(name, known);
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

/** What a model or its suite has not, and a demand names; and bounds that would be less. */
function lacking(
  { bounds = {}, memory, holds = [], violated = [], reached = [] }: CiVariant,
  { suite, variant }: Target,
  given: Readonly<Record<string, number>>,
) {
  const own = instantiate(suite.model, memory === undefined ? variant : `${orderIn(variant).base}@${memory}`).bounds;
  const executions = executionClaims(suite, own).map(({ name }) => name);
  const claims = [...Object.keys(suite.invariants), ...executions, ...reserved];
  const witnesses = Object.keys(suite.reachable);
  const sets = Object.keys(own);
  const gone = (what: string, asked: readonly string[], there: readonly string[]) =>
    asked
      .filter((name) => !there.includes(name))
      .map((name) => `there is no ${what} ${name}${suggestion(name, there)}`);
  const sizes: Readonly<Record<string, number>> = { ...own, ...bounds };
  const smaller = Object.entries(given).flatMap(([set, now]) => {
    const size = sizes[set] ?? 0;
    return now < size ? [`--bounds ${set}=${now} is less than ${set}=${size}`] : [];
  });
  return [
    ...gone('claim', [...holds, ...violated], claims),
    ...gone('witness', reached, witnesses),
    ...gone('bound', Object.keys(bounds), sets),
    ...smaller,
  ];
}

/** In what a demand is weaker than an older one. */
function weaker(now: CiVariant, old: CiVariant): string[] {
  const lists = (['holds', 'violated', 'reached'] as const).flatMap((list) =>
    (old[list] ?? []).filter((name) => !now[list]?.includes(name)).map((name) => `${name} is not in ${list} any more`),
  );
  const sizes = Object.entries(old.bounds ?? {}).flatMap(([set, size]) => {
    const left = now.bounds?.[set];
    if (left === undefined) return [`it has no bound ${set} any more`];
    return left < size ? [`${set} has shrunk from ${size} to ${left}`] : [];
  });
  const { states: least = 0 } = now;
  const floor = least < (old.states ?? 0) ? [`the floor has sunk from ${old.states} states to ${least}`] : [];
  return [...lists, ...sizes, ...floor];
}
