/** Threads that search; the first may be started before it is known what for, and loads what it needs meanwhile. */
import { Worker } from 'node:worker_threads';

let prepared: Worker | undefined;

/** Starts a thread ahead of time. When nobody takes it the program ends without it. */
export function prepareThread(): void {
  prepared = started();
  prepared.unref();
}

/** A thread that waits for what it is to search. */
export function searchThread(): Worker {
  const thread = prepared ?? started();
  prepared = undefined;
  thread.ref();
  // What a model prints is no result.
  thread.stdout.pipe(process.stderr, { end: false });
  return thread;
}

function started(): Worker {
  return new Worker(new URL('./search-worker.js', import.meta.url), { stdout: true });
}
