/** The lines of a recording's `.trace.gz`, as events. */
import { type Circumstances, readArguments, type TraceEvent } from './events.ts';
import { shown } from './json-line.ts';
import { RecordingError } from './recording-error.ts';

const again =
  'the file is damaged or not the trace of a recording: copy it again from where it was made, or record anew';

/** Whether a text begins as a trimmed trace does. */
export function isTrimmedTrace(text: string): boolean {
  return /^\d+ \d+ c\d+ \S{5} \w+/.test(text);
}

/**
 * Reads a trimmed trace: `seq pid cCPU flags EVENT arguments`, in the order of `seq`.
 *
 * @throws {RecordingError} naming the line, for anything that is not exactly the format; the whole text is read before anything is returned.
 */
export function readTrimmedTrace(text: string, file: string): TraceEvent[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') {
    throw new RecordingError(file, lines.length + 1, `the last line does not end, so the file was cut short; ${again}`);
  }
  let last = -1;
  return lines.map((line, index) => {
    const event = readTraceLine(line, index + 1, file);
    if (event.seq <= last) {
      throw new RecordingError(file, index + 1, `expected a seq above ${last}, and saw ${event.seq}; ${again}`);
    }
    last = event.seq;
    return event;
  });
}

/** One line of it. */
export function readTraceLine(text: string, line: number, file: string): TraceEvent {
  const [, seq, pid = '', flags = '', name = '', words = ''] =
    /^(\d{1,15}) (\d+) c\d+ (\S{5}) (\w+)(?: (.*))?$/.exec(text) ?? [];
  const event = eventOf({ line, seq: Number(seq), pid, flags, name, words });
  if (event === undefined) {
    throw new RecordingError(file, line, `expected an event of a trimmed trace, and saw ${shown(text)}; ${again}`);
  }
  return event;
}

/** What a line says of an event. */
interface Written extends Pick<Circumstances, 'line' | 'seq' | 'pid'> {
  readonly flags: string;
  readonly name: string;
  readonly words: string;
}

/** The event; undefined where there is none of that name with these flags and words. */
export function eventOf({ line, seq, pid, flags, name, words }: Written): TraceEvent | undefined {
  const [, resched, depth] = /^[.d]([.Nn])[.hs]([.\d])[.\d]$/.exec(flags) ?? [];
  const values = readArguments(name, words);
  if (depth === undefined || values === undefined) return undefined;
  return {
    line,
    seq,
    pid,
    depth: depth === '.' ? 0 : Number(depth),
    resched: resched !== '.',
    text: words === '' ? name : `${name} ${words}`,
    name,
    ...values,
  } as unknown as TraceEvent;
}
