/** What is claimed of whole executions: that something happens, and that something follows. */
import type { Id, IdSet } from './sets.ts';

/** A claim for every member of a set, each by itself. */
export interface ForEvery<State, Predicates> {
  readonly set: IdSet;
  readonly predicates: Predicates;
  /** Never present: carries the type of a state. */
  readonly of?: (state: State) => void;
}

type Predicate<State> = (state: State) => boolean;
type MemberPredicate = (state: never, member: never) => boolean;

/** Whenever the first is true, the second is true then or later. */
export type LeadsTo<State> =
  | readonly [Predicate<State>, Predicate<State>]
  | ForEvery<State, readonly [MemberPredicate, MemberPredicate]>;

/** It is true at some time. */
export type Eventually<State> = Predicate<State> | ForEvery<State, MemberPredicate>;

/** `leadsTo` or `eventually` for every member of a set: the predicates take it as their second argument. */
export function forEvery<State, const Set extends IdSet>(
  set: Set,
  predicates: readonly [(state: State, member: Id<Set>) => boolean, (state: State, member: Id<Set>) => boolean],
): ForEvery<State, readonly [MemberPredicate, MemberPredicate]>;
export function forEvery<State, const Set extends IdSet>(
  set: Set,
  predicate: (state: State, member: Id<Set>) => boolean,
): ForEvery<State, MemberPredicate>;
export function forEvery(set: IdSet, predicates: unknown): ForEvery<never, unknown> {
  return { set, predicates };
}

/** A claim on executions, of one member where it is one for every member of a set. */
export interface ExecutionClaim {
  readonly name: string;
  readonly kind: 'leadsTo' | 'eventually';
  /** The name of the set, and the member of it. */
  readonly set: string | undefined;
  readonly member: number | undefined;
  /** What makes the second owed; undefined of what is owed from the start. */
  readonly given: Predicate<never> | undefined;
  readonly wanted: Predicate<never>;
}

/** What a suite claims of executions. */
export interface ExecutionClaims {
  readonly leadsTo: Readonly<Record<string, LeadsTo<never>>>;
  readonly eventually: Readonly<Record<string, Eventually<never>>>;
}

/**
 * What is claimed of executions, member by member.
 * @param bounds the size of every set.
 * @throws Error when a set has no bound.
 */
export function executionClaims(
  { leadsTo, eventually }: ExecutionClaims,
  bounds: Readonly<Record<string, number>>,
): ExecutionClaim[] {
  const each = (
    name: string,
    kind: ExecutionClaim['kind'],
    claimed: LeadsTo<never> | Eventually<never>,
  ): ExecutionClaim[] => {
    if (!('set' in claimed)) return [{ name, kind, set: undefined, member: undefined, ...pair(claimed) }];
    const size = bounds[claimed.set.name];
    if (size === undefined) throw new Error(`claim ${name} is for every ${claimed.set.name}, which has no bound`);
    const { given, wanted } = pair(claimed.predicates);
    return Array.from({ length: size }, (_, member) => ({
      name,
      kind,
      set: claimed.set.name,
      member,
      given: given && ((state: never) => given(state, member as never)),
      wanted: (state: never) => wanted(state, member as never),
    }));
  };
  return [
    ...Object.entries(leadsTo).flatMap(([name, claimed]) => each(name, 'leadsTo', claimed)),
    ...Object.entries(eventually).flatMap(([name, claimed]) => each(name, 'eventually', claimed)),
  ];
}

function pair<Of extends MemberPredicate>(predicates: Of | readonly [Of, Of]): { given: Of | undefined; wanted: Of } {
  if (typeof predicates === 'function') return { given: undefined, wanted: predicates };
  const [given, wanted] = predicates;
  return { given, wanted };
}
