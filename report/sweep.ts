/** A measure over a sweep of bounds: a table of variants and sizes, and the shape of each row. */
import type { Paint } from './colour.ts';
import { plainly } from './colour.ts';
import { type Point, shapeOf, shapeText } from './shape.ts';
import { paragraph, wrapped } from './wrap.ts';

/** One variant at one size. */
export interface SweepCell {
  readonly size: number;
  /** Infinite where an execution can go round; undefined where a limit ended the search. */
  readonly value: number | undefined;
  readonly stopped: string | undefined;
}

/** A measure of some variants. */
export interface SweepTable {
  readonly model: string;
  readonly measure: string;
  readonly what: string;
  /** The set whose bound grows. */
  readonly set: string;
  /** The other bounds. */
  readonly bounds: Readonly<Record<string, number>>;
  readonly rows: readonly { readonly variant: string; readonly cells: readonly SweepCell[] }[];
  readonly published?: string | undefined;
  readonly unsaid?: string | undefined;
}

/** How a table is drawn. */
export interface SweepOptions {
  /** Columns a line may have, at least 60; 80 when nothing is said. */
  readonly width?: number;
  readonly paint?: Paint;
}

/** The values that can be fitted: finite ones of searches that were finished. */
export function pointsOf(cells: readonly SweepCell[]): Point[] {
  return cells.flatMap(({ size, value }) =>
    value === undefined || !Number.isFinite(value) ? [] : [{ x: size, y: value }],
  );
}

/** The shape of a row in words. A row that is unbounded somewhere has none. */
export function rowShape(cells: readonly SweepCell[], set: string): string {
  if (cells.some(({ value }) => value === Number.POSITIVE_INFINITY))
    return 'unbounded: an execution can go round, and each time there is more';
  const left = cells
    .filter(({ value }) => value === undefined)
    .map(({ size, stopped }) => `${set}=${size} (${stopped})`);
  const shape = shapeText(shapeOf(pointsOf(cells)), set);
  return left.length === 0 ? shape : `${shape}; not finished, and left out: ${left.join(', ')}`;
}

/** The table, the shapes below it, and beside them the figure that was published. */
export function drawSweep(table: SweepTable, { width = 80, paint = plainly }: SweepOptions = {}): string {
  const { model, measure, what, set, rows, published, unsaid } = table;
  const bounds = Object.entries(table.bounds).map(([name, size]) => `${name}=${size}`);
  const name = Math.max(...rows.map(({ variant }) => variant.length));
  return [
    ...wrapped(`${model} ${measure}, the largest number of:`, width).map((line) => paint('strong', line)),
    ...paragraph('  ', what, width),
    ...(bounds.length > 0 ? paragraph('  ', `at ${bounds.join(', ')}`, width) : []),
    '',
    ...columns(table, width),
    '',
    ...rows.flatMap(({ variant, cells }) =>
      paragraph(`  ${variant.padEnd(Math.min(name, width - 40))}  `, rowShape(cells, set), width),
    ),
    ...(published === undefined ? [] : ['', ...paragraph('published:  ', published, width)]),
    ...(unsaid === undefined ? [] : paragraph('not said:   ', unsaid, width)),
  ].join('\n');
}

/** A row for each variant; where the sizes do not fit in the width, the rest of them below. */
function columns({ set, rows }: SweepTable, width: number): string[] {
  const [first] = rows;
  const head = ['', ...(first?.cells.map(({ size }) => String(size)) ?? [])];
  const lines = rows.map(({ variant, cells }) => [variant, ...cells.map(cellText)]);
  const size = (i: number): number => Math.max(...[head, ...lines].map((line) => (line[i] as string).length));
  const name = Math.max(size(0), set.length);
  const blocks: number[][] = [];
  let left = 0;
  for (let i = 1; i < head.length; i++) {
    const wide = size(i) + 2;
    if (left < wide || blocks.length === 0) {
      blocks.push([]);
      left = width - name - 2;
    }
    blocks.at(-1)?.push(i);
    left -= wide;
  }
  return blocks.flatMap((block, n) => [
    ...(n > 0 ? [''] : []),
    ...[[set, ...head.slice(1)], ...lines].map(
      (line) =>
        `  ${(line[0] as string).padEnd(name)}${block.map((i) => `  ${(line[i] as string).padStart(size(i))}`).join('')}`,
    ),
  ]);
}

/** A value as a table has it. */
export function cellText({ value }: SweepCell): string {
  if (value === undefined) return '?';
  return Number.isFinite(value) ? String(value) : 'unbounded';
}
