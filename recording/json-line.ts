/** Reading the fields of one JSON line, with its place for errors. */
import { RecordingError } from './recording-error.ts';

/** One line of a JSON-lines file, with its place, for the errors of whoever reads its fields. */
export interface JsonLine {
  readonly file: string;
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

const again = 'the file is damaged or not a recording: copy it again from where it was made, or record anew';

/**
 * Splits a text into its lines and parses each as one JSON object.
 *
 * @throws {RecordingError} at the first line that is not one, and at a last line without its newline: a writer that was stopped, or a
 *   copy that was cut, ends that way.
 */
export function jsonLines(text: string, file: string): JsonLine[] {
  if (text === '') throw new RecordingError(file, undefined, `the file is empty; ${again}`);
  const lines = text.split('\n');
  if (lines.pop() !== '') {
    throw new RecordingError(file, lines.length + 1, `the last line does not end, so the file was cut short; ${again}`);
  }
  return lines.map((line, index) => parseLine(line, file, index + 1));
}

function parseLine(text: string, file: string, line: number): JsonLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecordingError(file, line, `expected one JSON object, and saw ${shown(text)}; ${again}`);
  }
  if (!isObject(value))
    throw new RecordingError(file, line, `expected a JSON object, and saw ${shown(text)}; ${again}`);
  return { file, line, fields: value };
}

/** The error of a field that is not what the format says; `path` names it, as in `pre.d[0].n`. */
export function unexpected(at: JsonLine, path: string, expected: string, saw: unknown): RecordingError {
  const seen = saw === undefined ? 'nothing' : shown(JSON.stringify(saw));
  return new RecordingError(at.file, at.line, `expected ${path} to be ${expected}, and saw ${seen}; ${again}`);
}

/** A number that counts something: whole, from 0, at most `most`. */
export function countField(at: JsonLine, path: string, value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? 'from 0' : `in 0..${most}`;
    throw unexpected(at, path, `a whole number ${range}`, value);
  }
  return value;
}

/** A text that is not empty. */
export function textField(at: JsonLine, path: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw unexpected(at, path, 'a text', value);
  return value;
}

/** A JSON object with exactly the named fields, `optional` ones allowed. */
export function objectField(
  at: JsonLine,
  path: string,
  value: unknown,
  required: readonly string[],
  optional: readonly string[] = [],
): Record<string, unknown> {
  if (!isObject(value)) throw unexpected(at, path, `an object with ${required.join(', ')}`, value);
  for (const name of required) {
    if (!Object.hasOwn(value, name)) throw unexpected(at, path, `an object with ${name}`, value);
  }
  for (const name of Object.keys(value)) {
    if (required.includes(name) || optional.includes(name)) continue;
    throw unexpected(at, path, `an object of ${[...required, ...optional].join(', ')} alone`, { [name]: value[name] });
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a person sees of something long or unprintable. */
export function shown(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '·');
  return printable.length <= 60 ? printable : `${printable.slice(0, 60)}… (${text.length} characters)`;
}
