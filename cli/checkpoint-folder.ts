/** The folder of `--checkpoint` and `--resume`: one run at a time, and only the run that it was made for. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes } from '#report';
import { partialName, sumOf, write } from './checkpoint-files.ts';
import { Failure, usage } from './failure.ts';
import { sourcesOf } from './result-cache.ts';
import type { Planned } from './searches.ts';
import { version } from './version.ts';

/** What the searches of a run are told of its checkpoints. */
export interface CheckpointFolder {
  /** The folder of one search, by its place, and what it depends on. */
  of(place: number): { readonly folder: string; readonly key: string };
  /** Lets go of the folder. */
  release(): void;
}

const runName = 'run';
const lockName = 'lock';
/** What a run leaves behind that was killed before it had begun. */
const unbegun: ReadonlySet<string> = new Set([lockName, partialName(runName)]);

/**
 * Takes the folder for a run.
 * @param resume whether it holds the checkpoints of the same run already.
 * @throws Failure (151) for a folder that holds something else, is of another run, or is used by another process.
 */
export function checkpointFolder(folder: string, resume: boolean, planned: readonly Planned[]): CheckpointFolder {
  const option = resume ? '--resume' : '--checkpoint';
  const bad = (what: string): Failure => new Failure(exitCodes.badFile, `${option}: ${folder} ${what}`);
  const key = sumOf(
    JSON.stringify([version(), process.version, ...planned.map(({ job, floor }) => [job, floor, sourcesOf(job.file)])]),
  );
  const runFile = join(folder, runName);
  if (resume) {
    if (!existsSync(runFile)) throw bad('holds no checkpoint; make one with --checkpoint');
    const [sum, text = '', rest] = readFileSync(runFile, 'utf8').split('\n');
    if (rest !== '' || sum !== sumOf(text)) throw bad('holds a checkpoint that has been changed or cut short');
    if (text !== key)
      throw bad('is of another run: other models, bounds or options, or another mmucheck; give the same command again');
  } else {
    if (existsSync(folder) && readdirSync(folder).some((name) => !unbegun.has(name)))
      throw existsSync(runFile)
        ? usage(`--checkpoint: ${folder} holds a checkpoint; go on from it with --resume, or name another folder`)
        : bad('is not empty and holds no checkpoint; name another folder');
    mkdirSync(folder, { recursive: true });
  }
  lock(folder, bad);
  if (!resume) write(folder, runName, [Buffer.from(`${sumOf(key)}\n${key}\n`)]);
  return {
    of(place) {
      const own = join(folder, String(place));
      mkdirSync(own, { recursive: true });
      return { folder: own, key: `${key} ${place}` };
    },
    release: () => rmSync(join(folder, lockName), { force: true }),
  };
}

/** One process at a time. What a process left behind that is not there any more counts for nothing. */
function lock(folder: string, bad: (what: string) => Failure): void {
  const file = join(folder, lockName);
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(file, 'utf8'));
    if (owner > 0 && owner !== process.pid && isAlive(owner))
      throw bad(`is used by another mmucheck, process ${owner}`);
    rmSync(file, { force: true });
  }
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
