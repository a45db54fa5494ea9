/** What is claimed of a model, and the verdict each of its variants must get. */
import type { Eventually, ForEvery, LeadsTo } from './liveness.ts';
import { checkMeasure, type Measure } from './measure.ts';
import type { Model } from './model.ts';
import { checkFunction, checkList, checkObject } from './well-made.ts';

/** A predicate over states. */
export type Claim<State> = (state: State) => boolean;

/** What may be violated in any model, without being claimed. */
export type Reserved = 'deadlock' | 'BUG_ON' | 'WARN_ON_ONCE' | 'range' | 'throws';
/** The same, as data. */
export const reserved: readonly Reserved[] = ['deadlock', 'BUG_ON', 'WARN_ON_ONCE', 'range', 'throws'];

/** What `suite` takes. */
export interface SuiteSource<State, VariantName extends string, Invariants, Reachables, Responses, Eventualities> {
  /** True in every reachable state. */
  readonly invariants: Invariants & Readonly<Record<string, Claim<State>>>;
  /** True in some reachable state: a model in which nothing can happen must not pass. */
  readonly reachable?: Reachables & Readonly<Record<string, Claim<State>>>;
  /** Of each pair: whenever the first is true, the second is true then or later, in every fair execution. */
  readonly leadsTo?: Responses & Readonly<Record<string, LeadsTo<State>>>;
  /** True at some time of every fair execution. */
  readonly eventually?: Eventualities & Readonly<Record<string, Eventually<State>>>;
  /** For each variant, exactly what is violated in it. */
  readonly violated: Readonly<
    Record<VariantName, readonly ((keyof NoInfer<Invariants & Responses & Eventualities> & string) | Reserved)[]>
  >;
  /** Numbers over all executions. */
  readonly measures?: Readonly<Record<string, Measure<State, NoInfer<VariantName>>>>;
}

/** A suite as the tool sees it. */
export interface Suite {
  readonly model: Model<never>;
  readonly invariants: Readonly<Record<string, Claim<never>>>;
  readonly reachable: Readonly<Record<string, Claim<never>>>;
  readonly leadsTo: Readonly<Record<string, LeadsTo<never>>>;
  readonly eventually: Readonly<Record<string, Eventually<never>>>;
  readonly violated: Readonly<Record<string, readonly string[]>>;
  readonly measures: Readonly<Record<string, Measure<never>>>;
}

const sentence: unique symbol = Symbol.for('mmucheck.sentence') as never;

/** Gives a claim the sentence that reports print for it: stated positively, in the patch's words where it has some. */
export function claim<State>(text: string, predicate: Claim<State>): Claim<State>;
export function claim<State>(
  text: string,
  pair: readonly [Claim<State>, Claim<State>],
): readonly [Claim<State>, Claim<State>];
export function claim<State, Predicates>(text: string, each: ForEvery<State, Predicates>): ForEvery<State, Predicates>;
export function claim(text: string, claimed: object): unknown {
  return Object.assign(claimed, { [sentence]: text });
}

/** The sentence of a claim; undefined when it was given none. */
export function sentenceOf(claimed: object | undefined): string | undefined {
  return (claimed as { [sentence]?: string } | undefined)?.[sentence];
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
  const Responses extends Readonly<Record<string, LeadsTo<State>>> = Record<never, never>,
  const Eventualities extends Readonly<Record<string, Eventually<State>>> = Record<never, never>,
>(
  model: Model<State, VariantName>,
  source: SuiteSource<State, VariantName, Invariants, Reachables, Responses, Eventualities>,
): Suite {
  checkObject('suite', 'its model', model, 'write what model(…) returns');
  const { invariants, reachable = {}, leadsTo = {}, eventually = {}, violated } = source;
  const place = `suite of ${model.name}`;
  checkObject(place, 'violated', violated, 'write what each variant violates, as in { right: [], wrong: [claim] }');
  const kinds = {
    'an invariant': invariants,
    'a reachable': reachable,
    'a leadsTo': leadsTo,
    'an eventually': eventually,
  };
  const kindOf = new Map<string, string>();
  for (const [kind, claims] of Object.entries(kinds)) {
    checkObject(place, `what is given as ${kind}`, claims, 'write { name: claim }');
    for (const [name, claimed] of Object.entries<unknown>(claims)) {
      if (claims === invariants || claims === reachable) checkFunction(place, name, claimed);
      const other = kindOf.get(name);
      if (other !== undefined) throw new Error(`${place}: ${name} is both ${other} and ${kind}; rename one`);
      if ((reserved as readonly string[]).includes(name)) {
        throw new Error(`${place}: ${name} is a word of the notation; give the claim another name`);
      }
      kindOf.set(name, kind);
    }
  }
  for (const [name, claimed] of Object.entries<unknown>({ ...leadsTo, ...eventually })) {
    const { set, predicates } = isForEvery(claimed) ? claimed : { set: undefined, predicates: claimed };
    if (set !== undefined && !Object.hasOwn(model.bounds, set.name))
      throw new Error(`${place}: ${name} is for every ${set.name}, which has no bound in the model`);
    const isPair = Array.isArray(predicates) && predicates.length === 2 && predicates.every(isFunction);
    if (Object.hasOwn(leadsTo, name) && !isPair)
      throw new Error(`${place}: ${name} under leadsTo needs two predicates, as in [faulting, mapped]`);
    if (Object.hasOwn(eventually, name) && !isFunction(predicates))
      throw new Error(`${place}: ${name} under eventually needs one predicate; two belong under leadsTo`);
  }
  for (const variant of Object.keys(model.variants)) {
    if (!Object.hasOwn(violated, variant))
      throw new Error(`${place}: variant ${variant} has no verdict; add it to violated`);
  }
  const violable = Object.keys({ ...invariants, ...leadsTo, ...eventually });
  for (const [variant, names] of Object.entries<readonly string[]>(violated)) {
    if (!Object.hasOwn(model.variants, variant))
      throw new Error(`${place}: violated names ${variant}, which is no variant`);
    checkList(place, `what ${variant} violates`, names, 'write a list of claims, as in [claim], or []');
    for (const name of names) {
      if (!violable.includes(name) && !(reserved as readonly string[]).includes(name)) {
        throw new Error(
          `${place}: ${variant} is to violate ${name}, which is no claim; the claims are ${violable.join(', ')}`,
        );
      }
    }
  }
  const { measures = {} } = source;
  checkObject(place, 'measures', measures, 'write { name: { what, of, sweep } }');
  for (const [name, measure] of Object.entries(measures))
    checkMeasure(`${place}: the measure ${name}`, measure as never, model as never);
  return { model, invariants, reachable, leadsTo, eventually, violated, measures } as never;
}

function isForEvery(claimed: unknown): claimed is ForEvery<never, unknown> {
  return typeof claimed === 'object' && claimed !== null && 'set' in claimed;
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
