/** Random walks in worker threads, some at a time each; which of them finds something does not depend on how many there are. */
import type { Walked, Walks } from '#explorer';
import type { Job } from './searches.ts';
import { sizeOf, threadsAtWork } from './work.ts';

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
  let next = walks.first;
  let total: Walked = { walks: 0, steps: 0, found: undefined };
  const left = (): number | undefined => walks.seconds && walks.seconds - (performance.now() - started) / 1000;

  const threads = threadsAtWork<WalkJob, WalkMessage>(sizeOf(Math.ceil(walks.count / atATime), atOnce), {
    next() {
      const [first, seconds] = [next, left()];
      if (first >= end || total.found !== undefined || (seconds !== undefined && seconds <= 0)) return undefined;
      next = Math.min(end, first + atATime);
      return { ...job, walks: { ...walks, first, count: next - first, seconds } };
    },
    heard({ walked }) {
      total = sum(total, walked);
      return () => {};
    },
    // Nothing is said before the walks are made.
    phase: () => 'deciding',
  });
  try {
    await threads.done;
  } finally {
    await threads.end();
  }
  return total;
}

function sum(a: Walked, b: Walked): Walked {
  const found = [a.found, b.found].filter((each) => each !== undefined).toSorted((x, y) => x.walk - y.walk)[0];
  return { walks: a.walks + b.walks, steps: a.steps + b.steps, found };
}
