import { describe, expect, test } from 'vitest';
import { drawSweep, plotSvg, shapeOf, shapeText, type SweepTable } from '#report';

const points = (...values: readonly number[]) => values.map((y, i) => ({ x: i + 2, y }));
const shape = (...values: readonly number[]) => shapeText(shapeOf(points(...values)), 'leaf');

describe('the shape of some values', () => {
  test.each([
    [[2, 2, 2], 'constant: 2'],
    [[0, 0, 0, 0], 'constant: 0'],
    [[5, 6, 7, 8], 'linear: leaf + 3, exactly'],
    [[4, 8, 12], 'linear: 4 leaf - 4, exactly'],
    [[3, 2, 1], 'linear: -leaf + 5, exactly'],
    [[1, 2, 2, 3, 3, 4], 'linear: 0.54 leaf + 0.06, off by at most 0.31'],
    [[4, 9, 16, 25, 36], 'worse than linear: the line 8 leaf - 14 is off by at most 2'],
    [[14, 7, 5, 4, 3], 'flattens: the line -2.5 leaf + 16.6 is off by at most 2.4'],
    [[1, 2], 'fewer than 3 sizes, so no shape'],
  ])('%j is %s', (values, said) => {
    expect(shape(...values)).toBe(said);
  });
});

const cell = (size: number, value: number | undefined, stopped?: string) => ({ size, value, stopped });
const table: SweepTable = {
  model: 'coalesce',
  measure: 'invalidWindow',
  what: 'steps while the entry is <invalid>',
  set: 'leaf',
  bounds: { vcpu: 1, table: 1 },
  rows: [
    { variant: 'after', cells: [cell(2, 5), cell(3, 6), cell(4, 7)] },
    { variant: 'before', cells: [cell(2, 2), cell(3, 2), cell(4, 2)] },
    { variant: 'same-as-before', cells: [cell(2, 2), cell(3, 2), cell(4, 2)] },
    { variant: 'parallel', cells: [cell(2, 4), cell(3, Number.POSITIVE_INFINITY), cell(4, 4)] },
    { variant: 'large', cells: [cell(2, 5), cell(3, 6), cell(4, undefined, 'seconds')] },
  ],
  published: 'from 2.882 s to 0.306 s',
  unsaid: 'how long a step takes',
};

describe('a sweep, drawn', () => {
  test('is a table of variants and sizes, with a shape for each', () => {
    expect(drawSweep(table)).toBe(`coalesce invalidWindow, the largest number of:
  steps while the entry is <invalid>
  at vcpu=1, table=1

  leaf            2          3  4
  after           5          6  7
  before          2          2  2
  same-as-before  2          2  2
  parallel        4  unbounded  4
  large           5          6  ?

  after           linear: leaf + 3, exactly
  before          constant: 2
  same-as-before  constant: 2
  parallel        unbounded: an execution can go round, and each time there is
                  more
  large           fewer than 3 sizes, so no shape; not finished, and left out:
                  leaf=4 (seconds)

published:  from 2.882 s to 0.306 s
not said:   how long a step takes`);
  });

  test('is told in several tables where its sizes do not fit', () => {
    const wide = {
      ...table,
      rows: [{ variant: 'after', cells: Array.from({ length: 40 }, (_, i) => cell(i + 2, i * 100)) }],
    };
    const drawn = drawSweep(wide).split('\n');
    expect(drawn.filter((line) => line.length > 80)).toEqual([]);
    expect(drawn.filter((line) => line.startsWith('  leaf ')).length).toBe(4);
    expect(
      drawn.filter((line) => line.startsWith('  leaf ')).flatMap((line) => line.trim().split(/ +/).slice(1)),
    ).toEqual(Array.from({ length: 40 }, (_, i) => String(i + 2)));
  });
});

describe('a figure', () => {
  const svg = plotSvg(table);

  test('is well-formed, and what it says is escaped', () => {
    const open: string[] = [];
    for (const [, closing, name, , own] of svg.matchAll(/<(\/?)(\w+)((?:"[^"]*"|[^>"])*?)(\/?)>/g)) {
      if (closing) expect(open.pop()).toBe(name);
      else if (!own) open.push(name as string);
    }
    expect(open).toEqual([]);
    expect(svg).toContain('steps while the entry is &lt;invalid>');
  });

  test('names both axes and all sizes', () => {
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    expect(texts).toEqual(expect.arrayContaining(['leaf', 'largest number', '2', '3', '4']));
  });

  test('has one line for variants that come to the same, and a shape for each line', () => {
    expect(svg).toContain('before, same-as-before: constant: 2');
    expect(svg.match(/stroke-width="2"/g)?.length).toBe(2 * 4);
  });

  test('has a ground and inks of its own on light and on dark', () => {
    expect(svg).toMatch(/\.ground\{fill:#fff\}.*prefers-color-scheme:dark.*\.ground\{fill:#0d1117\}/);
  });

  test('marks what was measured and nothing else: what is unbounded or not finished has no mark', () => {
    const marks = svg.match(/ transform="translate/g)?.length;
    expect(marks).toBe(1 + 4 + 3 + 3 + 2 + 2);
  });
});
