/** A graph that is searched and written in a worker thread, which can be stopped when a model never comes to its end. */
import { progressLine } from './progress.ts';
import { memoryFor } from './run-memory.ts';
import type { Job, WorkerMessage } from './searches.ts';
import { nameOf, threadsAtWork } from './work.ts';

/** A graph of one variant. */
export interface GraphJob extends Job {
  readonly graph: {
    /** The claim whose trace is in the middle; of the shortest trace when none is named. */
    readonly claim: string | undefined;
    /** The most states that are drawn. */
    readonly nodes: number;
    /** What the graph is of, in place of all states. */
    readonly object: string | undefined;
  };
}

/** What a worker says at the end. */
export interface GraphMessage {
  readonly kind: 'drawn';
  readonly text: string;
}

type ProgressMessage = Extract<WorkerMessage, { kind: 'progress' }>;

/**
 * Draws it, with the progress of the search on standard error.
 * @returns text as Graphviz reads it.
 * @throws Failure when the search does not come to its end or its graph is of no use.
 */
export async function drawing(job: GraphJob): Promise<string> {
  const line = progressLine(process.stderr, process.env);
  const memory = memoryFor({ searches: 1, workers: 1, files: job.file !== undefined, asked: job.maxMemory });
  const jobs = [{ ...job, limits: { ...job.limits, memory } }];
  let text = '';
  const threads = threadsAtWork<GraphJob, ProgressMessage | GraphMessage>(1, {
    next: () => jobs.pop(),
    heard(message) {
      if (message.kind === 'progress') {
        line.show(nameOf(job), message.progress, { finished: 0, all: 1 });
        return undefined;
      }
      ({ text } = message);
      return () => {};
    },
    // What is found is drawn in silence.
    phase(message) {
      if (message === undefined) return 'loading';
      return message.kind === 'progress' && message.progress.frontier > 0 ? 'searching' : 'deciding';
    },
  });
  try {
    await threads.done;
  } finally {
    await threads.end();
    line.clear();
  }
  return text;
}
