/** A pool as linked boxes. */
import { type Box, drawingOf, type Link, type Linked } from './linked.ts';
import { type Scene, textOf } from './states.ts';

/** Sizes in pixels. */
const width = 152;
const gap = 40;
const line = 17;
const title = 22;
const space = 18;
const margin = 8;

/** The boxes of a pool in a state, and the arrows between them. */
export function Boxes({ linked, scene }: { linked: Linked; scene: Scene }) {
  const { boxes, links, free } = drawingOf(linked, scene);
  const tops = topsOf(boxes);
  const left = ({ column }: Box): number => margin + column * (width + gap);
  const top = (box: Box): number => tops.get(box) as number;
  const right = Math.max(0, ...boxes.map(left)) + width + margin + 24;
  const bottom = Math.max(0, ...boxes.map((box) => top(box) + heightOf(box))) + margin;
  const { name } = linked.pool;
  return (
    <figure>
      <figcaption>{name}</figcaption>
      {boxes.length > 0 && (
        <div class="wide" tabIndex={0}>
          <svg class="boxes" width={right} height={bottom} role="img" aria-label={`${name}: what points to what`}>
            <defs>
              <marker
                id={`tip-${name}`}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="8"
                markerHeight="8"
                orient="auto"
              >
                <path d="M0 0L8 4L0 8z" />
              </marker>
            </defs>
            {boxes.map((box) => (
              <BoxView key={box.part.name} box={box} x={left(box)} y={top(box)} scene={scene} />
            ))}
            {links.map((link) => (
              <path
                key={`${link.from.part.name}.${link.line}`}
                class="link"
                d={curve(link, left, top)}
                marker-end={`url(#tip-${name})`}
              />
            ))}
          </svg>
        </div>
      )}
      {free.length > 0 && <p class="faint">free: {free.join(', ')}</p>}
    </figure>
  );
}

function BoxView({ box, x, y, scene }: { box: Box; x: number; y: number; scene: Scene }) {
  const { part, lines, from } = box;
  const { values, before } = scene;
  return (
    <g transform={`translate(${x} ${y})`}>
      <rect class="box" width={width} height={heightOf(box)} rx="4" />
      <text class="strong" x="8" y="15">
        {part.name}
      </text>
      {lines.map(({ leaf, name }, i) => (
        <g key={name}>
          {values[leaf.at] !== before[leaf.at] && (
            <rect class="changed" x="1" y={title + i * line} width={width - 2} height={line} />
          )}
          <text x="8" y={title + 13 + i * line}>
            {name === '' ? '' : `${name} `}
            <tspan class="strong">{textOf(leaf, values[leaf.at] ?? null)}</tspan>
          </text>
        </g>
      ))}
      {from.map((path, i) => (
        <text key={path} class="faint" x="8" y={title + 13 + (lines.length + i) * line}>
          {`← ${path}`}
        </text>
      ))}
    </g>
  );
}

function heightOf({ lines, from }: Box): number {
  return title + (lines.length + from.length) * line + 6;
}

/** Where each box begins: below the one before in its column. */
function topsOf(boxes: readonly Box[]): Map<Box, number> {
  const tops = new Map<Box, number>();
  const ends: number[] = [];
  for (const box of boxes.toSorted((a, b) => a.row - b.row)) {
    const top = ends[box.column] ?? margin;
    tops.set(box, top);
    ends[box.column] = top + heightOf(box) + space;
  }
  return tops;
}

/** An arrow that leaves a box at its right, and comes to the left of another; to one that is not further right, round its side. */
function curve({ from, line: at, to }: Link, left: (box: Box) => number, top: (box: Box) => number): string {
  const [x, y] = [left(from) + width, top(from) + title + (at + 0.5) * line];
  if (to.column > from.column) {
    const [endX, endY] = [left(to), top(to) + 11];
    const bend = Math.max(20, (endX - x) / 2);
    return `M${x} ${y}C${x + bend} ${y} ${endX - bend} ${endY} ${endX - 2} ${endY}`;
  }
  const [endX, endY] = [left(to) + width, top(to) + 11];
  const bend = Math.max(x, endX) + 24;
  return `M${x} ${y}C${bend} ${y} ${bend} ${endY} ${endX + 2} ${endY}`;
}
