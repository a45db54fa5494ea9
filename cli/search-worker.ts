/** The thread that searches: one variant after the other, as it is told. */
import { type MessagePort, parentPort, Worker } from 'node:worker_threads';
import { type Crew, measureVariant, type Progress, searchVariant, walkVariant } from '#explorer';
import { derived, StepFailure } from '#notation';
import { exitCodes } from '#report';
import type { GraphJob, GraphMessage } from './drawings.ts';
import { Failure, isSentence } from './failure.ts';
import { suiteOf, suitesIn } from './job-suite.ts';
import type { MeasureJob, MeasureMessage } from './measurements.ts';
import { collectGarbage } from './run-memory.ts';
import type { HelperData } from './search-helper.ts';
import type { LoadJob, LoadMessage } from './search-thread.ts';
import type { Job, SearchJob, WorkerMessage } from './searches.ts';
import { narrowed } from './suites.ts';
import type { WalkJob, WalkMessage } from './walks.ts';

/** Milliseconds between two reports of progress. */
const interval = 100;

const port = parentPort;
if (port === null) throw new Error('[mmucheck bug] the search worker was started as a program');
const tell = (message: LoadMessage | WorkerMessage | MeasureMessage | WalkMessage | GraphMessage): void =>
  port.postMessage(message);

port.on('message', async (job: SearchJob | MeasureJob | WalkJob | GraphJob | LoadJob) => {
  if ('load' in job) return load(job.load);
  try {
    const { suite } = await suiteOf(job);
    if (job.maxMemory !== undefined) collectGarbage();
    let last = Number.NEGATIVE_INFINITY;
    const onProgress = (progress: Progress): void => {
      const now = performance.now();
      if (now - last < interval && progress.frontier > 0) return;
      last = now;
      tell({ kind: 'progress', progress });
    };
    const { variant, bounds, limits } = job;
    if ('measure' in job) {
      tell({ kind: 'measured', measured: measureVariant(suite, variant, job.measure, { bounds, limits, onProgress }) });
      return;
    }
    if ('walks' in job) {
      tell({ kind: 'walked', walked: walkVariant(derived(suite, variant), variant, bounds, job.walks) });
      return;
    }
    if ('graph' in job) {
      const { graphText } = await import('./graph-text.ts');
      tell({ kind: 'drawn', text: graphText(derived(suite, variant), job, onProgress) });
      return;
    }
    const { checkpoint } = job;
    // What reads and writes them takes as long to load as a small search to run.
    const checkpoints =
      checkpoint && (await import('./checkpoint-files.ts')).checkpointsIn(checkpoint.folder, checkpoint.key);
    const signalled = checkpoint && new Int32Array(checkpoint.signal);
    const options = {
      bounds,
      symmetry: job.symmetry,
      limits,
      checkpoints,
      store: job.store,
      fpSeed: job.fpSeed,
      ...crewOf(job),
      onProgress(progress: Progress) {
        onProgress(progress);
        if (!signalled || Atomics.load(signalled, 0) === 0) return;
        checkpoints?.save();
        tell({ kind: 'saved' });
        // The end of this thread, which the other one brings about.
        Atomics.wait(signalled, 0, 1);
      },
    };
    const search = searchVariant(narrowed(derived(suite, variant), job.only), variant, options);
    // What a step has started, and left to itself, throws now or never.
    await new Promise(setImmediate);
    tell({ kind: 'done', search });
  } catch (error) {
    tell({ kind: 'failed', ...failed(job, error), stack: error instanceof Error ? error.stack : undefined });
  }
});

/** Loads a file. Whoever asks loads it again and tells what it throws. */
async function load(file: string): Promise<void> {
  const words = setInterval(() => tell({ kind: 'waits' }), interval);
  await suitesIn(file).catch(() => {});
  clearInterval(words);
  tell({ kind: 'loaded' });
}

/** The threads that help with a variant; none when it has one thread. */
function crewOf(job: SearchJob): { crew: Crew } | undefined {
  const { workers, store, helpFrom } = job;
  if (workers < 2 || (store ?? 'exact') !== 'exact') return undefined;
  const crew: Crew = {
    workers,
    from: helpFrom,
    start(seat, ports) {
      const transferList = [...ports] as MessagePort[];
      const workerData: HelperData = { job, seat };
      const url = new URL('./search-helper.js', import.meta.url);
      const helper = new Worker(url, { workerData, transferList, stdout: true });
      helper.stdout.pipe(process.stderr, { end: false });
      // The search hears of it by itself, since it does not come back here before its end.
      helper.on('error', () => {});
    },
  };
  return { crew };
}

/** Whose fault it is that a search ended without a result: that of the model, of the machine, or ours. */
function failed({ model, variant }: Job, error: unknown): { code: number | undefined; message: string } {
  const place = `${model}/${variant}`;
  if (error instanceof Error && error.name === 'BadCheckpoint')
    return { code: exitCodes.badFile, message: error.message };
  if (error instanceof Failure) return { code: error.code, message: error.message };
  if (error instanceof StepFailure)
    return { code: exitCodes.modelThrew, message: `${place}: an initial state ${error.message}` };
  if (error instanceof RangeError && /allocation|array length/i.test(error.message)) {
    const message = `${place}: the system has no memory for more states; lower --max-memory, --jobs or a bound`;
    return { code: exitCodes.system, message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: isSentence(error) ? exitCodes.modelThrew : undefined, message };
}
