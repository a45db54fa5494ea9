/** Text in lines of a given width. */

/** Breaks a text into lines: at spaces, else after a mark inside a word that is too long, else wherever the line is full. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (line.length > width) {
      const head = line.slice(0, breakOf(line, width));
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  return [...lines, line];
}

/** What stands alone in a line only where there is no other way: `0)` of `flush(0)`. */
const shortest = 4;

/** Where to break a word: after its last mark that still fits. */
function breakOf(word: string, width: number): number {
  const marks = [...word.slice(0, width).matchAll(/[-_./,;(]/g)].map(({ index }) => index + 1);
  return marks.findLast((at) => word.length - at > shortest) ?? marks.at(-1) ?? width;
}

/** Pieces joined by `, ` in lines that fit; a piece is broken only when it does not fit by itself. */
export function joined(pieces: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  pieces.forEach((piece, i) => {
    const ended = i === pieces.length - 1 ? piece : `${piece},`;
    if (line !== '' && line.length + 1 + ended.length <= width) {
      line += ` ${ended}`;
      return;
    }
    if (line !== '') lines.push(line);
    const broken = wrapped(ended, width);
    lines.push(...broken.slice(0, -1));
    line = broken.at(-1) as string;
  });
  return [...lines, line];
}

/** A paragraph with a hanging indent: `first` begins its first line, as many spaces the others. */
export function paragraph(first: string, text: string, width: number): string[] {
  const indent = ' '.repeat(first.length);
  return wrapped(text, width - first.length).map((line, i) => `${i === 0 ? first : indent}${line}`);
}
