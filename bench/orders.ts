/**
 * What memory orders cost: the dirty-log reference with and without `memory(...)` around its SPTEs. Under `sc` the two are to be
 * equally fast; the others find more states, so that only rates can be compared.
 */
import { searchVariant } from '#explorer';
import { memory, type Struct, type Suite } from '#notation';
import { median } from './median.ts';
import { dirtyLogReferenceSuite } from './models/dirty-log.ts';

/** A way to run it and what it came to; the rate is a median. */
export interface OrderMeasured {
  readonly case: string;
  readonly states: number;
  readonly transitions: number;
  readonly transitionsPerSecond: number;
}

const { model } = dirtyLogReferenceSuite;
const { w } = model.state as { w: Struct };
const buffered: Suite = { ...dirtyLogReferenceSuite, model: { ...model, state: { ...model.state, w: memory(w) } } };

const ways: readonly (readonly [name: string, suite: Suite, variant: string])[] = [
  ['sc, no memory(...)', dirtyLogReferenceSuite, 'mark-last'],
  ['sc', buffered, 'mark-last'],
  ['tso', buffered, 'mark-last@tso'],
  ['pso', buffered, 'mark-last@pso'],
];

/** Runs each way in turn, so that rates can be compared when the machine's speed drifts. @param runs of each way, from 1. */
export function measureOrders(runs: number): OrderMeasured[] {
  const rates = ways.map((): number[] => []);
  let found: Omit<OrderMeasured, 'transitionsPerSecond'>[] = [];
  // The first round is not counted: code is compiled in it.
  for (let run = -1; run < runs; run++) {
    found = ways.map(([name, suite, variant], way) => {
      const { states, transitions, seconds } = searchVariant(suite, variant, { bounds: { vcpu: 4, cursor: 4 } });
      if (run >= 0) rates[way]?.push(transitions / seconds);
      return { case: name, states, transitions };
    });
  }
  return found.map((each, way) => ({ ...each, transitionsPerSecond: median(rates[way] as number[]) }));
}

/** Prints a table, with each rate as a share of the first. */
export function printOrders(results: readonly OrderMeasured[]): void {
  const [first] = results as [OrderMeasured];
  for (const { case: name, states, transitions, transitionsPerSecond: rate } of results) {
    const counts = [states, transitions].map((count) => count.toLocaleString('en').padStart(12)).join('');
    const share = (rate / first.transitionsPerSecond).toFixed(2);
    console.log(`${name.padEnd(20)}${counts}${(rate / 1e6).toFixed(2).padStart(8)} M/s${share.padStart(8)}`);
  }
}
