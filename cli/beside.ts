/** `show --diff`: another variant beside the one whose race is drawn. */
import {
  type CarriedOver,
  type ClaimResult,
  ReplayError,
  sameSchedule,
  type Trace,
  type VariantResult,
} from '#explorer';
import { describe, type Instance, instantiate, outlines, type Plain, type Suite, viewOf } from '#notation';
import { drawCarriedOver, drawLists, wrapped } from '#report';
import { refusing } from './failure.ts';
import { painter } from './output.ts';
import { type KnownSuite, type Target, variantNamed } from './suites.ts';

/** Another variant of the same model. @throws Failure when the model has none of that name. */
export function besideNamed(name: string, { suite }: Target, known: readonly KnownSuite[]): Target {
  const model = suite.model.name;
  return variantNamed(name.startsWith(`${model}/`) ? name : `${model}/${name}`, known);
}

/** What another variant does differently. */
export function differences(target: Target, other: Target, width: number): string {
  const paint = painter();
  const lists = drawLists(outlines(target.suite, target.variant), outlines(other.suite, other.variant), { paint });
  return [...wrapped(headingOf(target.variant, other.variant, lists.length > 0), width), ...lists].join('\n');
}

function headingOf(variant: string, other: string, areDifferent: boolean): string {
  if (areDifferent) return `- ${variant}, + ${other}:`;
  if (variant === other) return `${variant} is compared with itself`;
  return `${variant} and ${other} list steps of the same names in the same order; what differs is inside a step, or where they start`;
}

/** What a race becomes in another variant; nothing where there is no race. */
export function beside(
  other: Target,
  { name, trace }: ClaimResult,
  bounds: VariantResult['bounds'],
  width: number,
): string[] {
  if (trace === undefined) return [];
  const instance = refusing(() => instantiate(other.suite.model, other.variant, thoseOf(other, bounds)));
  const carried = carriedOver(instance, trace);
  if (typeof carried === 'string') return [wrapped(carried, width).join('\n')];
  const ending = truthOf(other.suite, name, instance, carried.trace.states.at(-1) as Plain);
  return [[drawCarriedOver(trace, carried, { width, paint: painter() }), ...wrapped(ending, width)].join('\n')];
}

/** Of some bounds those that a variant has: without store buffers there is none for them. */
function thoseOf({ suite, variant }: Target, bounds: VariantResult['bounds']): VariantResult['bounds'] {
  const own = instantiate(suite.model, variant).bounds;
  return Object.fromEntries(Object.entries(bounds).filter(([set]) => set in own));
}

/** A race in another variant, or why it cannot begin there. */
function carriedOver(instance: Instance, trace: Trace): CarriedOver | string {
  try {
    return sameSchedule(instance, trace);
  } catch (error) {
    if (error instanceof ReplayError) return error.message;
    throw error;
  }
}

/** What becomes of the claim, which may be a reserved word. */
function truthOf({ invariants }: Suite, name: string, instance: Instance, state: Plain): string {
  const claim = Object.hasOwn(invariants, name) ? invariants[name] : undefined;
  if (claim === undefined) return `That is the end of the schedule.`;
  try {
    return `At the end of it ${name} is ${String(claim(viewOf(instance, state) as never))}.`;
  } catch (error) {
    return `At the end of it ${name} cannot be evaluated: it threw ${describe(error)}.`;
  }
}
