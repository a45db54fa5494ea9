/** Searches in worker threads, a variant each, so that a signal, or a model that never returns, does not take the program with it. */
import { judge, type CheckLimits, type Progress, type StoreKind, type VariantSearch } from '#explorer';
import type { Suite } from '#notation';
import type { Reported } from '#report';
import { inlinesMore } from './compiler.ts';
import { onAlarm } from './helper-alarm.ts';
import type { CheckpointFolder } from './checkpoint-folder.ts';
import { progressLine } from './progress.ts';
import { collectGarbage, memoryFor } from './run-memory.ts';
import { nameOf, sizeOf, threadsAtWork, unaskedFrom, workersOf } from './work.ts';

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
  /** Of a store of fingerprints. */
  readonly fpSeed?: number | undefined;
  /** Where its checkpoints are, and a word of memory that is not 0 once it is to save one and wait for its end. */
  readonly checkpoint?: { readonly folder: string; readonly key: string; readonly signal: SharedArrayBuffer };
}

/** A job as a thread gets it. */
export interface SearchJob extends Job {
  /** Threads that search it. */
  readonly workers: number;
  /** States from which on the others help; as the explorer has it when nothing is said. */
  readonly helpFrom?: number | undefined;
}

/** A search to run, with the suite that judges what it finds. */
export interface Planned {
  readonly job: Job;
  readonly suite: Suite;
  /** The fewest states that are not too few. */
  readonly floor?: number | undefined;
}

/** A job with its place among all. */
type PlacedJob = SearchJob & { readonly at: number };

/** What a thread says of a search. */
type SearchMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly search: VariantSearch }
  | { readonly kind: 'saved' };

/** What a thread says. A failure without a code is a bug of ours. */
export type WorkerMessage =
  | SearchMessage
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
  /** Threads a search; as `workersOf` says when nothing is said. */
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

/**
 * Runs the searches, with their progress on standard error. SIGINT and SIGTERM end them, with what is finished; a second signal ends
 * the program.
 * @throws Failure of the first search that fails.
 */
export async function runSearches(
  planned: readonly Planned[],
  { atOnce, workers, onResult, patience, checkpoints }: RunOptions = {},
): Promise<Searched> {
  const line = progressLine(process.stderr, process.env);
  const results = new Map<number, Reported>();
  if (planned.length === 1) inlinesMore();
  const size = sizeOf(planned.length, atOnce);
  const each = workers ?? workersOf(size, planned[0]?.job ?? {});
  const share = memoryFor({
    searches: Math.max(1, size),
    workers: each,
    files: planned.some(({ job }) => job.file !== undefined),
    asked: planned[0]?.job.maxMemory,
  });
  let next = 0;
  let signal: Searched['signal'];
  const saveAndWait = new SharedArrayBuffer(4);
  const jobOf = (at: number): Job => {
    const { job } = planned[at] as Planned;
    const limits = { ...job.limits, memory: Math.min(job.limits.memory ?? share, share) };
    return { ...job, limits, ...(checkpoints && { checkpoint: { ...checkpoints.of(at), signal: saveAndWait } }) };
  };
  /** Those that are searched. */
  const busy = new Set<number>();

  let finish: (() => void) | undefined;
  function left(at: number): void {
    busy.delete(at);
    if (signal !== undefined && busy.size === 0) finish?.();
  }

  function take(): PlacedJob | undefined {
    if (next === planned.length || signal !== undefined) return undefined;
    const at = next++;
    busy.add(at);
    return { ...jobOf(at), workers: each, helpFrom: workers === undefined ? unaskedFrom : undefined, at };
  }

  function keep(at: number, found: VariantSearch): void {
    left(at);
    const { job, suite, floor } = planned[at] as Planned;
    const result = { ...judge(suite, found), file: job.file, floor };
    if (job.maxMemory !== undefined) collectGarbage();
    results.set(at, result);
    onResult?.(at, result);
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
  const threads = threadsAtWork<PlacedJob, SearchMessage>(size, {
    next: take,
    heard(message, job) {
      if (message.kind === 'progress')
        line.show(nameOf(job), message.progress, { finished: results.size, all: planned.length });
      else if (message.kind === 'saved') left(job.at);
      // The thread goes on searching while the traces it found are executed here, on immutable states.
      else return () => keep(job.at, message.search);
      return undefined;
    },
    phase(message) {
      if (message === undefined) return 'loading';
      return message.kind === 'progress' && message.progress.frontier === 0 ? 'deciding' : 'searching';
    },
    patience,
  });
  try {
    await new Promise<void>((resolve, stop) => {
      finish = resolve;
      if (each > 1) alarm = onAlarm(stop);
      threads.done.then(resolve, stop);
    });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    alarm?.close();
    await threads.end();
    line.clear();
  }
  const finished = [...results.keys()].toSorted((a, b) => a - b);
  return { results: finished.map((at) => results.get(at) as Reported), finished, signal };
}
