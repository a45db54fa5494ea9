/** `check --grow`: each bound of each variant raised by one, each by itself. */
import { type Growth, growthOf, layoutOf, type VariantResult } from '#explorer';
import { initialStates, instantiate } from '#notation';
import { refusalOf } from './failure.ts';
import { type Planned, runSearches, type Searched } from './searches.ts';

/** Seconds for each raised bound, when no limit is given. */
const secondsEach = 10;

/** A variant with one bound raised. */
interface Raised {
  readonly set: string;
  readonly size: number;
  readonly before: VariantResult;
  readonly planned: Planned;
  /** Why it cannot be searched. */
  readonly refusal: string | undefined;
}

/**
 * Searches variants with each of their bounds raised by one.
 * @param planned the searches as they were, and their results in the same order.
 * @throws Failure as `runSearches` does.
 */
export async function grow(
  planned: readonly Planned[],
  results: readonly VariantResult[],
  atOnce: number | undefined,
): Promise<{ growths: Growth[]; signal: Searched['signal'] }> {
  const all = planned.flatMap((each, i) => raised(each, results[i] as VariantResult));
  const growths = new Map<Raised, Growth>();
  for (const each of all) if (each.refusal !== undefined) growths.set(each, refused(each, each.refusal));
  const searchable = all.filter((each) => !growths.has(each));
  const { signal } = await runSearches(
    searchable.map((each) => each.planned),
    {
      atOnce,
      onResult(i, after) {
        const each = searchable[i] as Raised;
        growths.set(each, growthOf(each.before, after, each.set));
      },
    },
  );
  return { growths: all.flatMap((each) => growths.get(each) ?? []), signal };
}

function raised({ suite, job }: Planned, before: VariantResult): Raised[] {
  const limits = Object.keys(job.limits).length > 0 ? job.limits : { seconds: secondsEach };
  return Object.entries(before.bounds).map(([set, was]) => {
    const size = was + 1;
    const bounds = { ...job.bounds, [set]: size };
    const refusal = refusalOf(() => {
      const instance = instantiate(suite.model, job.variant, bounds);
      layoutOf(instance);
      initialStates(instance);
    });
    return { set, size, before, planned: { suite, job: { ...job, bounds, limits } }, refusal };
  });
}

function refused({ before: { model, variant }, set, size }: Raised, message: string): Growth {
  return { model, variant, set, size, verdict: 'cannot be raised', changes: [], states: 0, message };
}
