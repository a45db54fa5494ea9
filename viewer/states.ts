/** The states of an execution, put together from what each changed. */
import type { PageFrame, PageLeaf, PageLock, PagePart, PageValue, Walk } from '#report';

/** What can be seen after some steps. */
export interface Scene {
  readonly walk: Walk;
  /** After how many steps. */
  readonly at: number;
  readonly frame: PageFrame;
  readonly values: readonly PageValue[];
  /** The values before the last step; those of the same state at the start. */
  readonly before: readonly PageValue[];
}

/** Every state of an execution, in full. */
export function statesOf({ start, frames }: Walk): (readonly PageValue[])[] {
  let values = start;
  return frames.map(({ changed }) => {
    if (changed.length > 0) {
      const next = [...values];
      for (const [at, value] of changed) next[at] = value;
      values = next;
    }
    return values;
  });
}

/** What can be seen after some steps. A step that failed leaves the state as it was. */
export function sceneAt(walk: Walk, states: readonly (readonly PageValue[])[], at: number): Scene {
  const last = states.length - 1;
  const now = Math.min(at, last);
  const values = states[now] as readonly PageValue[];
  const failed = at > last;
  const before = failed || now === 0 ? values : (states[now - 1] as readonly PageValue[]);
  return { walk, at, frame: walk.frames[now] as PageFrame, values, before };
}

/** A value in a word. */
export function textOf({ type, names, set }: PageLeaf, value: PageValue): string {
  if (value === null) return '–';
  if (names) return names[value as number] ?? String(value);
  if (type === 'pointer' && value === -1) return 'NULL';
  return set === undefined || typeof value !== 'number' ? String(value) : `${set} ${value}`;
}

/** Every value of a part, with its name from that part on. The elements of a row bear the row's name already. */
export function leavesOf(part: PagePart, prefix = ''): { leaf: PageLeaf; path: string }[] {
  const path = prefix === '' ? part.name : `${prefix}.${part.name}`;
  if (part.kind === 'value') return [{ leaf: part, path }];
  if (part.kind === 'lock') return [];
  return part.parts.flatMap((each) => leavesOf(each, part.kind === 'array' ? prefix : path));
}

/** Who holds a lock: alone, or for reading. */
export function holdersOf(lock: PageLock, { walk, values }: Pick<Scene, 'walk' | 'values'>): string[] {
  const owner = values[lock.owner] as number;
  const readers = lock.readers.flatMap((at, thread) => (values[at] === 1 ? [`${walk.threads[thread]} (read)`] : []));
  return owner > 0 ? [walk.threads[owner - 1] as string, ...readers] : readers;
}

/** Whether anything in a part is not as it was. */
export function hasChanged(part: PagePart, { values, before }: Pick<Scene, 'values' | 'before'>): boolean {
  const differs = (at: number): boolean => values[at] !== before[at];
  if (part.kind === 'value') return differs(part.at);
  if (part.kind === 'lock') return [part.owner, ...part.readers].some(differs);
  return (
    (part.kind === 'thread' && differs(part.at)) || part.parts.some((each) => hasChanged(each, { values, before }))
  );
}
