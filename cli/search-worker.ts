/** The thread that searches: one variant after the other, as it is told. */
import { parentPort } from 'node:worker_threads';
import { measureVariant, type Progress, searchVariant, walkVariant } from '#explorer';
import { derived, StepFailure } from '#notation';
import { exitCodes } from '#report';
import { Failure, isSentence } from './failure.ts';
import type { MeasureJob, MeasureMessage } from './measurements.ts';
import type { LoadJob, LoadMessage } from './search-thread.ts';
import type { Job, WorkerMessage } from './searches.ts';
import { type KnownSuite, narrowed, ownSuites, suitesOf } from './suites.ts';
import type { WalkJob, WalkMessage } from './walks.ts';

/** Milliseconds between two reports of progress. */
const interval = 100;

const port = parentPort;
if (port === null) throw new Error('[mmucheck bug] the search worker was started as a program');
const tell = (message: LoadMessage | WorkerMessage | MeasureMessage | WalkMessage): void => port.postMessage(message);
const loaded = new Map<string | undefined, Promise<KnownSuite[]>>();

port.on('message', async (job: Job | MeasureJob | WalkJob | LoadJob) => {
  if ('load' in job) return load(job.load);
  try {
    const { suite } = await suiteOf(job);
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

function suitesIn(file: string | undefined): Promise<KnownSuite[]> {
  const suites = loaded.get(file) ?? (file === undefined ? Promise.resolve(ownSuites()) : suitesOf([file]));
  loaded.set(file, suites);
  return suites;
}

async function suiteOf({ file, model }: Job): Promise<KnownSuite> {
  const found = (await suitesIn(file)).find(({ suite }) => suite.model.name === model);
  if (found) return found;
  throw new Failure(
    exitCodes.usage,
    `${file}: the model ${model} is there at one time and not at another; a suite file may depend on nothing else`,
  );
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
