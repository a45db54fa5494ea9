/** Random walks in worker threads, some at a time each; which of them finds something does not depend on how many there are. */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { Walked, Walks } from '#explorer';
import { exitCodes } from '#report';
import { Failure } from './failure.ts';
import { searchThread } from './search-thread.ts';
import { watchOver } from './silence.ts';
import { endless, failureOf, type Job, mostAtOnce, type WorkerMessage, workerFailure } from './searches.ts';

/** Some walks through one variant. */
export interface WalkJob extends Job {
  readonly walks: Walks;
}

/** What a worker says at the end of them. */
export interface WalkMessage {
  readonly kind: 'walked';
  readonly walked: Walked;
}

/** Walks that a worker takes at a time. */
const atATime = 32;

/**
 * Walks until something is found, or all walks are made, or the time is over.
 * @param atOnce workers; as many as there are processors, at most 4, when nothing is said.
 * @returns the violation that the walk with the lowest number met.
 * @throws Failure when a worker ends without a result.
 */
export async function runWalks({ walks, ...job }: WalkJob, atOnce?: number): Promise<Walked> {
  const started = performance.now();
  const end = walks.first + walks.count;
  const workers: Worker[] = [];
  let next = walks.first;
  let total: Walked = { walks: 0, steps: 0, found: undefined };
  const left = (): number | undefined => walks.seconds && walks.seconds - (performance.now() - started) / 1000;

  function crew(): Promise<void> {
    return new Promise((leave, stop) => {
      const worker = searchThread();
      workers.push(worker);
      let isDone = false;
      const watch = watchOver(undefined, (hanging, what) => stop(endless(hanging, what)));
      const take = (): void => {
        const [first, seconds] = [next, left()];
        isDone = first >= end || total.found !== undefined || (seconds !== undefined && seconds <= 0);
        if (isDone) {
          watch.end();
          leave();
          return;
        }
        next = Math.min(end, first + atATime);
        watch.begin(job, 'deciding');
        worker.postMessage({ ...job, walks: { ...walks, first, count: next - first, seconds } } satisfies WalkJob);
      };
      worker.on('message', (message: WorkerMessage | WalkMessage) => {
        if (message.kind === 'failed') stop(failureOf(message));
        else if (message.kind === 'walked') {
          total = sum(total, message.walked);
          take();
        }
      });
      worker.on('error', (error) => stop(workerFailure(job, error)));
      worker.on('exit', (code) => {
        if (isDone) return;
        const sentence = `${job.model}/${job.variant}: a step or claim ended the thread it ran in (exit code ${code})`;
        stop(new Failure(exitCodes.modelThrew, sentence));
      });
      take();
    });
  }

  try {
    const size = Math.min(Math.ceil(walks.count / atATime), atOnce ?? Math.min(availableParallelism(), mostAtOnce));
    await Promise.all(Array.from({ length: size }, crew));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return total;
}

function sum(a: Walked, b: Walked): Walked {
  const found = [a.found, b.found].filter((each) => each !== undefined).toSorted((x, y) => x.walk - y.walk)[0];
  return { walks: a.walks + b.walks, steps: a.steps + b.steps, found };
}
