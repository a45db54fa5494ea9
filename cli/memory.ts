/** `--memory`: which targets can be checked under an order, and which say nothing there. */
import { orderIn, instantiate, type MemoryOrder, memoryOrders } from '#notation';
import { refusing, usage } from './failure.ts';
import type { Target } from './suites.ts';

/** The targets to be run under an order, and those that are not. */
export interface UnderOrder<Each> extends NotRun {
  readonly targets: readonly Each[];
}

/** A sentence for each variant that is not run. */
export interface NotRun {
  /** Those whose point needs a weaker order: nothing is known of their verdict. */
  readonly needing: readonly string[];
  /** Those that are the same under every order. */
  readonly indifferent: readonly string[];
}

/**
 * Puts targets under an order. A variant whose point needs a weaker one would hold for nothing, and one without any `memory(…)` is the
 * same under all of them: neither is run.
 * @throws Failure when nothing is left.
 */
export function underOrder<Each extends Target>(
  targets: readonly Each[],
  order: MemoryOrder | undefined,
): UnderOrder<Each> {
  if (order === undefined) return { targets, needing: [], indifferent: [] };
  const run: Each[] = [];
  const needing: string[] = [];
  const indifferent: string[] = [];
  for (const target of targets) {
    const { model } = target.suite;
    const { base } = orderIn(target.variant);
    const own = model.variants[base]?.memoryOrder ?? 'sc';
    const variant = order === own ? base : `${base}@${order}`;
    const weak = weakness(order) > 0 && refusing(() => instantiate(model, variant));
    if (weakness(order) < weakness(own)) needing.push(`${model.name}/${base}: not run: needs ${own}`);
    else if (weak && !weak.buffers?.locations.some(({ memory }) => memory))
      indifferent.push(`${model.name}/${base}: not run under ${order}: no field of its state is in memory(…)`);
    else run.push({ ...target, variant });
  }
  if (run.length === 0) throw usage(`nothing is run: ${[...needing, ...indifferent].slice(0, 3).join('; ')}`);
  return { targets: run, needing, indifferent };
}

/** How weak an order is: 0 for `sc`. */
function weakness(order: MemoryOrder): number {
  return memoryOrders.indexOf(order);
}
