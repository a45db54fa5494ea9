/**
 * What memory orders cost: the dirty-log reference with and without `memory(...)` around its SPTEs. Under `sc` the two are to be
 * equally fast; the others find more states, so that only rates can be compared.
 */
import { execFileSync } from 'node:child_process';
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

type Way = readonly [name: string, suite: Suite, variant: string];

const ways: readonly Way[] = [
  ['sc, no memory(...)', dirtyLogReferenceSuite, 'mark-last'],
  ['sc', buffered, 'mark-last'],
  ['tso', buffered, 'mark-last@tso'],
  ['pso', buffered, 'mark-last@pso'],
];

/**
 * Runs each way in turn, so that rates can be compared when the machine's speed drifts, and in a process of its own: code that has been
 * compiled for one of them is slower for the next.
 * @param runs of each way, from 1.
 */
export function measureOrders(runs: number): OrderMeasured[] {
  const found = ways.map((): OrderMeasured[] => []);
  for (let run = 0; run < runs; run++) {
    for (const way of ways.keys())
      found[way]?.push(
        JSON.parse(execFileSync(process.execPath, [import.meta.filename, String(way)], { encoding: 'utf8' })),
      );
  }
  return found.map((each) => ({
    ...(each[0] as OrderMeasured),
    transitionsPerSecond: median(each.map(({ transitionsPerSecond }) => transitionsPerSecond)),
  }));
}

/** Runs one way, twice, since code is compiled in the first time. */
function measureWay([name, suite, variant]: Way): OrderMeasured {
  const run = () => searchVariant(suite, variant, { bounds: { vcpu: 4, cursor: 4 } });
  run();
  const { states, transitions, seconds } = run();
  return { case: name, states, transitions, transitionsPerSecond: transitions / seconds };
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

if (process.argv[1] === import.meta.filename)
  console.log(JSON.stringify(measureWay(ways[Number(process.argv[2])] as Way)));
