/** What is wrong with a wrong variant: how it differs from the right one that it differs least from. */
import { type Edge, type Instance, instantiate, memoryOrders, type Program, type Suite } from '#notation';
import { type Aligned, aligned } from '#report';
import { rightVariantsOf } from '../large/right.ts';
import { isSame } from './same-function.ts';

/** What a wrong variant does differently in one place. */
export interface Difference {
  /** A row of threads, or `Elsewhere`. */
  readonly where: string;
  readonly kind: 'added' | 'removed' | 'moved' | 'replaced' | 'changed';
  /** What the right variant has there, and what the wrong one has. */
  readonly right: readonly Line[];
  readonly wrong: readonly Line[];
}

/** Where variants can differ that is no row of threads; in their bounds only if in nothing else. */
export type Elsewhere = 'hardware' | 'initial states' | 'bounds';

/** A line of a list. */
export interface Line {
  readonly name: string;
  /** The name of the transition that it is a part of, as traces have it. */
  readonly inTraces: string;
  readonly does: unknown;
}

/** A right variant, and what a wrong one does differently. */
export interface Nearest {
  readonly right: string;
  readonly differences: readonly Difference[];
}

/** The variants of a suite that are not right. */
export function wrongVariantsOf(suite: Suite): string[] {
  const right = rightVariantsOf(suite).map(({ variant }) => variant);
  return Object.keys(suite.violated).filter((variant) => !right.includes(variant));
}

/** The right variant with the fewest differences, if possible under the same memory order; of several the one with the fewest lines, in the fewest places, at the same bounds, and of a name like it. */
export function nearestRight(suite: Suite, wrong: string): Nearest {
  const { memory } = atDefaults(suite.model, wrong);
  const rank = ({ right, differences }: Nearest): number[] => {
    const allowsLess = memoryOrders.indexOf(atDefaults(suite.model, right).memory) < memoryOrders.indexOf(memory);
    const lines = differences.reduce((sum, each) => sum + each.right.length + each.wrong.length, 0);
    const moved = differences.filter(({ kind }) => kind === 'moved').length;
    const sizes = otherBounds(suite, right, wrong).length;
    return [Number(allowsLess), differences.length, lines, moved, sizes, -wordsInCommon(right, wrong)];
  };
  const [nearest] = rightVariantsOf(suite)
    .map(({ variant: right }) => ({ right, differences: differencesBetween(suite, right, wrong) }))
    .map((each) => ({ ...each, rank: rank(each) }))
    .toSorted((a, b) => a.rank.map((of, i) => of - (b.rank[i] as number)).find((by) => by !== 0) ?? 0);
  if (nearest === undefined) throw new Error(`${suite.model.name} has no right variant`);
  const { right, differences } = nearest;
  return { right, differences: differences.length > 0 ? differences : otherBounds(suite, right, wrong) };
}

const instances = new Map<string, Instance>();

/** A variant at its default bounds. */
function atDefaults(model: Suite['model'], variant: string): Instance {
  const name = `${model.name}/${variant}`;
  const instance = instances.get(name) ?? instantiate(model, variant);
  instances.set(name, instance);
  return instance;
}

function wordsInCommon(a: string, b: string): number {
  const [words, others] = [a.split('-'), b.split('-')];
  const at = words.findIndex((word, i) => word !== others[i]);
  return at < 0 ? words.length : at;
}

function differencesBetween({ model }: Suite, rightName: string, wrongName: string): Difference[] {
  const [right, wrong] = [atDefaults(model, rightName), atDefaults(model, wrongName)];
  const lists = listsOf(wrong);
  const starts = wrong.initial.filter((make) => !right.initial.some((other) => isSame(make, other)));
  const names = ({ initial }: Instance) => initial.map(({ name }) => name);
  return [
    ...[...listsOf(right)].flatMap(([where, lines]) => compared(where, lines, lists.get(where) ?? [])),
    ...(starts.length > 0 ? [other('initial states', names(right), names(wrong))] : []),
  ];
}

