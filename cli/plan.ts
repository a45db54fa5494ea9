/** From targets to searches: everything that can be refused is refused here, before the first search begins. */
import { type CheckLimits, type Limits, layoutOf, search, type StoreKind, symmetryOf } from '#explorer';
import { executionClaims, instantiate } from '#notation';
import { exitCodes } from '#report';
import { Failure, refusing, usage } from './failure.ts';
import { suggestion } from './nearest.ts';
import { limitsOf, type SearchOptions } from './options.ts';
import type { Planned } from './searches.ts';
import type { Target } from './suites.ts';
import { stepping } from './time-limit.ts';

/** A target with what a suite file says of it; the command line may say otherwise. */
export interface Asked extends Target {
  readonly bounds?: Readonly<Record<string, number>>;
  readonly symmetry?: boolean;
  readonly limits?: Limits;
  /** The fewest states that are not too few. */
  readonly floor?: number | undefined;
}

/**
 * The searches for some targets. A bound applies to the models that have it.
 * @throws Failure for a bound that none of them has or one cannot take, a list that does not compile, too little memory to start.
 */
export function planned(targets: readonly Asked[], options: SearchOptions): Planned[] {
  const { bounds: asked = {} } = options;
  const ownBounds = new Map(
    targets.map((target) => [target, refusing(() => instantiate(target.suite.model, target.variant)).bounds]),
  );
  const known = new Set([...ownBounds.values()].flatMap((own) => Object.keys(own)));
  for (const set of Object.keys(asked)) {
    if (known.has(set)) continue;
    const models = [...new Set(targets.map(({ suite }) => suite.model.name))].join(', ');
    throw usage(
      `${models}: no bound is called ${set}${suggestion(set, known)}; the bounds are ${[...known].join(', ')}`,
    );
  }
  return targets.map((target) => {
    const { suite, variant, file, bounds: demanded, limits: budget, floor } = target;
    const symmetry = options.symmetry ?? target.symmetry ?? false;
    const { model } = suite;
    const { maxMemory, store = 'exact', fpSeed } = options;
    const limits: CheckLimits = {
      ...budget,
      ...limitsOf(options),
      ...(maxMemory === undefined ? {} : { memory: undefined }),
    };
    if (limits.switches !== undefined && (symmetry || limits.depth !== undefined)) {
      const other = symmetry ? '--symmetry, which gives threads other numbers' : '--max-depth';
      throw usage(`--max-switches is not there with ${other}; leave one of them out`);
    }
    const own = ownBounds.get(target) as object;
    const bounds = { ...demanded, ...Object.fromEntries(Object.entries(asked).filter(([set]) => set in own)) };
    const instance = refusing(() => instantiate(model, variant, bounds));
    const layout = refusing(() => layoutOf(instance));
    if (symmetry) refusing(() => symmetryOf(instance, layout));
    const [execution] = executionClaims(suite, instance.bounds);
    if (symmetry && execution) {
      throw usage(
        `${model.name}: --symmetry is not there for claims on executions such as ${execution.name}; leave it out, or name other models`,
      );
    }
    if (store === 'exact' && fpSeed !== undefined)
      throw usage('--fp-seed is for fingerprints; add --store fingerprint or --store bitstate, or leave it out');
    if (store !== 'exact') mustSuit(store, model.name, execution?.name, limits, options);
    if (limits.memory !== undefined) {
      const { memory } = limits;
      const least = stepping(instance.name, 0, () => search(instance, undefined, { states: 0, memory }).visited.bytes);
      if (least > memory) {
        throw new Failure(
          exitCodes.memory,
          `${instance.name} cannot start within its budget; its first states take ${Math.ceil(least / 1024)}K`,
        );
      }
    }
    return {
      suite,
      floor,
      job: { file, model: model.name, variant, bounds, symmetry, limits, maxMemory, store, fpSeed },
    };
  });
}

/** @throws Failure for what needs all states whole, where they are not kept so. */
function mustSuit(
  store: StoreKind,
  model: string,
  execution: string | undefined,
  { switches }: CheckLimits,
  { workers }: SearchOptions,
): void {
  const needing = [
    ...(execution === undefined ? [] : [`claims on executions such as ${execution} of ${model}`]),
    ...(switches === undefined ? [] : ['--max-switches']),
    ...(workers === undefined || workers === 1 ? [] : [`--workers ${workers}`]),
  ];
  const [first] = needing;
  if (first === undefined) return;
  throw usage(`--store ${store} keeps no states whole, and there is nothing else for ${first}; leave one of them out`);
}
