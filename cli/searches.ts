/** Searches in worker threads, a variant each, so that a signal, or a model that never returns, does not take the program with it. */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { judge, type CheckLimits, type Progress, type StoreKind, type VariantSearch } from '#explorer';
import type { Suite } from '#notation';
import { exitCodes, type Reported } from '#report';
import { Failure } from './failure.ts';
import { onAlarm } from './helper-alarm.ts';
import type { CheckpointFolder } from './checkpoint-folder.ts';
import { progressLine } from './progress.ts';
import { collectGarbage, memoryFor } from './run-memory.ts';
import { searchThread } from './search-thread.ts';
import { watchOver } from './silence.ts';

/** One variant to search. */
export interface Job {
  /** The suite's file; undefined for one of ours. */
  readonly file: string | undefined;
  readonly model: string;
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly symmetry: boolean;
  readonly limits: CheckLimits;
  /** The one claim that is asked for; all of the suite when there is none. */
  readonly only?: string | undefined;
  /** Bytes of the whole process. */
  readonly maxMemory?: number | undefined;
  readonly store?: StoreKind;
  /** Where its checkpoints are, and a word of memory that is not 0 once it is to save one and wait for its end. */
  readonly checkpoint?: { readonly folder: string; readonly key: string; readonly signal: SharedArrayBuffer };
}

/** A job as a thread gets it. */
export interface SearchJob extends Job {
  /** Threads that search it. */
  readonly workers: number;
}

/** A search to run, with the suite that judges what it finds. */
export interface Planned {
  readonly job: Job;
  readonly suite: Suite;
  /** The fewest states that are not too few. */
  readonly floor?: number | undefined;
}

/** What a worker says. A failure without a code is a bug of ours. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly search: VariantSearch }
  | { readonly kind: 'saved' }
  | {
      readonly kind: 'failed';
      readonly code: number | undefined;
      readonly message: string;
      readonly stack: string | undefined;
    };

/** What else there is to say of how searches are run. */
export interface RunOptions {
  /** How many at the same time; as many as there are processors, at most 4, when nothing is said. */
  readonly atOnce?: number | undefined;
  /** Threads a search; when nothing is said one, and as many as there are processors, at most 8, when there is one search at a time. */
  readonly workers?: number | undefined;
  /** Told of each result as it comes, with the place of its job. */
  readonly onResult?: (at: number, result: Reported) => void;
  /** Seconds without any sign of life after which a search is given up, and has no result. When nothing is said, it is a failure instead. */
  readonly patience?: number;
  /** Where checkpoints go. */
  readonly checkpoints?: CheckpointFolder | undefined;
}

/** What became of the jobs: results in their order, those that were finished when a signal came. */
export interface Searched {
  readonly results: readonly Reported[];
  /** The place of each result among the jobs. */
  readonly finished: readonly number[];
  readonly signal: 'SIGINT' | 'SIGTERM' | undefined;
}

/** Milliseconds that searches have for a checkpoint when a signal ends them. */
const patienceWhenSaving = 2000;

/** Most searches at the same time: each may fill the memory that one is given. */
export const mostAtOnce = 4;
/** Most threads of a search, when nothing is said. */
const mostWorkers = 8;

/**
 * Runs the searches, with their progress on standard error. SIGINT and SIGTERM end them, with what is finished; a second signal ends
 * the program.
 * @throws Failure of the first search that fails.
 */
