/** Searches that give no sign of life: whether something in one does not come to its end, and what that is. */
import { Worker } from 'node:worker_threads';
import type { Job } from './searches.ts';

/** How far a thread is with its search. It may be silent for long when only claims on executions are left to decide, or where it only talks at the end. */
export type Phase = 'loading' | 'searching' | 'deciding';

/** Watches over one search after the other. */
export interface Watch {
  begin(job: Job, phase?: Phase): void;
  /** The thread has said something. */
  sign(phase: Phase): void;
  end(): void;
}

/** Seconds of silence after which somebody looks for what does not come to its end; twice as many after each false alarm. */
const suspicious: Readonly<Record<Phase, number>> = { loading: 5, searching: 0.4, deciding: 5 };

/** Seconds of silence after which a search is given up although nothing was found that does not end. */
const longest = 60;

/** The same where the search itself is to end before: it says something that much later at least. */
const grace = 5;

/** Seconds for finding out what it is. */
const forFinding = 20;

/** Milliseconds between two looks. */
const interval = 100;

/**
 * A watch over the searches of one thread.
 * @param patience seconds of silence after which a search is given up, without asking what it is.
 * @param giveUp told of a search that does not come to its end, and what it is, as far as that was found.
 */
export function watchOver(patience: number | undefined, giveUp: (job: Job, what: string | undefined) => void): Watch {
  let job: Job | undefined;
  let phase: Phase = 'loading';
  let lastSign = 0;
  let falseAlarms = 0;
  let finding: Finding | undefined;

  const sign = (next: Phase): void => {
    if (finding?.found === false) falseAlarms++;
    finding?.stop();
    finding = undefined;
    phase = next;
    lastSign = performance.now();
  };
  const tell = (what: string | undefined): void => {
    const hanging = job;
    end();
    if (hanging) giveUp(hanging, what);
  };
  const look = (): void => {
    if (job === undefined) return;
    const silent = (performance.now() - lastSign) / 1000;
    if (patience !== undefined) {
      if (silent >= patience) tell(undefined);
    } else if (finding === undefined) {
      if (silent >= suspicious[phase] * 2 ** falseAlarms) finding = find(job, tell);
    } else if (finding.found && silent >= mostSilence(job, phase)) tell(undefined);
  };
  // After the messages that came while this thread was busy.
  const timer = setInterval(() => setImmediate(look), interval).unref();
  const end = (): void => {
    job = undefined;
    finding?.stop();
    clearInterval(timer);
  };
  return {
    begin(next, first = 'loading') {
      job = next;
      falseAlarms = 0;
      sign(first);
    },
    sign,
    end,
  };
}

/** Seconds that a search may be silent although nothing was found that does not end. */
function mostSilence({ limits: { seconds } }: Job, phase: Phase): number {
  if (phase !== 'deciding') return Math.min(longest, (seconds ?? longest) + grace);
  return seconds === undefined ? Number.POSITIVE_INFINITY : seconds + longest;
}

/** A search for what does not come to its end; `found` is whether it is over. */
interface Finding {
  found: boolean;
  stop(): void;
}

/** Looks for it in a thread of its own. @param tell told of it when it is found. */
function find(job: Job, tell: (what: string) => void): Finding {
  const worker = new Worker(new URL('./hang-worker.js', import.meta.url), {
    workerData: job,
    stdout: true,
    stderr: true,
  });
  worker.unref();
  let wanted = true;
  const finding: Finding = {
    found: false,
    stop() {
      wanted = false;
      clearTimeout(timer);
      void worker.terminate();
    },
  };
  const over = (what?: string): void => {
    if (!wanted) return;
    finding.stop();
    finding.found = true;
    if (what !== undefined) tell(what);
  };
  const timer = setTimeout(over, forFinding * 1000, undefined).unref();
  worker
    .on('message', over)
    .on('error', () => over())
    .on('exit', () => over());
  return finding;
}
