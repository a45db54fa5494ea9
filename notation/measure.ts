/** What is counted of a model: numbers over all executions, taken from its states and steps and never kept by them. */
import type { Model } from './model.ts';
import { checkList, checkObject } from './well-made.ts';

/** Over which bounds a measure is told, and of which variants, when nothing else is asked for. */
export interface Sweep<VariantName extends string = string> {
  /** The set whose bound grows, from one size to another. */
  readonly set: string;
  readonly from: number;
  readonly to: number;
  /** How far apart two sizes are; 1 when nothing is said. */
  readonly by?: number;
  /** Other bounds that differ from the model's. */
  readonly bounds?: Readonly<Record<string, number>>;
  readonly variants: readonly VariantName[];
}

/**
 * The largest number that any execution reaches in one stretch. A stretch is one run of the function of a thread in `of`, from its
 * first step to its return; or, with `while`, as long as that is true. Steps inside `atomically` are steps like others.
 */
export interface Measure<State, VariantName extends string = string> {
  /** What is counted, in words: "steps that vCPUs take while the entry is invalid". */
  readonly what: string;
  /** The row of threads whose steps are counted. */
  readonly of: keyof State & string;
  /** The steps that are taken in the states of a stretch of which this is true are counted, whichever thread of the row takes them. */
  readonly while?: (state: State) => boolean;
  /** Only runs that begin with this step. */
  readonly from?: string;
  /** Only steps of these names; a lock is taken and released by steps such as `spin_lock(mmu_lock)`. */
  readonly steps?: readonly string[];
  /** In place of steps: how many different elements of this row of the state each of them reads, such as `desc` or `desc.sptes`. */
  readonly reads?: string;
  readonly sweep: Sweep<VariantName>;
  /** The figure that was published of it. */
  readonly published?: string;
  /** What the model does not say about that figure. */
  readonly unsaid?: string;
}

/**
 * Looks a measure over, as far as that needs no bounds.
 * @throws Error with a sentence, naming the place.
 */
export function checkMeasure(place: string, measure: Measure<never>, { bounds, variants }: Model<never>): void {
  checkObject(place, 'what is given', measure, 'write { what, of, sweep }');
  const { sweep, from } = measure;
  checkObject(place, 'sweep', sweep, 'write { set, from, to, variants }');
  checkList(place, 'variants of sweep', sweep.variants, 'write a list of names');
  const refuse = (what: string): never => {
    throw new Error(`${place} ${what}`);
  };
  if (measure.while && from !== undefined)
    refuse('has while and from; a stretch is a run that begins with a step, or the states of which something is true');
  const unknown = sweep.variants.find((variant) => !Object.hasOwn(variants, variant));
  if (unknown !== undefined) refuse(`is swept over ${unknown}, which is no variant`);
  const sets = [sweep.set, ...Object.keys(sweep.bounds ?? {})];
  const unbound = sets.find((set) => !Object.hasOwn(bounds, set));
  if (unbound !== undefined)
    refuse(`is swept at ${unbound}, which is no bound; the bounds are ${Object.keys(bounds).join(', ')}`);
  if (!(sweep.from < sweep.to)) refuse(`is swept from ${sweep.from} to ${sweep.to}; there are no two sizes to compare`);
}
