/** Who takes part in a trace, as far as its states tell. */
import { hardware, type Trace } from '#explorer';

interface Row {
  readonly name: string;
  readonly threads: readonly string[];
}

/** The rows of threads of a trace's states, in order of declaration. */
function rowsOf({ states }: Trace): Row[] {
  const fields = Object.entries((states[0] ?? {}) as Record<string, unknown>);
  return fields.flatMap(([name, parts]) =>
    Array.isArray(parts) && parts.every(isThread) ? [{ name, threads: parts.map((_, i) => `${name}${i}`) }] : [],
  );
}

function isThread(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'point' in part;
}

function isVcpu(row: string): boolean {
  return row.startsWith('vcpu');
}

/** The threads that hold a lock for reading in the state that a step led to. */
export function readersAfter(trace: Trace, step: number, lock: string): string[] {
  const threads = rowsOf(trace).flatMap((row) => row.threads);
  const after = trace.states[step + 1] as Record<string, { readers: readonly number[] }> | undefined;
  return threads.filter((_, number) => after?.[lock]?.readers[number] === 1);
}

/** The locks that a thread holds, in any way, in a state of a trace. */
export function heldBy(trace: Trace, at: number, thread: string): string[] {
  const number = rowsOf(trace)
    .flatMap((row) => row.threads)
    .indexOf(thread);
  return Object.entries(trace.states[at] ?? {}).flatMap(([name, part]: [string, unknown]) => {
    if (!isLock(part)) return [];
    return (number >= 0 && part.owner === number + 1) || part.readers[number] === 1 ? [name] : [];
  });
}

function isLock(part: unknown): part is { readonly owner: number; readonly readers: readonly number[] } {
  return (
    typeof part === 'object' && part !== null && 'owner' in part && 'readers' in part && Array.isArray(part.readers)
  );
}

/** Whether a thread is back at the first point of its list in the state that a step led to. */
export function returned(trace: Trace, step: number): boolean {
  const thread = trace.steps[step]?.thread;
  const row = rowsOf(trace).find(({ threads }) => threads.some((each) => each === thread));
  if (row === undefined) return false;
  const after = (trace.states[step + 1] ?? {}) as Record<string, { point: number }[]>;
  return after[row.name]?.[row.threads.indexOf(thread as string)]?.point === 0;
}

/** The threads that take a step, in the order of their columns. */
export function columnsOf(trace: Trace): string[] {
  const stepping = new Set(trace.steps.map(({ thread }) => thread));
  const rows = rowsOf(trace);
  const vcpus = rows.filter(({ name }) => isVcpu(name));
  const others = rows.filter(({ name }) => !isVcpu(name));
  const known = [...[...vcpus, ...others].flatMap(({ threads }) => threads), hardware];
  return known.filter((thread) => stepping.has(thread));
}

/** A thread's name over its column: that of its row where it is the only one. */
export function headingOf(trace: Trace, thread: string): string {
  const row = rowsOf(trace).find(({ threads }) => threads.includes(thread));
  return row?.threads.length === 1 ? row.name : thread;
}
