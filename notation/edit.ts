/** Lists of steps as data: each as it is read from top to bottom, with every list that is one step, lock or swap away from it. */
import { innermost, lockLabel, stepName } from './program.ts';
import type { LockKind } from './shape.ts';
import { type AnyItem, type Composite, element, isListed } from './step.ts';
import { orders, weakened } from './weaken.ts';

/** What an edit does to a list. */
export type EditKind = 'step dropped' | 'lock dropped' | 'weakened' | 'swapped' | 'reordered';

/** A list that differs from another in one respect. */
export interface Edit {
  readonly kind: EditKind;
  /** The elements it is about, by name: a step's function, a lock; `@2` behind the second of that name. */
  readonly of: readonly string[];
  readonly list: readonly AnyItem[];
  /** Of one that is weakened: which accesses its words order. */
  readonly orders?: 'loads' | 'stores';
}

/**
 * One line of a list: an element and what becomes of the list without it, the same element and what becomes of it when its words of order
 * mean nothing, or two neighbours and what becomes of it with them swapped.
 */
export interface ListRow {
  /** How many composite elements it stands in. */
  readonly depth: number;
  /** The element, as a kernel listing would have it; empty where it has a line already, and between two neighbours. */
  readonly text: string;
  readonly edit: Edit | undefined;
}

/** How a lock of the state is taken, for the text of its lines. */
export type LockKindOf = (lock: string) => LockKind;

/** Where an element stands: its place in the list; for one inside it, which of its lists, and the place there; and so on. */
type Path = readonly number[];

/**
 * The lines of a list, in reading order, with their edits. The ends of a critical section are lines too: to swap one with its neighbour
 * is to move the neighbour into the section or out of it.
 */
export function outline(list: AnyItem, kindOf: LockKindOf): ListRow[] {
  const root = itemsOf(list);
  const names = namesIn(root);
  const rows: ListRow[] = [];
  const add = (depth: number, text: string, edit?: Edit): void => {
    rows.push({ depth, text, edit });
  };
  const nameAt = (path: Path): string => names.get(path.join()) as string;
  const swap = (depth: number, of: readonly (string | undefined)[], path: Path, count: number, by: AnyItem[]): void => {
    if (of.includes(undefined)) return;
    add(depth, '', { kind: 'swapped', of: of as string[], list: spliced(root, path, count, by) });
  };
  const visitList = (items: readonly AnyItem[], depth: number, pathOf: (i: number) => Path): void => {
    items.forEach((item, i) => {
      visit(item, depth, pathOf(i));
      const next = items[i + 1];
      if (next === undefined || item === next) return;
      const of = [firstName(names, pathOf(i)), firstName(names, pathOf(i + 1))];
      swap(depth, of, pathOf(i), 2, exchanged(item, next));
    });
  };
  const visit = (item: AnyItem, depth: number, path: Path): void => {
    const composite = compositeOf(item);
    const without = (by: readonly AnyItem[] = []): Edit => ({
      kind: by.length > 0 ? 'lock dropped' : 'step dropped',
      of: [nameAt(path)],
      list: spliced(root, path, 1, by),
    });
    if (composite === undefined || ['quantified', 'weakened', 'cond_resched'].includes(composite.kind)) {
      add(depth, textOf(item), without());
      const about = composite?.kind === 'weakened' ? undefined : orders(innermost(item));
      const weaker = about && spliced(root, path, 1, [weakened(item)]);
      if (weaker) add(depth, '', { kind: 'weakened', of: [nameAt(path)], list: weaker, orders: about });
      return;
    }
    if (composite.kind === 'holding') {
      const { lock, mode, items } = composite;
      const name = nameAt(path);
      const label = (word: 'lock' | 'unlock') => lockLabel(word, lock, mode, kindOf(lock));
      const edges = items.length === 0 ? [] : [items[0] as AnyItem, items.at(-1) as AnyItem];
      const [first, last] = edges.map((edge) => (leavesLock(edge) ? edge : undefined));
      add(depth, label('lock'), items.length > 0 ? without(items) : undefined);
      if (first) swap(depth, [name, firstName(names, [...path, 0, 0])], path, 1, [first, within(item, items.slice(1))]);
      visitList(items, depth + 1, (i) => [...path, 0, i]);
      const end = [...path, 0, items.length - 1];
      if (last) swap(depth, [firstName(names, end), name], path, 1, [within(item, items.slice(0, -1)), last]);
      add(depth, label('unlock'));
      return;
    }
    listsIn(item).forEach((items, b) => {
      //  A called function has no line of its own.
      if (composite.kind === 'either' || composite.kind === 'atomically') add(depth, b > 0 ? 'or' : composite.kind);
      visitList(items, composite.kind === 'once' ? depth : depth + 1, (i) => [...path, b, i]);
    });
  };
  visitList(root, 0, (i) => [i]);
  return rows;
}

/**
 * A list with some of its steps in another order: they stand in the same places.
 * @throws Error with a sentence when a name is no step of the list, or is given twice.
 */
