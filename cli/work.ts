/** Threads at work: each does one job after the other, watched over, until there is none left or one fails. */
import type { Worker } from 'node:worker_threads';
import { availableParallelism } from 'node:os';
import { exitCodes } from '#report';
import { Failure } from './failure.ts';
import { searchThread } from './search-thread.ts';
import type { Job, WorkerMessage } from './searches.ts';
import { type Phase, watchOver } from './silence.ts';

/** Most threads with a job of their own: each may fill the memory that one is given. */
const mostAtOnce = 4;

/** How many jobs are done at the same time; as many as there are processors, at most 4, when nothing is said. */
export function sizeOf(jobs: number, atOnce?: number): number {
  return Math.min(jobs, atOnce ?? Math.min(availableParallelism(), mostAtOnce));
}

/** Most threads of a search when nothing is said: each takes memory, and has to be given work. */
const mostEach = 8;

/** States from which on threads help that nobody has asked for: what it takes to start them is little then beside what is left to do. */
export const unaskedFrom = 1_000_000;

/**
 * Threads that share each of so many searches: the processors that there are for it, at most 8, when nothing is said. One where memory is
 * limited, so that the limit ends a search at the same state on every machine, and where a store has nothing for others to do.
 */
export function workersOf(searches: number, { maxMemory, store }: Pick<Job, 'maxMemory' | 'store'>): number {
  if (maxMemory !== undefined || (store ?? 'exact') !== 'exact') return 1;
  return Math.max(1, Math.min(mostEach, Math.floor(availableParallelism() / searches)));
}

type Failed = Extract<WorkerMessage, { kind: 'failed' }>;

/** What is to be done, and what becomes of it. */
export interface Work<Ask extends Job, Said extends { readonly kind: string }> {
  /** The next job; undefined when there is none left. */
  readonly next: () => Ask | undefined;
  /** Told of each message. Returns, at the end of a job, what is left to do with it while the thread has its next one already. */
  readonly heard: (message: Said, ask: Ask) => (() => void) | undefined;
  /** How far a thread is that says something, and in what it begins. */
  readonly phase: (message?: Said) => Phase;
  /** Seconds of silence after which a job is given up, and is no failure. */
  readonly patience?: number | undefined;
}

/** Some threads, and how their work ends. */
export interface Threads {
  /** Resolves when no job is left. @throws Failure of the first job that ends without a result. */
  readonly done: Promise<void>;
  end(): Promise<void>;
}

/** Puts so many threads to work. */
export function threadsAtWork<Ask extends Job, Said extends { readonly kind: string }>(
  size: number,
  work: Work<Ask, Said>,
): Threads {
  const threads: Worker[] = [];
  const one = (): Promise<void> =>
    new Promise((leave, stop) => {
      const thread = searchThread();
      threads.push(thread);
      let current: Ask | undefined;
      const take = (): void => {
        current = work.next();
        if (current === undefined) {
          watch.end();
          void thread.terminate();
          leave();
        } else {
          watch.begin(current, work.phase());
          thread.postMessage(current);
        }
      };
      const watch = watchOver(work.patience, (job, what) => {
        current = undefined;
        void thread.terminate();
        if (work.patience === undefined) stop(endless(job, what));
        else one().then(leave, stop);
      });
      thread.on('message', (message: Said | Failed) => {
        if (current === undefined) return;
        if (isFailed(message)) {
          stop(failureOf(message));
          return;
        }
        watch.sign(work.phase(message));
        try {
          const rest = work.heard(message, current);
          if (rest === undefined) return;
          take();
          rest();
        } catch (error) {
          stop(error);
        }
      });
      thread.on('error', (error) => stop(current ? threadFailure(current, error) : error));
      thread.on('exit', (code) => {
        if (current) stop(failed(current, `a step or claim ended the thread it ran in (exit code ${code})`));
      });
      take();
    });
  return {
    done: Promise.all(Array.from({ length: size }, one)).then(() => {}),
    async end() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/** What a job is called. */
export function nameOf({ model, variant }: Job): string {
  return `${model}/${variant}`;
}

function failed(job: Job, sentence: string, cause?: unknown): Failure {
  return new Failure(exitCodes.modelThrew, `${nameOf(job)}: ${sentence}`, { cause });
}

/** The failure of a job in which something, known by name or not, goes on for ever. */
function endless(job: Job, what?: string): Failure {
  return failed(
    job,
    what === undefined
      ? 'a step or claim does not come to its end, or a state has too many successors; bound its loops and choices'
      : `${what} is not at its end after half a second; bound its loops, or lower the bounds`,
  );
}

function isFailed(message: { readonly kind: string }): message is Failed {
  return message.kind === 'failed';
}

/** The failure that a thread told. */
function failureOf({ code, message, stack }: Failed): Error {
  const cause = Object.assign(new Error(message), { stack });
  return code === undefined ? cause : new Failure(code, message, { cause });
}

/** The failure of a job whose thread ended. */
function threadFailure(job: Job, error: Error & { code?: string }): Error {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const sentence = `${nameOf(job)}: a step or claim used up the memory of its thread; it may keep nothing between two calls`;
    return new Failure(exitCodes.system, sentence, { cause: error });
  }
  // What a search throws comes as a message; what comes here was thrown later, by something that was started and left running.
  if (job.file === undefined) return error;
  return failed(job, `something that ${job.file} left running threw: ${error.message}`, error);
}
