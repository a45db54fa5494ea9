/** JSON that somebody hands to a verb. */
import { readFileSync, statSync } from 'node:fs';
import { oneLine } from '#report';

/** Bytes that a file may have: a document of some thousand results. */
const largest = 64 * 1024 * 1024;

/** @throws Error with a clause that says why the file cannot be read, or does not parse. */
export function readJson(file: string): unknown {
  const { size } = trying(() => statSync(file));
  if (size > largest) throw new Error(`it is larger than ${largest / 1024 ** 2} MiB`);
  const text = trying(() => readFileSync(file, 'utf8'));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`it is no JSON: ${oneLine((error as Error).message)}`, { cause: error });
  }
}

function trying<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new Error(`it cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
