/** What is claimed of a model, and the verdict each of its variants must get. */
import { checkMeasure, type Measure } from './measure.ts';
import type { Model } from './model.ts';

/** A predicate over states. */
export type Claim<State> = (state: State) => boolean;

/** What may be violated in any model, without being claimed. */
export type Reserved = 'deadlock' | 'BUG_ON' | 'WARN_ON_ONCE' | 'range' | 'throws';
/** The same, as data. */
export const reserved: readonly Reserved[] = ['deadlock', 'BUG_ON', 'WARN_ON_ONCE', 'range', 'throws'];

/** What `suite` takes. */
export interface SuiteSource<State, VariantName extends string, Invariants, Reachables> {
  /** True in every reachable state. */
  readonly invariants: Invariants & Readonly<Record<string, Claim<State>>>;
  /** True in some reachable state: a model in which nothing can happen must not pass. */
  readonly reachable?: Reachables & Readonly<Record<string, Claim<State>>>;
  /** For each variant, exactly what is violated in it. */
  readonly violated: Readonly<Record<VariantName, readonly ((keyof Invariants & string) | Reserved)[]>>;
  /** Numbers over all executions. */
  readonly measures?: Readonly<Record<string, Measure<State, NoInfer<VariantName>>>>;
}

/** A suite as the tool sees it. */
export interface Suite {
  readonly model: Model<never>;
  readonly invariants: Readonly<Record<string, Claim<never>>>;
  readonly reachable: Readonly<Record<string, Claim<never>>>;
  readonly violated: Readonly<Record<string, readonly string[]>>;
  readonly measures: Readonly<Record<string, Measure<never>>>;
}

const sentence: unique symbol = Symbol.for('mmucheck.sentence') as never;

/** Gives a predicate the sentence that reports print for it: stated positively, in the patch's words where it has some. */
export function claim<State>(text: string, predicate: Claim<State>): Claim<State> {
  return Object.assign(predicate, { [sentence]: text });
}

/** The sentence of a claim; undefined when it was given none. */
export function sentenceOf(predicate: Claim<never> | undefined): string | undefined {
  return (predicate as { [sentence]?: string } | undefined)?.[sentence];
}

/**
 * Joins a model with its claims.
 * @throws Error with a sentence when two claims share a name, or an expectation names no claim.
 */
export function suite<
  State,
  VariantName extends string,
  const Invariants extends Readonly<Record<string, Claim<State>>>,
  const Reachables extends Readonly<Record<string, Claim<State>>> = Record<never, never>,
>(model: Model<State, VariantName>, source: SuiteSource<State, VariantName, Invariants, Reachables>): Suite {
  const { invariants, violated } = source;
  const reachable: Readonly<Record<string, Claim<State>>> = source.reachable ?? {};
  const place = `suite of ${model.name}`;
  for (const name of [...Object.keys(invariants), ...Object.keys(reachable)]) {
    if (Object.hasOwn(invariants, name) && Object.hasOwn(reachable, name))
      throw new Error(`${place}: ${name} is both an invariant and a reachable; rename one`);
    if ((reserved as readonly string[]).includes(name)) {
      throw new Error(`${place}: ${name} is a word of the notation; give the claim another name`);
    }
  }
  for (const variant of Object.keys(model.variants)) {
    if (!Object.hasOwn(violated, variant))
      throw new Error(`${place}: variant ${variant} has no verdict; add it to violated`);
  }
  for (const [variant, names] of Object.entries<readonly string[]>(violated)) {
    if (!Object.hasOwn(model.variants, variant))
      throw new Error(`${place}: violated names ${variant}, which is no variant`);
    for (const name of names) {
      if (!Object.hasOwn(invariants, name) && !(reserved as readonly string[]).includes(name)) {
        throw new Error(
          `${place}: ${variant} is to violate ${name}, which is no claim; the claims are ${Object.keys(invariants).join(', ')}`,
        );
      }
    }
  }
  const { measures = {} } = source;
  for (const [name, measure] of Object.entries(measures))
    checkMeasure(`${place}: the measure ${name}`, measure as never, model as never);
  return { model, invariants, reachable, violated, measures } as never;
}
