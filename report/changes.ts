/** What a step changed, in the words of the last column of a race. */
import type { Change, Trace, TraceStep } from '#explorer';
import { readersAfter, returned } from './threads.ts';

/** What is said of a step that changes nothing, whatever its thread's locals are. */
export const nothing = '<- changes nothing';

/**
 * What a step of a trace changed: shared state; where there is none, the thread's own locals, in parentheses. Locals that a function
 * leaves behind when it returns are not worth telling.
 */
export function changesOf(trace: Trace, at: number): string[] {
  const { thread, changed } = trace.steps[at] as TraceStep;
  const shared = changed.filter(({ local }) => !local);
  if (shared.length > 0) return [...new Set(shared.map((change) => told(trace, at, change)))];
  if (changed.length === 0 || returned(trace, at)) return [nothing];
  const own = changed.map(({ path, value }) => `${path.slice(thread.length + 1)} = ${value}`);
  return own.map((text, i) => `${i === 0 ? '(' : ''}${text}${i === own.length - 1 ? ')' : ''}`);
}

function told(trace: Trace, at: number, { path, value, buffered }: Change): string {
  if (buffered) return `${path} = ${value === null ? 'free' : value} (store buffer)`;
  const [, lock] = /^(.+)\.readers\[\d+\]$/.exec(path) ?? [];
  if (lock === undefined) return `${path} = ${value === null ? 'free' : value}`;
  const readers = readersAfter(trace, at, lock);
  return `${lock} = ${readers.length > 0 ? `${readers.join(', ')} (read)` : 'free'}`;
}
