/**
 * A recording that cannot be used: damaged, cut short, or of another kind. `file` is the path as it was given, `line` counts from 1 and is
 * absent where there is no line (a file that cannot be opened, a gzip stream with another check sum). The message carries both, and the next
 * thing to try.
 */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly file: string;
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, sentence: string) {
    super(line === undefined ? `${file}: ${sentence}` : `${file}:${line}: ${sentence}`);
    this.file = file;
    this.line = line;
  }
}
