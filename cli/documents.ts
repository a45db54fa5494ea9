/** Files that a verb writes: each as a whole or not at all, and what can be known of them before the work begins. */
import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCodes } from '#report';
import { Failure, usage } from './failure.ts';

/** What somebody asked to be written: the option, and the file; `-` is standard output. */
export interface Wanted {
  readonly option: string;
  readonly file: string;
}

/** Of some options of a verb, those that were given. */
export function wantedOf<Option extends string>(
  options: { readonly [Each in Option]?: string | undefined },
  names: readonly Option[],
): (Wanted & { readonly name: Option })[] {
  return names.flatMap((name) => {
    const file = options[name];
    return file === undefined ? [] : [{ name, option: `--${name}`, file }];
  });
}

/** @throws Failure for a file that cannot be written, and for two documents on standard output. */
export function mustBeWritable(wanted: readonly Wanted[]): void {
  const printed = wanted.filter(({ file }) => file === '-').map(({ option }) => option);
  if (printed.length > 1)
    throw usage(`${printed.join(' and ')} cannot both have standard output; give one of them a file`);
  const twice = wanted.find(({ file }, i) => file !== '-' && wanted.findIndex((each) => each.file === file) !== i);
  if (twice) throw usage(`${twice.option}: ${twice.file} is written by another option too; name another file`);
  for (const { option, file } of wanted) {
    if (file === '-') continue;
    try {
      if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
        throw usage(`${option}: ${file} is a folder; name a file`);
      accessSync(dirname(file), constants.W_OK);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw unwritable(option, file, error);
    }
  }
}

/** Writes a document to standard output, or to a file as a whole or not at all. @throws Failure when it cannot be written. */
export function write({ option, file }: Wanted, text: string): void {
  if (file === '-') {
    process.stdout.write(text);
    return;
  }
  const partial = `${file}.${process.pid}.partial`;
  try {
    writeFileSync(partial, text);
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw unwritable(option, file, error);
  }
}

function unwritable(option: string, file: string, error: unknown): Failure {
  return new Failure(exitCodes.system, `${option}: ${file} cannot be written: ${(error as Error).message}`, {
    cause: error,
  });
}
