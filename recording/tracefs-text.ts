/** The lines of tracefs's `trace` file. */
import { shown } from './json-line.ts';
import { RecordingError } from './recording-error.ts';

/** One event of tracefs's `trace` file. */
export interface TraceEvent {
  readonly file: string;
  readonly line: number;
  /** Identifies the thread: a call and its return have it in common. */
  readonly pid: string;
  /** The time stamp of trace clock `counter`. */
  readonly seq: number;
  /** Irqs, reschedule, interrupt, preempt depth and migration, a character each. */
  readonly flags: string;
  readonly name: string;
  readonly text: string;
}

const again = 'copy the file `trace` (not `trace_pipe`) of tracefs whole, or record anew with a larger buffer_size_kb';

// task-pid, optionally (tgid), [cpu], flags, time stamp, name: the rest
const eventLine = /^\s*\S.*-(\d+)\s+(?:\(\s*[-\d]+\)\s+)?\[\d+\]\s+(\S+)\s+([\d.]+): (\w+): (.*)$/;

/** Whether a text begins as tracefs's `trace` file does. */
export function isTracefsText(text: string): boolean {
  return text.startsWith('# tracer: ');
}

/**
 * Splits the text into events. The header says how many there must be, so a file that was cut is noticed even at the end of a line.
 *
 * @throws {RecordingError} naming the line, when events were lost while recording, are missing here, or a line is no event.
 */
export function readTraceEvents(text: string, file: string): TraceEvent[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') {
    throw new RecordingError(file, lines.length + 1, `the last line does not end, so the file was cut short; ${again}`);
  }
  const { stored, line: counted } = entries(lines, file);
  const events: TraceEvent[] = [];
  let last = -1;
  lines.forEach((text, index) => {
    if (text.startsWith('#')) return;
    const event = readEvent(text, file, index + 1);
    if (event.seq <= last) {
      throw new RecordingError(file, index + 1, `expected a time stamp above ${last}, and saw ${event.seq}; ${again}`);
    }
    last = event.seq;
    events.push(event);
  });
  if (events.length !== stored) {
    const line = events.length < stored ? lines.length : counted;
    throw new RecordingError(
      file,
      line,
      `expected ${stored} events, as the header says, and saw ${events.length}; ${again}`,
    );
  }
  return events;
}

function entries(lines: readonly string[], file: string): { stored: number; line: number } {
  for (const [index, line] of lines.entries()) {
    const [, stored, written] = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+) /.exec(line) ?? [];
    if (stored === undefined || written === undefined) continue;
    if (stored !== written) {
      throw new RecordingError(file, index + 1, `the buffer kept ${stored} of ${written} events; ${again}`);
    }
    return { stored: Number(stored), line: index + 1 };
  }
  throw new RecordingError(
    file,
    1,
    `expected a header with "entries-in-buffer/entries-written", and saw none; ${again}`,
  );
}

function readEvent(text: string, file: string, line: number): TraceEvent {
  const [, pid, flags, stamp, name, rest] = eventLine.exec(text) ?? [];
  if (pid === undefined || flags === undefined || stamp === undefined || name === undefined || rest === undefined) {
    throw new RecordingError(file, line, `expected a trace event, and saw ${shown(text)}; ${again}`);
  }
  const seq = Number(stamp);
  if (!Number.isSafeInteger(seq) || stamp.includes('.')) {
    throw new RecordingError(
      file,
      line,
      `expected the time stamp of trace_clock counter, a whole number, and saw ${stamp}; record anew`,
    );
  }
  return { file, line, pid, seq, flags, name, text: rest };
}
