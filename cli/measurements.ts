/** Measures in worker threads, a variant at given bounds each; what they find is executed again here. */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { type Measured, type Trace, witness } from '#explorer';
import type { Suite } from '#notation';
import { progressLine } from './progress.ts';
import { memoryFor } from './run-memory.ts';
import { searchThread } from './search-thread.ts';
import { watchOver } from './silence.ts';
import { endless, failureOf, type Job, mostAtOnce, type WorkerMessage, workerFailure } from './searches.ts';

/** One measure of one variant at given bounds. */
export interface MeasureJob extends Job {
  readonly measure: string;
}

/** What a worker says at the end of one. */
export interface MeasureMessage {
  readonly kind: 'measured';
  readonly measured: Measured;
}

/** What a measure came to, and the execution that shows it. */
export interface Measurement extends Measured {
  readonly trace: Trace | undefined;
}

/**
 * Runs the measures, with their progress on standard error.
 * @param atOnce how many at the same time; as many as there are processors, at most 4, when nothing is said.
 * @returns a measurement for each job, in their order.
 * @throws Failure of the first that ends without a result; Error for one that does not come out the same when executed again.
 */
export async function runMeasures(suite: Suite, jobs: readonly MeasureJob[], atOnce?: number): Promise<Measurement[]> {
  const line = progressLine(process.stderr, process.env);
  const measured = new Map<number, Measurement>();
  const size = Math.min(jobs.length, atOnce ?? Math.min(availableParallelism(), mostAtOnce));
  const memory = memoryFor(size, 1, jobs[0]?.maxMemory);
  const workers: Worker[] = [];
  let next = 0;

  function crew(): Promise<void> {
    return new Promise((leave, stop) => {
      const worker = searchThread();
      workers.push(worker);
      let at = -1;
      const watch = watchOver(undefined, (hanging, what) => stop(endless(hanging, what)));
      const take = (): void => {
        at = next++;
        const job = jobs[at];
        if (job) {
          watch.begin(job);
          worker.postMessage({ ...job, limits: { ...job.limits, memory } } satisfies MeasureJob);
        } else {
          watch.end();
          leave();
        }
      };
      worker.on('message', (message: WorkerMessage | MeasureMessage) => {
        const { model, variant } = jobs[at] as MeasureJob;
        // The longest way is looked for in silence.
        watch.sign('deciding');
        if (message.kind === 'progress')
          line.show(`${model}/${variant}`, message.progress, { finished: measured.size, all: jobs.length });
        else if (message.kind === 'failed') stop(failureOf(message));
        else if (message.kind === 'measured') {
          try {
            measured.set(at, { ...message.measured, trace: witness(suite, message.measured) });
            take();
          } catch (error) {
            stop(error);
          }
        }
      });
      worker.on('error', (error) => stop(workerFailure(jobs[at] as MeasureJob, error)));
      take();
    });
  }

  try {
    await Promise.all(Array.from({ length: size }, crew));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
    line.clear();
  }
  return jobs.map((_, i) => measured.get(i) as Measurement);
}
