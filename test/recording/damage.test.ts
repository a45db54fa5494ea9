import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conform, type Operation, readOperations, readRawTrace, readRecording, RecordingError } from '#recording';
import { PlainLists } from './plain-lists.ts';
import { inDirectory, kept, thrown, unpacked } from './samples.ts';

const packed = readFileSync(join(kept, 'k612-npt0/alias_K15_shuf.ops.jsonl.gz'));
const text = unpacked(packed);
const operations = readOperations(text, 'whole');
const lines = text.split('\n').slice(0, -1);
const rawPacked = readFileSync(join(kept, 'raw-sample/k612-npt0.alias_K15_shuf.raw-trace.gz'));
const raw = unpacked(rawPacked);

const settings = { seed: 1, numRuns: 200 };

/** The operations, or undefined if the text is refused; anything but a RecordingError fails the test. */
function orRefused(read: () => readonly Operation[]): readonly Operation[] | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(RecordingError);
    return undefined;
  }
}

function replay(read: readonly Operation[]) {
  return conform({ file: 'damaged', form: 'ops.jsonl', operations: read }, new PlainLists('tail-count'));
}

/** The text with the character at `index` replaced. */
function flipped(whole: string, index: number, character: string): string {
  return whole.slice(0, index) + character + whole.slice(index + 1);
}

const place = (whole: string) => fc.nat({ max: whole.length - 1 });
const character = fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCharCode(code));

describe('a recording cut at the end of a line', () => {
  const lastSnapshot = lines.findLastIndex((line) => line.includes('"snapshot_end"'));

  it('is refused up to its last snapshot, which the log names, and after that is not taken for whole', () => {
    inDirectory((directory) => {
      const file = join(directory, 'cut.ops.jsonl');
      copyFileSync(join(kept, 'k612-npt0/alias_K15_shuf.log'), join(directory, 'cut.log'));
      for (let kept = 0; kept < lines.length; kept++) {
        writeFileSync(
          file,
          lines
            .slice(0, kept)
            .map((line) => `${line}\n`)
            .join(''),
        );
        const read = orRefused(() => readRecording(file).operations);
        expect(read === undefined, `${kept} lines`).toBe(kept <= lastSnapshot);
        if (read !== undefined) expect(replay(read).endsWhole, `${kept} lines`).toBe(false);
      }
    });
  });

  it('is refused inside a snapshot and otherwise not taken for whole, where there is no log', () => {
    for (let kept = 1; kept < lines.length; kept++) {
      const read = orRefused(() => readOperations(`${lines.slice(0, kept).join('\n')}\n`, 'cut'));
      const began = lines.slice(0, kept).findLastIndex((line) => line.includes('"snapshot_begin"'));
      const ended = lines.slice(0, kept).findLastIndex((line) => line.includes('"snapshot_end"'));
      expect(read === undefined, `${kept} lines`).toBe(began > ended);
      if (read !== undefined) expect(replay(read).endsWhole, `${kept} lines`).toBe(false);
    }
  });
});

describe('a recording cut anywhere else', () => {
  it('is refused at the line that was cut', () => {
    const cut = (end: number) => {
      if (end === 0 || text[end - 1] === '\n') return;
      const error = thrown(() => readOperations(text.slice(0, end), 'cut'));
      expect(error).toBeInstanceOf(RecordingError);
      expect(error).toMatchObject({ line: text.slice(0, end).split('\n').length });
    };
    fc.assert(fc.property(place(text), cut), settings);
  });

  it('is refused when it is packed, at whatever byte', () => {
    inDirectory((directory) => {
      const file = join(directory, 'cut');
      const cut = (end: number) => {
        writeFileSync(file, packed.subarray(0, end));
        expect(thrown(() => readRecording(file))).toBeInstanceOf(RecordingError);
      };
      for (const end of [0, 1, 2, 3, 10, packed.length - 8, packed.length - 1]) cut(end);
      fc.assert(fc.property(fc.nat({ max: packed.length - 1 }), cut), settings);
    });
  });
});

describe('a recording with one byte changed', () => {
  it('is refused, or differs in one operation: none is lost', () => {
    const change = (index: number, other: string) => {
      const read = orRefused(() => readOperations(flipped(text, index, other), 'damaged'));
      if (read === undefined) return;
      expect(read).toHaveLength(operations.length);
      const before = text.slice(0, index).split('\n').length - 1;
      expect(read.toSpliced(before, 1)).toEqual(operations.toSpliced(before, 1));
      replay(read);
    };
    fc.assert(fc.property(place(text), character, change), settings);
  });

  it('is refused when it is packed, or reads the same: the header of a gzip holds nothing of it', () => {
    inDirectory((directory) => {
      const file = join(directory, 'damaged');
      const change = (index: number, other: number) => {
        writeFileSync(file, packed.with(index, other));
        const read = orRefused(() => readRecording(file).operations);
        if (read !== undefined) expect(read).toEqual(operations);
      };
      fc.assert(fc.property(fc.nat({ max: packed.length - 1 }), fc.nat({ max: 255 }), change), settings);
    });
  });

  it('is refused when it is no text any more', () => {
    inDirectory((directory) => {
      const file = join(directory, 'damaged');
      for (const index of [0, 1, 1000, text.length - 2]) {
        writeFileSync(file, Buffer.from(text).with(index, 0xff));
        expect(thrown(() => readRecording(file))).toMatchObject({ line: text.slice(0, index).split('\n').length });
      }
    });
  });
});

describe('a raw trace', () => {
  const few = { seed: 2, numRuns: 40 };

  it('that was cut is refused, at the end of a line too: its header counts the events', () => {
    const ends = raw.split('\n').slice(0, -1);
    const atLine = (kept: number) => {
      expect(thrown(() => readRawTrace(`${ends.slice(0, kept).join('\n')}\n`, 'cut'))).toBeInstanceOf(RecordingError);
    };
    const anywhere = (end: number) => {
      expect(thrown(() => readRawTrace(raw.slice(0, end), 'cut'))).toBeInstanceOf(RecordingError);
    };
    fc.assert(fc.property(fc.nat({ max: ends.length - 1 }), atLine), few);
    fc.assert(fc.property(place(raw), anywhere), few);
  });

  it('with one character changed is refused or read, and what is read can be replayed', () => {
    const change = (index: number, other: string) => {
      const read = orRefused(() => readRawTrace(flipped(raw, index, other), 'damaged'));
      if (read !== undefined) replay(read);
    };
    fc.assert(fc.property(place(raw), character, change), few);
  });
});
