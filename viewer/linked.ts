/** What of a state is linked by pointers: a pool, what points into it from outside, and where each box of the picture stands. */
import type { PageArray, PageLeaf, PagePart, PageStruct } from '#report';
import { leavesOf, type Scene } from './states.ts';

/** A pool with everything outside of threads that points into it. */
export interface Linked {
  readonly pool: PageArray;
  readonly heads: readonly (PageStruct | PageLeaf)[];
}

/** A box: a part of the state, and where it stands. */
export interface Box {
  readonly part: PagePart;
  /** What is written in it, a line a value. */
  readonly lines: readonly { readonly leaf: PageLeaf; readonly name: string }[];
  /** Who points at it from among the locals of threads. */
  readonly from: readonly string[];
  readonly column: number;
  readonly row: number;
}

/** An arrow, from a line of a box to a box. */
export interface Link {
  readonly from: Box;
  readonly line: number;
  readonly to: Box;
}

/** Boxes and arrows; and the members of the pool that nobody has allocated. */
export interface Drawing {
  readonly boxes: readonly Box[];
  readonly links: readonly Link[];
  readonly free: readonly string[];
}

/** The pools of a state whose members are pointed to, with what points to them. */
export function linkedIn(state: readonly PagePart[]): Linked[] {
  return state.flatMap((part) => {
    if (part.kind !== 'array' || !part.pool) return [];
    const others = state.filter((each) => each !== part);
    return [{ pool: part, heads: others.flatMap((each) => headsIn(each, part.index)) }];
  });
}

/** The innermost structs, and the single values, that have a pointer into a set. */
function headsIn(part: PagePart, set: string): (PageStruct | PageLeaf)[] {
  if (part.kind === 'lock' || part.kind === 'thread') return [];
  if (part.kind === 'value') return pointsInto(part, set) ? [part] : [];
  if (part.kind === 'struct' && part.parts.some((each) => each.kind === 'value' && pointsInto(each, set)))
    return [part];
  return part.parts.flatMap((each) => headsIn(each, set));
}

function pointsInto({ type, set }: PageLeaf, into: string): boolean {
  return type === 'pointer' && set === into;
}

/** A pool in one state: heads at the left, and each member as far to the right as it is from them. */
export function drawingOf({ pool, heads }: Linked, { walk, values }: Scene): Drawing {
  const places = new Map<PagePart, { column: number; row: number }>();
  const rows: number[] = [];
  const isOut = (part: PagePart): boolean =>
    fieldsOf(part).some(({ leaf, name }) => name === 'allocated' && values[leaf.at] === true);
  const targets = (part: PagePart): PagePart[] =>
    fieldsOf(part).flatMap(({ leaf }) => {
      const to = pointsInto(leaf, pool.index) ? pool.parts[values[leaf.at] as number] : undefined;
      return to ? [to] : [];
    });
  const place = (part: PagePart, column: number): void => {
    if (places.has(part)) return;
    const row = rows[column] ?? 0;
    rows[column] = row + 1;
    places.set(part, { column, row });
  };
  let front: readonly PagePart[] = heads;
  for (let column = 0; front.length > 0; column++) {
    for (const part of front) place(part, column);
    front = front.flatMap(targets).filter((part) => !places.has(part));
  }
  // What is allocated, and no head leads to, stands in the second column.
  for (const part of pool.parts) if (isOut(part)) place(part, 1);
  const pointing = walk.state.flatMap((part) =>
    part.kind === 'array' && part.parts.some(({ kind }) => kind === 'thread') ? leavesOf(part) : [],
  );
  const boxes = [...places].map(([part, { column, row }]): Box => {
    const member = pool.parts.indexOf(part);
    const from = pointing.filter(({ leaf }) => leaf.set === pool.index && values[leaf.at] === member && member >= 0);
    const lines = fieldsOf(part).filter(({ name }) => name !== 'allocated');
    return { part, lines, from: from.map(({ path }) => path), column, row };
  });
  const boxOf = new Map(boxes.map((box) => [box.part, box]));
  const links = boxes.flatMap((from) =>
    from.lines.flatMap(({ leaf }, line): Link[] => {
      const to = pointsInto(leaf, pool.index)
        ? boxOf.get(pool.parts[values[leaf.at] as number] as PagePart)
        : undefined;
      return to ? [{ from, line, to }] : [];
    }),
  );
  return { boxes, links, free: pool.parts.filter((part) => !places.has(part)).map(({ name }) => name) };
}

function fieldsOf(part: PagePart): { leaf: PageLeaf; name: string }[] {
  if (part.kind === 'value') return [{ leaf: part, name: '' }];
  if (part.kind === 'lock') return [];
  return part.parts.flatMap((each) => leavesOf(each)).map(({ leaf, path }) => ({ leaf, name: path }));
}
