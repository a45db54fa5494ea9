/** Steps and claims kept from what is no state: the clock and chance. */
import { StepFailure } from '#notation';

/** The rule that a model broke when an execution does not come out the same again. */
export const soleDependence = 'a step or claim may depend on nothing but the state and its arguments';

/** What there is when nothing is sealed. */
const open = { random: Math.random, date: Date };

const refusing: typeof open = {
  random: () => refuse('Math.random()'),
  date: new Proxy(Date, {
    construct: (made, given) =>
      given.length === 0 ? refuse('new Date()') : (Reflect.construct(made, given) as object),
    apply: () => refuse('Date()'),
    get: (made, key) => (key === 'now' ? () => refuse('Date.now()') : (Reflect.get(made, key) as unknown)),
  }),
};

function refuse(what: string): never {
  throw new StepFailure('throws', `asked for ${what}; ${soleDependence}`);
}

/** Runs something in which a step or claim fails that asks for the time of day or for a random number. */
export function sealed<Result>(run: () => Result): Result {
  return under(refusing, run);
}

/** Runs something of whoever started a search, such as a report of its progress, as if it were outside. */
export function unsealed<Result>(run: () => Result): Result {
  return under(open, run);
}

function under<Result>({ random, date }: typeof open, run: () => Result): Result {
  const before = { random: Math.random, date: Date };
  Math.random = random;
  globalThis.Date = date;
  try {
    return run();
  } finally {
    Math.random = before.random;
    globalThis.Date = before.date;
  }
}
