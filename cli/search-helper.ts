/** A thread that helps the thread that searches with one variant. */
import { workerData } from 'node:worker_threads';
import { assist, type Seat } from '#explorer';
import { derived, instantiate } from '#notation';
import { raiseAlarm } from './helper-alarm.ts';
import { suiteOf } from './job-suite.ts';
import type { Job } from './searches.ts';
import { narrowed } from './suites.ts';

/** What a helper is started with. */
export interface HelperData {
  readonly job: Job;
  readonly seat: Seat;
}

const { job, seat } = workerData as HelperData;
await assist(
  seat,
  async () => {
    const { variant, bounds } = job;
    const claims = narrowed(derived((await suiteOf(job)).suite, variant), job.only);
    return { instance: instantiate(claims.model, variant, bounds), claims };
  },
  () => raiseAlarm({ place: `${job.model}/${job.variant}`, seconds: seat.patience }),
);
