/** Threads that search; the first may be started before it is known what for, and loads what it needs meanwhile. */
import { Worker } from 'node:worker_threads';

/** A suite file to load, and nothing to search. */
export interface LoadJob {
  readonly load: string;
}

/** What a thread says of a file: every now and then that it waits, at last that it is there, or cannot be loaded. */
export type LoadMessage = { readonly kind: 'waits' } | { readonly kind: 'loaded' };

/** Seconds of processor time without a word after which a file is taken for one that never comes to its end, and of any time. */
const mostWork = 4;
const mostTime = 60;

/** As often a thread may say that it waits. */
const mostWords = 20;

/** Milliseconds between two words, and between two looks. */
const interval = 100;

let prepared: Worker | undefined;

/** Starts a thread ahead of time. When nobody takes it the program ends without it. */
export function prepareThread(): Worker {
  prepared ??= new Worker(new URL('./search-worker.js', import.meta.url), { stdout: true, stderr: true });
  prepared.unref();
  return prepared;
}

/** A thread that waits for what it is to search. */
export function searchThread(): Worker {
  const thread = prepareThread();
  prepared = undefined;
  thread.ref();
  // What a model prints is no result.
  thread.stdout.pipe(process.stderr, { end: false });
  thread.stderr.pipe(process.stderr, { end: false });
  return thread;
}

/**
 * Whether a suite file comes to its end when it is loaded: tried in a thread that can be stopped, which searches in it afterwards. What it
 * throws, and what it waits for, is for whoever loads it here to tell.
 */
export async function loads(file: string): Promise<boolean> {
  const thread = prepareThread();
  thread.ref();
  thread.postMessage({ load: file } satisfies LoadJob);
  const did = await new Promise<boolean>((end) => {
    let words = 0;
    let lastWord = performance.now();
    let work = process.cpuUsage();
    const look = (): void => {
      const { user, system } = process.cpuUsage(work);
      const isSilent = (user + system) / 1e6 > mostWork || performance.now() - lastWord > mostTime * 1000;
      if (isSilent) tell(false);
      else if (words > mostWords) tell(true);
    };
    const timer = setInterval(() => setImmediate(look), interval);
    const heard = ({ kind }: LoadMessage): void => {
      words++;
      lastWord = performance.now();
      work = process.cpuUsage();
      if (kind === 'loaded') tell(true);
    };
    const tell = (ends: boolean): void => {
      clearInterval(timer);
      thread.off('message', heard).off('error', gone).off('exit', gone);
      end(ends);
    };
    const gone = (): void => {
      prepared = undefined;
      tell(true);
    };
    thread.on('message', heard).on('error', gone).on('exit', gone);
  });
  if (!did) {
    prepared = undefined;
    await thread.terminate();
  }
  thread.unref();
  return did;
}
