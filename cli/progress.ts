/** One line on a terminal that says how far a search is. */
import type { Progress } from '#explorer';

/** Shows how far searches are; silent where nobody is watching. */
export interface ProgressLine {
  /** @param of how many variants are finished, of how many. */
  show(name: string, progress: Progress, of: { finished: number; all: number }): void;
  /** Takes the line away. */
  clear(): void;
}

/** Milliseconds between two lines: at most ten a second. */
const interval = 100;

/** A progress line on a stream, when that is a terminal and no CI. */
export function progressLine(
  stream: { isTTY?: boolean; columns?: number; write(text: string): unknown },
  environment: Readonly<Record<string, string | undefined>>,
): ProgressLine {
  const { CI } = environment;
  if (stream.isTTY !== true || (CI !== undefined && CI !== '' && CI !== 'false')) return { show() {}, clear() {} };
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  return {
    show(name, progress, of) {
      const now = performance.now();
      if (now - last < interval) return;
      last = now;
      shown = true;
      stream.write(`\r\x1b[K${progressText(name, progress, of).slice(0, (stream.columns || 80) - 1)}`);
    },
    clear() {
      if (shown) stream.write('\r\x1b[K');
      shown = false;
    },
  };
}

/** The line itself. */
export function progressText(
  name: string,
  { states, depth, frontier, seconds }: Progress,
  { finished, all }: { finished: number; all: number },
): string {
  const rate = Math.round(states / Math.max(seconds, 0.001));
  return `${finished}/${all}  ${name}  ${states} states, ${rate}/s, depth ${depth}, frontier ${frontier}`;
}
