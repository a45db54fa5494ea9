/** How the memory of a run is shared out to its searches, so that the process as a whole keeps to it. */
import v8 from 'node:v8';
import vm from 'node:vm';
import { exitCodes } from '#report';
import { Failure } from './failure.ts';

const MiB = 2 ** 20;
/** What the program takes with its first search, states apart: Node itself, the models, the code made for one of them. */
const forProgram = 165 * MiB;
/** What each thread more takes. */
const forThread = 40 * MiB;
/** What each thread, the first included, takes for reading a suite file, which is TypeScript. */
const forFile = 36 * MiB;
/** A search with less room than this is not worth the start. */
const least = 8 * MiB;
/** The part of the memory that is free which a run takes when nothing is said. */
const usualPart = 0.75;

/** What a run is made of. */
export interface RunSize {
  /** Searches at the same time. */
  readonly searches: number;
  /** Threads each. */
  readonly workers: number;
  /** Whether suites come from files. */
  readonly files: boolean;
  /** Of `--max-memory`: bytes of the whole process. */
  readonly asked: number | undefined;
}

/**
 * Bytes for the states of each search.
 * @throws Failure (152) when there are too few.
 */
export function memoryFor({ searches, workers, files, asked }: RunSize): number {
  const all = asked ?? usualPart * process.availableMemory();
  const own = takenBy(searches * workers, files);
  const share = Math.floor((all - own) / searches);
  if (share >= least) return share;
  const needed = `${Math.ceil((own + searches * least) / MiB)}M`;
  const alone = Math.ceil((takenBy(1, files) + least) / MiB);
  const threads = searches * workers === 1 ? '' : `; with --jobs 1 --workers 1 ${alone}M do`;
  const sentence =
    asked === undefined
      ? `the system has ${Math.floor(all / usualPart / MiB)}M of memory left, and a run takes at least ${needed}${threads}`
      : `--max-memory ${Math.floor(asked / MiB)}M is too little: mmucheck itself and a few states take ${needed}${threads}`;
  throw new Failure(exitCodes.memory, sentence);
}

/** Bytes that so many threads take, states apart. */
function takenBy(threads: number, files: boolean): number {
  return forProgram + (threads - 1) * forThread + (files ? (threads + 1) * forFile : 0);
}

/** Collects garbage now: of a run whose memory is limited, which would otherwise take what it needs not. */
export function collectGarbage(): void {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
}
