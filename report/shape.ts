/** How a number grows with a bound: a line fitted to what was measured, and what is left over. */

/** One measured value: at what size, and what it came to. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What a row of values looks like, with the line of least squares through them and the farthest that one is off it. */
export interface Shape {
  readonly kind: 'constant' | 'linear' | 'worse than linear' | 'flattens';
  readonly slope: number;
  readonly intercept: number;
  readonly residual: number;
}

/** Fewer values than this say nothing of a shape. */
const fewest = 3;
/** Whole numbers that follow a line, such as one for every two entries, are less than this off it. */
const whole = 1;

/** The shape of some values, in order of their sizes; undefined when they are too few. All must be finite. */
export function shapeOf(points: readonly Point[]): Shape | undefined {
  const { length } = points;
  if (length < fewest) return undefined;
  const mean = (of: (point: Point) => number): number => points.reduce((sum, point) => sum + of(point), 0) / length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const slope = mean((point) => (point.x - x) * (point.y - y)) / mean((point) => (point.x - x) ** 2);
  const intercept = y - slope * x;
  const residual = Math.max(...points.map((point) => Math.abs(point.y - intercept - slope * point.x)));
  return { kind: kindOf(points, residual), slope, intercept, residual };
}

function kindOf(points: readonly Point[], residual: number): Shape['kind'] {
  const [first] = points as [Point];
  if (points.every(({ y }) => y === first.y)) return 'constant';
  if (residual < whole) return 'linear';
  const middle = points[Math.floor((points.length - 1) / 2)] as Point;
  const last = points.at(-1) as Point;
  const early = (middle.y - first.y) / (middle.x - first.x);
  const late = (last.y - middle.y) / (last.x - middle.x);
  return last.y > first.y && late > early ? 'worse than linear' : 'flattens';
}

/** The shape in words: `linear: leaf + 3, exactly`. */
export function shapeText(shape: Shape | undefined, size: string): string {
  if (shape === undefined) return `fewer than ${fewest} sizes, so no shape`;
  const { kind, slope, intercept, residual } = shape;
  if (kind === 'constant') return `constant: ${rounded(intercept)}`;
  const off = residual < 1e-9 ? 'exactly' : `off by at most ${rounded(residual)}`;
  if (kind === 'linear') return `linear: ${lineText(slope, intercept, size)}, ${off}`;
  return `${kind}: the line ${lineText(slope, intercept, size)} is ${off}`;
}

function lineText(slope: number, intercept: number, size: string): string {
  const factor = rounded(slope);
  const term = factor === '1' ? size : factor === '-1' ? `-${size}` : `${factor} ${size}`;
  const rest = rounded(Math.abs(intercept));
  return rest === '0' ? term : `${term} ${intercept < 0 ? '-' : '+'} ${rest}`;
}

/** To two places. */
function rounded(value: number): string {
  return String(Number(value.toFixed(2)) + 0);
}
