/**
 * What the steps of a list are to a thread at each of its points, as a table: claims ask it in every state. A step is found in it by a
 * number that it carries, which is the same for every copy of this module.
 */
import { running } from './running.ts';

/** What a step is to a thread, added up. */
export const relation = { here: 1, ahead: 2, passed: 4 } as const;

/** Steps by what they are to a thread, for each point. */
export type Steps = readonly ReadonlySet<unknown>[];

const numberKey: unique symbol = Symbol.for('mmucheck.number') as never;
type Step = object & { readonly [numberKey]?: number };

function numberOf(step: unknown): number {
  return (step as Step)[numberKey] ?? running.frozen.get(step as object) ?? numbered(step as object);
}

function numbered(step: object): number {
  const value = running.steps++;
  if (Object.isExtensible(step)) Object.defineProperty(step, numberKey, { value });
  else running.frozen.set(step, value);
  return value;
}

/** A table of relations: a row for each step's number, from the first that occurs, with a place for each point. */
export class Relations {
  readonly points: number;
  readonly first: number;
  readonly table: Uint8Array;

  constructor(kinds: Readonly<Record<keyof typeof relation, Steps>>) {
    this.points = kinds.here.length;
    const numbers = Object.values(kinds).flatMap((steps) => steps.flatMap((each) => [...each].map(numberOf)));
    this.first = Math.min(...numbers);
    this.table = new Uint8Array(numbers.length === 0 ? 0 : (Math.max(...numbers) - this.first + 1) * this.points);
    for (const kind of ['here', 'ahead', 'passed'] as const) {
      for (const [point, steps] of kinds[kind].entries())
        for (const step of steps) this.table[this.row(numberOf(step)) + point] |= relation[kind];
    }
  }

  /** What a step is to a thread at a point: a sum of relations, 0 for a step of another list. */
  of(step: unknown, point: number): number {
    return this.table[this.row(numberOf(step)) + point] ?? 0;
  }

  row(number: number): number {
    return (number - this.first) * this.points;
  }
}
