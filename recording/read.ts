/** Opening a recording, in whichever form it comes. */
import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { shown } from './json-line.ts';
import type { TraceEvent } from './events.ts';
import { readLog, type RecordingLog } from './log.ts';
import { type Operation, readOperations } from './operations.ts';
import { eventsOf } from './raw-events.ts';
import { operationsOf } from './raw-trace.ts';
import { RecordingError } from './recording-error.ts';
import { isTracefsText, readTraceEvents } from './tracefs-text.ts';
import { isTrimmedTrace, readTrimmedTrace } from './trimmed-trace.ts';

/** What a real kernel did in one run. */
export interface Recording {
  readonly file: string;
  readonly form: 'ops.jsonl' | 'raw trace' | 'trimmed trace';
  /** List operations; a trimmed trace by itself holds none. */
  readonly operations: readonly Operation[];
  /** All other events, from the trace: the file itself, or the trimmed one beside it. */
  readonly trace?: { readonly file: string; readonly events: readonly TraceEvent[] };
  /** The `.log` beside it, if there is one: its snapshots are those of the operations, in the same order. */
  readonly log?: RecordingLog;
}

/** Bytes of text that a recording may have, unpacked: thirty times the largest shipped one. */
const MOST_BYTES = 128 * 1024 * 1024;

/**
 * Opens a recording, plain or gzipped: `.ops.jsonl`, the trimmed `.trace`, or the text of tracefs's `trace`, told apart by content. Beside
 * `name.ops.jsonl.gz` (or `name.raw-trace.gz`, or `name.trace.gz`) a `name.log` is read too, and beside the first `name.trace.gz`.
 *
 * What cannot be noticed here: a plain `.ops.jsonl` or `.trace` that was cut at the end of a line, after its last snapshot or where there is no log
 * (`endsWhole` of the comparison tells), and a changed digit inside a number or an address (the comparison shows a difference).
 *
 * @throws {RecordingError} for anything else, naming what was seen; nothing is returned of a file that is not whole and well-formed.
 */
export function readRecording(path: string): Recording {
  const text = textOf(path);
  const recording = ofText(text, path);
  const logPath = beside(path, 'log');
  if (logPath === undefined) return recording;
  const log = readLog(textOf(logPath), logPath);
  if (recording.form !== 'trimmed trace') sameSnapshots(recording, log, logPath);
  return { ...recording, log };
}

function ofText(text: string, path: string): Recording {
  if (isTracefsText(text)) {
    const events = readTraceEvents(text, path);
    const trace = { file: path, events: eventsOf(events) };
    return { file: path, form: 'raw trace', operations: operationsOf(events, path), trace };
  }
  if (isTrimmedTrace(text)) return { file: path, form: 'trimmed trace', operations: [], trace: traceOf(text, path) };
  const operations = jsonOperations(text, path);
  const tracePath = beside(path, 'trace.gz');
  const trace = tracePath === undefined ? {} : { trace: traceOf(textOf(tracePath), tracePath) };
  return { file: path, form: 'ops.jsonl', operations, ...trace };
}

function traceOf(text: string, file: string) {
  return { file, events: readTrimmedTrace(text, file) };
}

const kinds = 'give the .ops.jsonl.gz or the .trace.gz of a recording, or the text of the file `trace` of tracefs';

function jsonOperations(text: string, path: string): Operation[] {
  const end = text.indexOf('\n');
  const first = text.slice(0, end === -1 ? text.length : end);
  if (first.startsWith('{"t":')) throw new RecordingError(path, 1, `this is the .log beside a recording; ${kinds}`);
  if (!first.startsWith('{')) {
    const saw = text === '' ? 'nothing: the file is empty' : shown(first);
    throw new RecordingError(path, text === '' ? undefined : 1, `expected a recording, and saw ${saw}; ${kinds}`);
  }
  return readOperations(text, path);
}

function textOf(path: string): string {
  const bytes = bytesOf(path);
  if (!isUtf8(bytes))
    throw new RecordingError(path, lineThatIsNotUtf8(bytes), `expected UTF-8 text, and saw other bytes; ${kinds}`);
  return bytes.toString('utf8');
}

function bytesOf(path: string): Buffer {
  let stored: Buffer;
  try {
    const { size } = statSync(path);
    if (size > MOST_BYTES) throw tooLarge(path);
    stored = readFileSync(path);
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    throw new RecordingError(path, undefined, `cannot be read (${reason(error)}); ${kinds}`);
  }
  if (stored[0] !== 0x1f || stored[1] !== 0x8b) return stored;
  try {
    return gunzipSync(stored, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(path);
    const why = reason(error);
    const again = 'it was cut short or damaged: copy it again from where it was made';
    throw new RecordingError(path, lineOfDamage(stored, why), `the gzip stream is not whole (${why}); ${again}`);
  }
}

/** The first line that cannot be had whole from a damaged gzip stream; undefined where all can, and one of them was changed. */
function lineOfDamage(stored: Buffer, why: string): number | undefined {
  if (/^incorrect (data|length) check/.test(why)) return undefined;
  let text = '';
  let [sound, damaged] = [0, stored.length];
  while (damaged - sound > 1) {
    const end = (sound + damaged) >> 1;
    try {
      text = gunzipSync(stored.subarray(0, end), { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1');
      sound = end;
    } catch {
      damaged = end;
    }
  }
  return text.split('\n').length;
}

function tooLarge(path: string): RecordingError {
  const limit = `${MOST_BYTES / 1024 / 1024} MiB`;
  return new RecordingError(
    path,
    undefined,
    `has more than ${limit} of text, more than a recording is read with; record a shorter run`,
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.split(',')[0] : String(error);
}

function lineThatIsNotUtf8(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    line += 1;
    start = end + 1;
  }
}

/** The file of the same run that ends in another way, if it is there. */
function beside(path: string, end: 'log' | 'trace.gz'): string | undefined {
  const [, name] = /^(.*)\.(?:ops\.jsonl|raw-trace|trace)(?:\.gz)?$/s.exec(path) ?? [];
  const other = `${name}.${end}`;
  return name !== undefined && existsSync(other) ? other : undefined;
}

function sameSnapshots({ operations, file }: Recording, log: RecordingLog, logPath: string): void {
  const recorded = operations.flatMap((operation) => (operation.op === 'snapshot_begin' ? [operation.phase] : []));
  const logged = log.snapshots.map(({ phase }) => phase);
  if (recorded.join('\n') === logged.join('\n')) return;
  const differ = recorded.findIndex((phase, i) => phase !== logged[i]);
  const at = differ === -1 ? recorded.length : differ;
  const sentence = `expected snapshot ${at + 1} to be ${logged[at] ?? 'none'}, as in ${logPath}, and saw ${recorded[at] ?? 'none'}`;
  const again = 'one of the two files was cut or belongs to another run: copy both again';
  throw new RecordingError(file, undefined, `${sentence}; ${again}`);
}
