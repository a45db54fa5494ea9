/** A measure over a sweep of bounds as a figure: an SVG that reads on light and on dark ground. */
import { pointsOf, rowShape, type SweepTable } from './sweep.ts';
import { wrapped } from './wrap.ts';

const width = 640;
/** The field that lines are drawn in. */
const field = { left: 56, right: 624, top: 64, bottom: 290 };

/** Told apart without colour too: each has a dash and a mark of its own. */
const styles = [
  { colour: '#0072b2', dash: '', mark: 'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0' },
  { colour: '#d55e00', dash: '7 4', mark: 'M-4,-4h8v8h-8z' },
  { colour: '#009e73', dash: '2 4', mark: 'M0,-5l5,9h-10z' },
  { colour: '#cc79a7', dash: '9 3 2 3', mark: 'M0,-5l5,5l-5,5l-5,-5z' },
  { colour: '#e69f00', dash: '4 2', mark: 'M-4,-4l8,8m0,-8l-8,8' },
  { colour: '#56b4e9', dash: '12 4', mark: 'M-5,0h10m-5,-5v10' },
] as const;

/** Variants whose values are the same are one line. */
interface Series {
  readonly name: string;
  readonly shape: string;
  readonly points: ReturnType<typeof pointsOf>;
}

/** The figure, as the text of a file. */
export function plotSvg(table: SweepTable): string {
  const series = seriesOf(table);
  const all = series.flatMap(({ points }) => points);
  const sizes = table.rows[0]?.cells.map(({ size }) => size) ?? [];
  const most = Math.max(1, ...all.map(({ y }) => y));
  const step = tick(most);
  const top = Math.ceil(most / step) * step;
  const [least = 0, largest = 1] = [sizes[0], sizes.at(-1)];
  const x = (size: number): number =>
    round(field.left + 16 + ((size - least) / Math.max(1, largest - least)) * (field.right - field.left - 32));
  const y = (value: number): number => round(field.bottom - (value / top) * (field.bottom - field.top));
  const ticks = Array.from({ length: top / step + 1 }, (_, i) => i * step);
  const shown = sizes.filter((_, i) => sizes.length <= 16 || i % Math.ceil(sizes.length / 16) === 0);
  const names = series.map(({ name, shape }) => wrapped(`${name}: ${shape}`, 84));
  const legendTop = field.bottom + 62;
  const legend = names.flatMap((lines, i) => legendOf(i, lines, legendTop + 18 * names.slice(0, i).flat().length));
  const height = legendTop + 18 * names.flat().length;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(`${table.model} ${table.measure}`)}</title>`,
    '<style>.ground{fill:#fff}text{fill:#1f2328}.axis{stroke:#59636e;fill:none}.grid{stroke:#d1d9e0}@media(prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#f0f6fc}.axis{stroke:#9198a1}.grid{stroke:#3d444d}}</style>',
    `<rect class="ground" width="100%" height="100%"/>`,
    `<text x="${field.left}" y="22" font-weight="bold">${escaped(`${table.model} ${table.measure}`)}</text>`,
    ...wrapped(table.what, 92)
      .slice(0, 2)
      .map((line, i) => `<text x="${field.left}" y="${38 + i * 14}">${escaped(line)}</text>`),
    ...ticks.flatMap((value) => [
      `<line class="grid" x1="${field.left}" y1="${y(value)}" x2="${field.right}" y2="${y(value)}"/>`,
      `<text x="${field.left - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
    ]),
    ...shown.map((size) => `<text x="${x(size)}" y="${field.bottom + 18}" text-anchor="middle">${size}</text>`),
    `<path class="axis" d="M${field.left},${field.top}V${field.bottom}H${field.right}"/>`,
    `<text x="${(field.left + field.right) / 2}" y="${field.bottom + 36}" text-anchor="middle">${escaped(table.set)}</text>`,
    `<text transform="translate(16,${(field.top + field.bottom) / 2}) rotate(-90)" text-anchor="middle">largest number</text>`,
    ...series.flatMap(({ points }, i) =>
      line(
        points.map((point) => [x(point.x), y(point.y)]),
        i,
      ),
    ),
    ...legend,
    '</svg>',
  ].join('\n')}\n`;
}

function seriesOf({ rows, set }: SweepTable): Series[] {
  const series = new Map<string, { names: string[]; cells: (typeof rows)[number]['cells'] }>();
  for (const { variant, cells } of rows) {
    const key = cells.map(({ value }) => String(value)).join();
    const known = series.get(key);
    if (known) known.names.push(variant);
    else series.set(key, { names: [variant], cells });
  }
  return [...series.values()].map(({ names, cells }) => ({
    name: names.join(', '),
    shape: rowShape(cells, set),
    points: pointsOf(cells),
  }));
}

function line(at: readonly (readonly [number, number])[], i: number): string[] {
  const { colour, dash, mark } = styles[i % styles.length] as (typeof styles)[number];
  const path = at.map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${x},${y}`).join('');
  return [stroke(path, colour, dash), ...at.map(([x, y]) => marked(mark, colour, x, y))];
}

function legendOf(i: number, lines: readonly string[], y: number): string[] {
  const { colour, dash, mark } = styles[i % styles.length] as (typeof styles)[number];
  return [
    stroke(`M${field.left},${y}h28`, colour, dash),
    marked(mark, colour, field.left + 14, y),
    ...lines.map((text, n) => `<text x="${field.left + 40}" y="${y + 4 + 18 * n}">${escaped(text)}</text>`),
  ];
}

function stroke(path: string, colour: string, dash: string): string {
  const dashes = dash === '' ? '' : ` stroke-dasharray="${dash}"`;
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>`;
}

function marked(mark: string, colour: string, x: number, y: number): string {
  return `<path d="${mark}" transform="translate(${x},${y})" fill="${colour}" stroke="${colour}"/>`;
}

/** A round distance between the lines of a grid: 1, 2 or 5 times a power of ten, so that there are at most six. */
function tick(most: number): number {
  for (let power = 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) if (most / (factor * power) <= 6) return factor * power;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