/** At which bounds the same steps are wrong. */
function otherBounds({ model }: Suite, right: string, wrong: string): Difference[] {
  const { bounds } = atDefaults(model, right);
  const sizes = Object.entries(atDefaults(model, wrong).bounds).filter(([set, size]) => size !== bounds[set]);
  return sizes.length > 0
    ? [
        other(
          'bounds',
          [],
          sizes.map(([set, size]) => `${set}=${size}`),
        ),
      ]
    : [];
}

function other(where: Elsewhere, right: readonly string[], wrong: readonly string[]): Difference {
  const [a, b] = [right, wrong].map((names) => names.map((name) => ({ name, inTraces: name, does: undefined })));
  return { where, kind: 'changed', right: a as Line[], wrong: b as Line[] };
}

/** What each row of threads and the hardware do, in reading order. */
function listsOf({ threads, actions, buffers }: Instance): Map<string, Line[]> {
  //  The last actions are those that make the stores of each thread visible.
  const own = actions.slice(0, actions.length - (buffers?.threads.length ?? 0));
  return new Map([
    ...threads.map(({ row, program }) => [row, linesOf(program)] as const),
    ['hardware', own.map((edge) => ({ name: edge.label, inTraces: edge.label, does: doneBy(edge) }))] as const,
  ]);
}

function linesOf(program: Program): Line[] {
  const lines: Line[] = [];
  const visit = ({ points, elements }: Program, fold: string | undefined): void => {
    for (const edge of points.flat()) {
      const name = elements[edge.element] ?? edge.label;
      if (edge.operation.kind === 'fold') visit(edge.operation.program, fold ?? name);
      else if (edge.element >= 0) lines[edge.element] = { name, inTraces: fold ?? name, does: doneBy(edge) };
    }
  };
  visit(program, undefined);
  return lines.filter((line) => line !== undefined);
}

function doneBy({ operation }: Edge): unknown {
  return operation.kind === 'step' ? operation.run : operation.kind;
}

/** The differences of two lists: what is left of a longest common subsequence, and steps that are called the same and are not. */
function compared(where: string, right: readonly Line[], wrong: readonly Line[]): Difference[] {
  const sideBySide = aligned(right, wrong, (a, b) => a.name === b.name);
  const pairs = sideBySide.flatMap(([a, b]) => (a && b ? [[a, b] as const] : []));
  const gaps = gapsOf(sideBySide);
  const gone = gaps.flatMap((gap) => gap.right);
  const moved = gaps.flatMap((gap) => gap.wrong).flatMap((to) => take(gone, to).map((from) => ({ from, to })));
  const others = gaps.flatMap((gap): Difference[] => {
    const a = gap.right.filter((line) => !moved.some(({ from }) => from === line));
    const b = gap.wrong.filter((line) => !moved.some(({ to }) => to === line));
    if (a.length === 0 && b.length === 0) return [];
    return [{ where, kind: a.length === 0 ? 'added' : b.length === 0 ? 'removed' : 'replaced', right: a, wrong: b }];
  });
  //  A step may name those that it goes on with, which are compared by themselves.
  const changed = pairs.filter(([a, b]) => {
    const rest = pairs.filter(([one]) => one.does !== a.does).map(([x, y]) => [x.does, y.does] as const);
    return !isSame(a.does, b.does, new Map(rest));
  });
  return [
    ...moved.map(({ from, to }): Difference => ({ where, kind: 'moved', right: [from], wrong: [to] })),
    ...others,
    ...changed.map(([a, b]): Difference => ({ where, kind: 'changed', right: [a], wrong: [b] })),
  ];
}

/** Takes the first line of the same name out of a list. */
function take(lines: Line[], { name }: Line): Line[] {
  const at = lines.findIndex((line) => line.name === name);
  return at < 0 ? [] : lines.splice(at, 1);
}

/** What stands between two lines of both, in each list. */
function gapsOf(sideBySide: readonly Aligned<Line>[]): { right: Line[]; wrong: Line[] }[] {
  const gaps: { right: Line[]; wrong: Line[] }[] = [{ right: [], wrong: [] }];
  for (const [right, wrong] of sideBySide) {
    if (right && wrong) gaps.push({ right: [], wrong: [] });
    else if (right) gaps.at(-1)?.right.push(right);
    else gaps.at(-1)?.wrong.push(wrong as Line);
  }
  return gaps;
}