export function reordered(list: AnyItem, steps: readonly string[]): Edit {
  const root = itemsOf(list);
  const paths = new Map([...namesIn(root)].map(([path, name]) => [name, path.split(',').map(Number)] as const));
  const wanted = steps.map((name, i) => {
    const path = paths.get(name);
    const item = path && itemAt(root, path);
    if (item === undefined || compositeOf(item)?.kind === 'holding')
      throw new Error(`there is no step ${name}; the steps are ${stepsIn(root).join(', ')}`);
    if (steps.indexOf(name) !== i) throw new Error(`${name} is named twice`);
    return { path: path as Path, item };
  });
  const places = wanted.map(({ path }) => path).toSorted(inReadingOrder);
  const result = places.reduce((items, path, i) => spliced(items, path, 1, [wanted[i]?.item as AnyItem]), root);
  return { kind: 'reordered', of: steps, list: result };
}

/** The names of the steps of a list, in reading order. */
export function stepsIn(list: AnyItem): string[] {
  const root = itemsOf(list);
  return [...namesIn(root)].flatMap(([path, name]) => {
    const item = itemAt(root, path.split(',').map(Number));
    return compositeOf(item)?.kind === 'holding' ? [] : [name];
  });
}

function itemsOf(list: AnyItem): readonly AnyItem[] {
  return Array.isArray(list) ? list : [list as AnyItem];
}

/** What a composite element is; a called function, which is a list in a list, is one too. */
function compositeOf(item: AnyItem): Composite | { kind: 'function'; items: readonly AnyItem[] } | undefined {
  if (Array.isArray(item)) return { kind: 'function', items: item };
  return isListed(item) ? item[element] : undefined;
}

/** The lists inside an element. */
function listsIn(item: AnyItem): readonly (readonly AnyItem[])[] {
  const composite = compositeOf(item);
  if (composite?.kind === 'either') return composite.branches;
  return composite && 'items' in composite ? [composite.items] : [];
}

/** An element with other lists inside it. */
function withLists(item: AnyItem, lists: readonly (readonly AnyItem[])[]): AnyItem {
  const [items] = lists as [readonly AnyItem[]];
  if (!isListed(item)) return items;
  const composite = item[element];
  return {
    [element]: composite.kind === 'either' ? { ...composite, branches: lists } : { ...composite, items },
  } as never;
}

function within(holding: AnyItem, items: readonly AnyItem[]): AnyItem {
  return withLists(holding, [items]);
}

/** Two neighbours the other way round; one that stands beside a critical section moves into it. */
function exchanged(a: AnyItem, b: AnyItem): AnyItem[] {
  const [first, second] = [a, b].map((each) => compositeOf(each)?.kind === 'holding');
  if (first === second) return [b, a];
  const [items] = listsIn(first ? a : b) as [readonly AnyItem[]];
  return [first ? within(a, [...items, b]) : within(b, [a, ...items])];
}

/** Whether an element at the edge of a critical section can stand outside it, and is no section itself. */
function leavesLock(item: AnyItem): boolean {
  const kind = compositeOf(item)?.kind;
  return kind !== 'cond_resched' && kind !== 'holding';
}

/** The list with `count` elements at a path replaced. */
function spliced(
  items: readonly AnyItem[],
  [at, which, ...rest]: Path,
  count: number,
  by: readonly AnyItem[],
): AnyItem[] {
  const i = at as number;
  if (which === undefined) return items.toSpliced(i, count, ...by);
  const item = items[i] as AnyItem;
  const lists = listsIn(item);
  return items.with(
    i,
    withLists(item, lists.with(which, spliced(lists[which] as readonly AnyItem[], rest, count, by))),
  );
}

function itemAt(items: readonly AnyItem[], [at, which, ...rest]: Path): AnyItem {
  const item = items[at as number] as AnyItem;
  return which === undefined ? item : itemAt(listsIn(item)[which] as readonly AnyItem[], rest);
}

/** The name of each step and lock of a list, by its path, in reading order. */
function namesIn(root: readonly AnyItem[]): Map<string, string> {
  const names = new Map<string, string>();
  const seen = new Map<string, number>();
  const visit = (item: AnyItem, path: Path): void => {
    const composite = compositeOf(item);
    const lists = listsIn(item);
    if (lists.length === 0 || composite?.kind === 'holding') {
      const name = composite?.kind === 'holding' ? composite.lock : wordOf(item);
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      names.set(path.join(), times === 1 ? name : `${name}@${times}`);
    }
    lists.forEach((items, b) => {
      for (const [i, each] of items.entries()) visit(each, [...path, b, i]);
    });
  };
  for (const [i, each] of root.entries()) visit(each, [i]);
  return names;
}

/** The name of the first step or lock at a path or inside what stands there. */
function firstName(names: ReadonlyMap<string, string>, path: Path): string | undefined {
  const own = path.join();
  for (const [each, name] of names) if (each === own || each.startsWith(`${own},`)) return name;
  return undefined;
}

function wordOf(item: AnyItem): string {
  return compositeOf(item)?.kind === 'cond_resched' ? 'cond_resched' : stepName(item);
}

function textOf(item: AnyItem): string {
  const composite = compositeOf(item);
  if (composite?.kind === 'weakened') return textOf(composite.item);
  if (composite?.kind === 'cond_resched') return `cond_resched(${composite.lock})`;
  const sets = composite?.kind === 'quantified' ? composite.sets.map(({ name }) => name) : [];
  return `${stepName(item)}(${sets.join(', ')})`;
}

function inReadingOrder(a: Path, b: Path): number {
  const at = a.findIndex((each, i) => each !== b[i]);
  return (a[at] as number) - (b[at] as number);
}
