import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readRecording, RecordingError } from '#recording';
import { inDirectory, kept, thrown, unpacked } from './samples.ts';

const ops = join(kept, 'k61-npt0/alias_K15_shuf.ops.jsonl.gz');
const log = join(kept, 'k61-npt0/alias_K15_shuf.log');

/** The error of reading a file of that name with those bytes, other files beside it. */
function refused(name: string, bytes: string | Uint8Array, beside: Record<string, string> = {}): RecordingError {
  return inDirectory((directory) => {
    for (const [other, content] of Object.entries(beside)) writeFileSync(join(directory, other), content);
    writeFileSync(join(directory, name), bytes);
    const error = thrown(() => readRecording(join(directory, name)));
    expect(error).toBeInstanceOf(RecordingError);
    return error as RecordingError;
  });
}

/** A gzip stream that another block may follow. */
const unended = gzipSync('first\nsecond\n', { finishFlush: constants.Z_SYNC_FLUSH });

/** A gzip stream with the check sum of another text. */
function resummed(text: string): Buffer {
  const packed = gzipSync(text);
  return packed.with(packed.length - 8, (packed[packed.length - 8] as number) ^ 1) as Buffer;
}

describe('a recording', () => {
  it('is read packed or plain, by any name, with the log that stands beside it', () => {
    const packed = readRecording(ops);
    expect(packed.log?.workload).toBe('alias_K15_shuf');
    inDirectory((directory) => {
      const plain = join(directory, 'renamed');
      writeFileSync(plain, unpacked(readFileSync(ops)));
      expect(readRecording(plain)).toEqual({ file: plain, form: 'ops.jsonl', operations: packed.operations });
      const withLog = join(directory, 'alias.ops.jsonl');
      writeFileSync(withLog, unpacked(readFileSync(ops)));
      copyFileSync(log, join(directory, 'alias.log'));
      expect(readRecording(withLog)).toEqual({ ...packed, file: withLog });
    });
  });

  it('is refused when it is not there or a directory', () => {
    expect(String(thrown(() => readRecording(join(kept, 'none'))))).toMatch(
      /none: cannot be read \(ENOENT: no such file or directory\); give/,
    );
    expect(String(thrown(() => readRecording(kept)))).toMatch(/cannot be read \(EISDIR/);
  });

  it.each([
    ['nothing', '', undefined, 'saw nothing: the file is empty'],
    ['another text', 'hello\n', 1, 'expected a recording, and saw hello'],
    ['its own log', readFileSync(log), 1, 'this is the .log beside a recording'],
    [
      'a trimmed trace with another event',
      '4484 183 c0 ..... MARK WORKLOAD a mode b\n4485 183 c0 ..... hello\n',
      2,
      'expected an event of a trimmed trace, and saw 4485 183 c0 ..... hello',
    ],
    [
      'a trimmed trace with an argument of another form',
      '1 183 c0 ..... MARK WORKLOAD a mode b\n2 183 c0 ...1. unsync_try gfn=1\n',
      2,
      'expected an event of a trimmed trace',
    ],
    [
      'a trimmed trace whose lines were moved',
      '2 183 c0 ..... MARK WORKLOAD a mode b\n1 183 c0 ..... notifier_start \n',
      2,
      'expected a seq above 2, and saw 1',
    ],
    ['a trimmed trace that was cut', '1 183 c0 ..... MARK WORKLOAD a mode b\n2 18', 2, 'the last line does not end'],
    [
      'bytes that are no UTF-8',
      Buffer.from('{"seq":1,"op":"phase","phase":"a"}\n{"\xff"}\n', 'latin1'),
      2,
      'expected UTF-8 text',
    ],
    ['a byte order mark', '\ufeff{"seq":1,"op":"phase","phase":"a"}\n', 1, 'expected a recording'],
    ['a gzip of nothing', gzipSync(''), undefined, 'the file is empty'],
    [
      'a gzip that was cut',
      gzipSync('{"seq":1,"op":"phase","phase":"a"}\n'.repeat(3)).subarray(0, -4),
      4,
      'the gzip stream is not whole (unexpected end of file)',
    ],
    ['a gzip that was cut in its header', gzipSync('hello').subarray(0, 5), 1, 'not whole (unexpected end of file)'],
    ['a gzip with other bytes in it', Buffer.concat([unended, Buffer.of(0xff)]), 3, 'not whole (invalid block type)'],
    [
      'a gzip with something behind it',
      Buffer.concat([gzipSync('first\nsecond\n'), Buffer.from('more')]),
      3,
      'not whole (incorrect header check)',
    ],
    ['a gzip whose lines are not those that were packed', resummed('hello\n'), undefined, '(incorrect data check)'],
  ])('is refused when the file holds %s, which is named with what to give instead', (_, bytes, line, sentence) => {
    const error = refused('x', bytes);
    expect(error.line).toBe(line);
    expect(error.message).toContain(sentence);
    expect(error.message).toMatch(/; give the \.ops\.jsonl\.gz|copy it again/);
  });

  it('is refused before it is unpacked to an absurd size', () => {
    const megabyte = gzipSync(Buffer.alloc(1024 * 1024, 0x20), { level: 1 });
    const error = refused('x', Buffer.concat(Array(129).fill(megabyte)));
    expect(error.message).toContain('has more than 128 MiB of text');
  });

  it('is refused when its log has other snapshots', () => {
    const lines = readFileSync(log, 'utf8').split('\n');
    const without = lines.filter((line) => !/"t":"snapshot","phase":"unmap_half"/.test(line)).join('\n');
    const error = refused('x.ops.jsonl.gz', readFileSync(ops), { 'x.log': without });
    expect(error.message).toContain('expected snapshot 3 to be remap_quarter');
    expect(error.message).toContain('and saw unmap_half; one of the two files was cut or belongs to another run');
  });

  it('is refused when its log is damaged, which is the file that the error names', () => {
    const error = refused('x.ops.jsonl.gz', readFileSync(ops), { 'x.log': 'hello\n' });
    expect(error.file).toMatch(/x\.log$/);
    expect(error.line).toBe(1);
  });
});
