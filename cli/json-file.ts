/** Where a JSON document goes: to a file, as a whole or not at all, or to standard output in place of what is drawn. */
import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCodes } from '#report';
import { Failure, usage } from './failure.ts';

/** @param file what `--json` says. @throws Failure when it cannot be written, before anything is searched. */
export function mustBeWritable(file: string | undefined): void {
  if (file === undefined || file === '-') return;
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
      throw usage(`--json: ${file} is a folder; name a file`);
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(exitCodes.system, `--json: ${file} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Writes a file as a whole or not at all. */
function writeWhole(file: string, text: string): void {
  const partial = `${file}.${process.pid}.partial`;
  try {
    writeFileSync(partial, text);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new Failure(exitCodes.system, `--json: ${file} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Writes a document where `--json` says, which may be nowhere. @throws Failure when it cannot be written. */
export function writeDocument(file: string | undefined, document: string): void {
  if (file === '-') process.stdout.write(document);
  else if (file !== undefined) writeWhole(file, document);
}
