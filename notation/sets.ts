/** Finite sets of names (gfns, vCPUs, descriptors): what arrays are indexed by and what pointers point to. */

declare const brand: unique symbol;

/**
 * A member of a symmetric set. At run time it is a small integer from 0; its type says `symbol` so that the compiler refuses
 * order and arithmetic on it, which is Murphi's scalarset rule.
 */
export type SymmetricId<Name extends string> = symbol & { readonly [brand]: Name };

/** A member of an ordered set, from 0. Arithmetic gives a plain number, which may be used as a member again. */
export type RangeId<Name extends string> = number & { readonly [brand]?: Name };

/** A set of names. Its size is the bound of the same name. */
export interface IdSet<Name extends string = string, Member = unknown> {
  readonly name: Name;
  readonly symmetric: boolean;
  /** Never present: carries the type of a member. */
  readonly [brand]?: Member;
}

/** The type of a member of a set: `type Gfn = Id<typeof Gfn>`. */
export type Id<Set> = Set extends IdSet<string, infer Member> ? Member : never;

/** Declares a set whose members are interchangeable: no order, no arithmetic. */
export function symmetric<const Name extends string>(name: Name): IdSet<Name, SymmetricId<Name>> {
  return { name, symmetric: true };
}

/** Declares an ordered set 0, 1, … whose members may be compared and computed with. */
export function range<const Name extends string>(name: Name): IdSet<Name, RangeId<Name>> {
  return { name, symmetric: false };
}

/**
 * The pointer that points nowhere. It is compared with `=== NULL`, never with `!`: the run-time value is -1, so that
 * `indexOf` and `findIndex` of a state's arrays return it for "not found".
 */
export const NULL: unique symbol = -1 as never;
/** The type of `NULL`. */
export type Null = typeof NULL;
