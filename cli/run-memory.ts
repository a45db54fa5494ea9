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
/** A search with less room than this is not worth the start. */
const least = 8 * MiB;
/** The part of the memory that is free which a run takes when nothing is said. */
const usualPart = 0.75;

/**
 * Bytes for the states of each search.
 * @param asked of `--max-memory`: bytes of the whole process.
 * @throws Failure (152) when there are too few.
 */
export function memoryFor(searches: number, workers: number, asked: number | undefined): number {
  const all = asked ?? usualPart * process.availableMemory();
  const own = forProgram + (searches * workers - 1) * forThread;
  const share = Math.floor((all - own) / searches);
  if (share >= least) return share;
  const needed = `${Math.ceil((own + searches * least) / MiB)}M`;
  const threads = searches * workers === 1 ? '' : `; with --jobs 1 --workers 1 ${(forProgram + least) / MiB}M do`;
  const sentence =
    asked === undefined
      ? `the system has ${Math.floor(all / usualPart / MiB)}M of memory left, and a run takes at least ${needed}${threads}`
      : `--max-memory ${Math.floor(asked / MiB)}M is too little: mmucheck itself and a few states take ${needed}${threads}`;
  throw new Failure(exitCodes.memory, sentence);
}

/** Collects garbage now: of a run whose memory is limited, which would otherwise take what it needs not. */
export function collectGarbage(): void {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
}
