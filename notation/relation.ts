/**
 * What the steps of a list are to a thread at each of its points, as rows of a table: claims ask it in every state. A step is found in it
 * by a number that it gets when it is first asked for, the same for every copy of this module.
 */
import { running } from './running.ts';

/** What a step is to a thread, added up. */
export const relation = { here: 1, ahead: 2, passed: 4 } as const;

/** Steps by what they are to a thread, for each point. */
type Kinds = Readonly<Record<keyof typeof relation, readonly ReadonlySet<unknown>[]>>;

const numberKey: unique symbol = Symbol.for('mmucheck.number') as never;
type Step = object & { readonly [numberKey]?: number };

function numberOf(step: Step): number {
  return step[numberKey] ?? running.frozen.get(step) ?? numbered(step);
}

function numbered(step: object): number {
  const value = running.steps++;
  if (Object.isExtensible(step)) Object.defineProperty(step, numberKey, { value });
  else running.frozen.set(step, value);
  return value;
}

/** The relations of a list. A row is made when its step is first asked for. */
export class Relations {
  readonly kinds: Kinds;
  readonly rows: Uint8Array[] = [];

  constructor(kinds: Kinds) {
    this.kinds = kinds;
  }

  /** What a step is to a thread at a point: a sum of relations, 0 for a step of another list. */
  of(step: object, point: number): number {
    return (this.rows[numberOf(step)] ?? this.row(step))[point] as number;
  }

  row(step: object): Uint8Array {
    const { here, ahead, passed } = this.kinds;
    const row = Uint8Array.from(here, (next, point) => {
      const isHere = next.has(step) ? relation.here : 0;
      const isAhead = ahead[point]?.has(step) ? relation.ahead : 0;
      return isHere | isAhead | (passed[point]?.has(step) ? relation.passed : 0);
    });
    this.rows[numberOf(step)] = row;
    return row;
  }
}
