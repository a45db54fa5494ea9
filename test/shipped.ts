/** Every model and suite that is shipped, and bounds small enough for the plain reference search. */
import * as invariants from '#invariants';
import * as models from '#model';
import type { Model, Suite } from '#notation';

/** The shipped models. */
export const shippedModels = Object.values<unknown>(models).filter(isModel);

/** The shipped suites. */
export const shippedSuites = Object.values<unknown>(invariants).filter(isSuite);

/** Bounds by the model's name, where one of everything is not enough for anything to happen, or is too little to be small. */
const small: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'dirty-log': { gfn: 1, vcpu: 1, ioctl: 1 },
  litmus: { register: 4, cpu: 1 },
  'pte-list': { head: 1, spte: 3, desc: 2, ext: 2, tail: 3, holder: 1 },
  mmu: { gfn: 1, spte: 1, vcpu: 1, ioctl: 1, invalidation: 1, desc: 2, ext: 2, tail: 3 },
};

/** A variant of a shipped model, at small bounds. */
export interface Shipped {
  readonly name: string;
  readonly model: Model<never>;
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
}

/** Every variant of every shipped model. */
export function shippedVariants(): Shipped[] {
  return shippedModels.flatMap((model) =>
    Object.keys(model.variants).map((variant) => ({
      name: `${model.name}/${variant}`,
      model,
      variant,
      bounds: small[model.name] ?? Object.fromEntries(Object.keys(model.bounds).map((set) => [set, 1])),
    })),
  );
}

/** The suite of a model. */
export function suiteOf(model: Model<never>): Suite {
  const found = shippedSuites.find((suite) => suite.model.name === model.name);
  if (found === undefined) throw new Error(`${model.name} has no suite`);
  return found;
}

function isModel(value: unknown): value is Model<never> {
  return typeof value === 'object' && value !== null && 'variants' in value && 'state' in value;
}

function isSuite(value: unknown): value is Suite {
  return typeof value === 'object' && value !== null && 'violated' in value && 'model' in value;
}
