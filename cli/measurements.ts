/** Measures in worker threads, a variant at given bounds each; what they find is executed again here. */
import { type Measured, type Trace, witness } from '#explorer';
import type { Suite } from '#notation';
import { progressLine } from './progress.ts';
import { memoryFor } from './run-memory.ts';
import type { Job, WorkerMessage } from './searches.ts';
import { nameOf, sizeOf, threadsAtWork } from './work.ts';

/** One measure of one variant at given bounds. */
export interface MeasureJob extends Job {
  readonly measure: string;
}

/** What a worker says at the end of one. */
export interface MeasureMessage {
  readonly kind: 'measured';
  readonly measured: Measured;
}

type PlacedJob = MeasureJob & { readonly at: number };
type ProgressMessage = Extract<WorkerMessage, { kind: 'progress' }>;

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
  const size = sizeOf(jobs.length, atOnce);
  const memory = memoryFor({
    searches: size,
    workers: 1,
    files: jobs[0]?.file !== undefined,
    asked: jobs[0]?.maxMemory,
  });
  let next = 0;
  const threads = threadsAtWork<PlacedJob, ProgressMessage | MeasureMessage>(size, {
    next() {
      const at = next++;
      const job = jobs[at];
      return job && { ...job, at, limits: { ...job.limits, memory } };
    },
    heard(message, job) {
      if (message.kind === 'measured')
        return () => measured.set(job.at, { ...message.measured, trace: witness(suite, message.measured) });
      line.show(nameOf(job), message.progress, { finished: measured.size, all: jobs.length });
      return undefined;
    },
    // The longest way is looked for in silence.
    phase: (message) => (message === undefined ? 'loading' : 'deciding'),
  });
  try {
    await threads.done;
  } finally {
    await threads.end();
    line.clear();
  }
  return jobs.map((_, i) => measured.get(i) as Measurement);
}