export async function runSearches(
  planned: readonly Planned[],
  { atOnce, workers: asked, onResult, patience, checkpoints }: RunOptions = {},
): Promise<Searched> {
  const line = progressLine(process.stderr, process.env);
  const results = new Map<number, Reported>();
  const processors = availableParallelism();
  const size = Math.min(planned.length, atOnce ?? Math.min(processors, mostAtOnce));
  const each = asked ?? (size === 1 ? Math.min(processors, mostWorkers) : 1);
  const share = memoryFor(Math.max(1, size), each, planned[0]?.job.maxMemory);
  const workers: Worker[] = [];
  let next = 0;
  let signal: Searched['signal'];
  const saveAndWait = new SharedArrayBuffer(4);
  const jobOf = (at: number): Job => {
    const { job } = planned[at] as Planned;
    const limits = { ...job.limits, memory: Math.min(job.limits.memory ?? share, share) };
    return { ...job, limits, ...(checkpoints && { checkpoint: { ...checkpoints.of(at), signal: saveAndWait } }) };
  };
  /** Those that search. */
  const busy = new Set<Worker>();

  let finish: (() => void) | undefined;
  function left(worker: Worker): void {
    busy.delete(worker);
    if (signal !== undefined && busy.size === 0) finish?.();
  }

  function crew(stop: (error: unknown) => void): Promise<void> {
    return new Promise((leave) => {
      const worker = searchThread();
      workers.push(worker);
      let at = -1;
      const take = (): void => {
        at = next++;
        if (at < planned.length && signal === undefined) {
          const job = jobOf(at);
          busy.add(worker);
          watch.begin(job);
          worker.postMessage({ ...job, workers: each } satisfies SearchJob);
        } else {
          at = planned.length;
          left(worker);
          watch.end();
          void worker.terminate();
          leave();
        }
      };
      const watch = watchOver(patience, (job, what) => {
        at = planned.length;
        void worker.terminate();
        if (patience === undefined) stop(endless(job, what));
        else void crew(stop).then(leave);
      });
      worker.on('message', (message: WorkerMessage) => {
        const current = planned[at];
        if (current === undefined) return;
        watch.sign(message.kind === 'progress' && message.progress.frontier === 0 ? 'deciding' : 'searching');
        const { job, suite, floor } = current;
        if (message.kind === 'progress')
          line.show(nameOf(job), message.progress, { finished: results.size, all: planned.length });
        else if (message.kind === 'failed') stop(failureOf(message));
        else if (message.kind === 'saved') {
          left(worker);
        } else {
          const found = message.search;
          const judged = at;
          // The worker goes on searching while the traces it found are executed here, on immutable states.
          take();
          try {
            const result = { ...judge(suite, found), file: job.file, floor };
            if (job.maxMemory !== undefined) collectGarbage();
            results.set(judged, result);
            onResult?.(judged, result);
          } catch (error) {
            stop(error);
          }
        }
      });
      worker.on('error', (error) => stop(workerFailure((planned[at] as Planned).job, error)));
      worker.on('exit', (code) => {
        const job = planned[at]?.job;
        if (job)
          stop(
            new Failure(
              exitCodes.modelThrew,
              `${nameOf(job)}: a step or claim ended the thread it ran in (exit code ${code})`,
            ),
          );
      });
      take();
    });
  }

  let alarm: { close(): void } | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    signal = name as 'SIGINT' | 'SIGTERM';
    if (checkpoints === undefined) finish?.();
    else {
      // Each search saves how far it is. One that is inside a step that takes for ever does not.
      Atomics.store(new Int32Array(saveAndWait), 0, 1);
      setTimeout(() => finish?.(), patienceWhenSaving).unref();
    }
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    await new Promise<void>((resolve, stop) => {
      finish = resolve;
      if (each > 1) alarm = onAlarm(stop);
      Promise.all(Array.from({ length: size }, () => crew(stop))).then(() => resolve());
    });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    alarm?.close();
    await Promise.all(workers.map((worker) => worker.terminate()));
    line.clear();
  }
  const finished = [...results.keys()].toSorted((a, b) => a - b);
  return { results: finished.map((at) => results.get(at) as Reported), finished, signal };
}

/** The failure of a search in which something, known by name or not, goes on for ever. */
export function endless(job: Job, what?: string): Failure {
  const sentence =
    what === undefined
      ? 'a step or claim does not come to its end, or a state has too many successors; bound its loops and choices'
      : `${what} is not at its end after half a second; bound its loops, or lower the bounds`;
  return new Failure(exitCodes.modelThrew, `${nameOf(job)}: ${sentence}`);
}

function nameOf({ model, variant }: Job): string {
  return `${model}/${variant}`;
}

/** The failure that a worker told. */
export function failureOf({ code, message, stack }: Extract<WorkerMessage, { kind: 'failed' }>): Error {
  const cause = Object.assign(new Error(message), { stack });
  return code === undefined ? cause : new Failure(code, message, { cause });
}

/** The failure of a search whose worker ended. */
export function workerFailure(job: Job, error: Error & { code?: string }): Error {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') {
    // What a search throws comes as a message; what comes here was thrown later, by something that was started and left running.
    if (job.file === undefined) return error;
    return new Failure(
      exitCodes.modelThrew,
      `${nameOf(job)}: something that ${job.file} left running threw: ${error.message}`,
      { cause: error },
    );
  }
  const sentence = `${nameOf(job)}: a step or claim used up the memory of its thread; it may keep nothing between two calls`;
  return new Failure(exitCodes.system, sentence, { cause: error });
}
