/** List operations and logs with one thing changed. */
import type { Choice, Mutant } from './traces.ts';

type Fields = Record<string, unknown>;

/**
 * List operations, each a line, with one dropped, exchanged with another on its list, or altered, and all numbered anew. Left out are
 * operations that do nothing or say nothing of lists, such as the zap of an empty list, and who called.
 */
export function operationMutant(lines: readonly string[], { how, where, what }: Choice): Mutant | undefined {
  const index = where % lines.length;
  const operation = fieldsOf(lines[index]);
  if (typeof operation.list !== 'string' || isIdle(operation)) return undefined;
  const told = `line ${index + 1}: ${lines[index]}`;
  if (how === 0) return { lines: numbered(lines.toSpliced(index, 1)), told: `dropped, ${told}` };
  if (how === 1) {
    const others = lines.slice(index + 1).flatMap((line, i) => {
      const other = fieldsOf(line);
      const another =
        isCall(other) && other.list === operation.list && !isIdle(other) && deed(other) !== deed(operation);
      return another ? [index + 1 + i] : [];
    });
    const at = others[what % Math.min(4, others.length)];
    if (!isCall(operation) || at === undefined) return undefined;
    const exchanged = lines.with(index, lines[at] ?? '').with(at, lines[index] ?? '');
    return { lines: numbered(exchanged), told: `exchanged with line ${at + 1}, ${told}` };
  }
  const line = alteredIn(lines[index] ?? '', /"(?:list|spte|s)":"(?:\w+:)?([0-9a-f]+)"|"(?:ret|n|t)":(\d+)/g, what);
  return line === undefined
    ? undefined
    : { lines: numbered(lines.with(index, line)), told: `altered to ${line}, ${told}` };
}

/** A log with one page more or less in what was written, reported or to be cleared, or another range, or one such line less. */
export function logMutant(lines: readonly string[], { how, where, what }: Choice): Mutant | undefined {
  const about = lines.flatMap((line, i) =>
    /"t":"(?:get_dirty_log|truth_written|clear_dirty_log)"/.test(line) ? [i] : [],
  );
  const index = about[where % about.length];
  if (index === undefined) return undefined;
  const told = `line ${index + 1}: ${lines[index]}`;
  const { pages, ...rest } = fieldsOf(lines[index]);
  if (how === 0 && rest.t !== 'truth_written') return { lines: lines.toSpliced(index, 1), told: `dropped, ${told}` };
  if (!Array.isArray(pages)) {
    const line = alteredIn(lines[index] ?? '', /"first":(\d+)|"n":(\d+)/g, what);
    return line === undefined ? undefined : { lines: lines.with(index, line), told: `altered to ${line}, ${told}` };
  }
  const missing = Array.from({ length: 2048 }, (_, page) => page).filter((page) => !pages.includes(page));
  const less = how === 1 && pages.length > 0;
  const changed = less
    ? pages.filter((page) => page !== pages[what % pages.length])
    : [...pages, missing[what % missing.length]];
  const count = rest.count === undefined ? {} : { count: changed.length };
  return { lines: lines.with(index, JSON.stringify({ ...rest, pages: changed, ...count })), told: `pages of ${told}` };
}

function fieldsOf(line = ''): Fields {
  return JSON.parse(line) as Fields;
}

/** What an operation says of its list. */
function deed(operation: Fields): string {
  return JSON.stringify({ ...operation, seq: 0, by: '' });
}

function isCall({ op }: Fields): boolean {
  return op === 'add' || op === 'remove' || op === 'zap_all';
}

function isIdle({ op, pre }: Fields): boolean {
  return op === 'zap_all' && (pre as { k: string }).k === 'empty';
}

function numbered(lines: readonly string[]): string[] {
  return lines.map((line, index) => line.replace(/^\{"seq":\d+/, `{"seq":${index + 1}`));
}

/** One number that the pattern finds, one bit flipped or one more. */
function alteredIn(line: string, pattern: RegExp, what: number): string | undefined {
  const found = [...line.matchAll(pattern)];
  const match = found[what % found.length];
  if (match === undefined) return undefined;
  const [whole, hex, decimal] = match;
  const bit = BigInt(what % Math.max(1, 4 * ((hex?.length ?? 1) - 1)));
  const other = hex === undefined ? String(Number(decimal) + 1) : (BigInt(`0x${hex}`) ^ (1n << bit)).toString(16);
  const changed = whole.replace(hex ?? decimal ?? '', other);
  return line.slice(0, match.index) + changed + line.slice(match.index + whole.length);
}
