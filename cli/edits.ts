/** Searches of edited variants, each compared with the one it is derived from. */
import { type Finding, findingOf, layoutOf, type VariantResult } from '#explorer';
import { derived, instantiate } from '#notation';
import { exitCodes } from '#report';
import { refusalOf } from './failure.ts';
import type { SearchOptions } from './options.ts';
import { planned } from './plan.ts';
import { cacheIn, noCache } from './result-cache.ts';
import { type Planned, runSearches } from './searches.ts';
import type { Target } from './suites.ts';

/** A variant, and the names of those derived from it that are to be compared with it. */
export interface Edited {
  readonly target: Target;
  readonly variants: readonly string[];
}

/** What came of one. */
export interface Compared {
  readonly target: Target;
  readonly original: VariantResult;
  /** By the name of the derived variant. */
  readonly findings: ReadonlyMap<string, Finding>;
}

/** What is said beside the options of every search. */
export interface EditOptions extends SearchOptions {
  /** A folder for results. */
  readonly cache?: string;
}

/** What came of all. */
export interface Comparison {
  /** One for each variant that has been searched itself; fewer than asked for when a signal came. */
  readonly compared: readonly Compared[];
  readonly signal: 'SIGINT' | 'SIGTERM' | undefined;
  /** The exit code: nothing that is found is an error. */
  readonly code: number;
}

/** Seconds without a sign of life after which an edited step is taken to go round for ever. */
const patience = 30;

/**
 * Searches variants and those derived from them.
 * @throws Failure as `planned` and `runSearches` do.
 */
export async function compare(
  wanted: readonly Edited[],
  { cache: folder, ...options }: EditOptions,
): Promise<Comparison> {
  const originals = planned(
    wanted.map(({ target }) => target),
    options,
  );
  const refusals = new Map<string, string>();
  const jobs = new Map<string, Planned>();
  wanted.forEach(({ target, variants }, i) => {
    const original = originals[i] as Planned;
    jobs.set(keyOf(target), original);
    for (const variant of variants) {
      const suite = derived(target.suite, variant);
      const refusal = refusalOf(() => layoutOf(instantiate(suite.model, variant, original.job.bounds)));
      if (refusal === undefined) jobs.set(keyOf(target, variant), { suite, job: { ...original.job, variant } });
      //  Without the place that it starts with.
      else refusals.set(keyOf(target, variant), refusal.replace(/^\S+: /, ''));
    }
  });
  const { results, signal } = await searched(jobs, folder, options.jobs);
  const compared = wanted.flatMap(({ target, variants }): Compared[] => {
    const original = results.get(keyOf(target));
    if (original === undefined) return [];
    const finding = (variant: string): Finding => {
      const message = refusals.get(keyOf(target, variant));
      if (message !== undefined) return { kind: 'does not compile', message };
      const result = results.get(keyOf(target, variant));
      return result === undefined && signal
        ? { kind: 'incomplete', message: 'interrupted' }
        : findingOf(original, result);
    };
    return [{ target, original, findings: new Map(variants.map((variant) => [variant, finding(variant)])) }];
  });
  const incomplete = compared.some(({ findings }) => [...findings.values()].some(({ kind }) => kind === 'incomplete'));
  const interrupted = signal && exitCodes[signal === 'SIGINT' ? 'interrupted' : 'terminated'];
  return { compared, signal, code: interrupted ?? (incomplete ? exitCodes.incomplete : exitCodes.asExpected) };
}

/** The results of jobs, from the cache where it has them. */
async function searched(jobs: ReadonlyMap<string, Planned>, folder: string | undefined, atOnce: number | undefined) {
  const cache = folder === undefined ? noCache : cacheIn(folder);
  const results = new Map<string, VariantResult>();
  for (const [key, job] of jobs) {
    const known = cache.read(job);
    if (known) results.set(key, known);
  }
  const missing = [...jobs].filter(([key]) => !results.has(key));
  const { signal } = await runSearches(
    missing.map(([, job]) => job),
    {
      atOnce,
      patience,
      onResult(at, result) {
        const [key, job] = missing[at] as [string, Planned];
        results.set(key, result);
        cache.write(job, result);
      },
    },
  );
  return { results, signal };
}

function keyOf({ file = '', suite, variant }: Target, edited: string = variant): string {
  return JSON.stringify([file, suite.model.name, edited]);
}
