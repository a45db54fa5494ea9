/** A thread that helps with the search of a case. */
import { workerData } from 'node:worker_threads';
import { assist, type Seat } from '#explorer';
import { instantiate } from '#notation';
import { type Case, cases } from './cases.ts';

/** What it is started with. */
export interface HelperData {
  readonly name: string;
  readonly seat: Seat;
}

const { name, seat } = workerData as HelperData;
const { suite, variant, bounds } = cases[name] as Case;
await assist(seat, async () => ({ instance: instantiate(suite.model, variant, bounds), claims: suite }));
