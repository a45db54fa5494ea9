/** Where a thread is in its list, as claims may ask. */
import type { Program } from './program.ts';
import { relation } from './relation.ts';
import type { Lock, Thread } from './shape.ts';
import type { AnyStep } from './step.ts';

/** The key under which a thread of the state carries its place. */
export const placeOf: unique symbol = Symbol.for('mmucheck.place') as never;

/** A thread's place: its number over all threads, the program it runs and the point it is at. */
export interface Placed {
  readonly [placeOf]: { readonly number: number; readonly program: Program; readonly point: number };
}

function place(thread: Thread<unknown>): Placed[typeof placeOf] {
  return (thread as unknown as Placed)[placeOf];
}

/** Whether any of the steps still stands before the thread in the function it is in. A thread that is idle owes nothing. */
export function ahead(thread: Thread<unknown>, ...steps: readonly AnyStep[]): boolean {
  const { program, point } = place(thread);
  if (point === 0) return false;
  for (let i = 0; i < steps.length; i++) {
    if ((program.relations.of(steps[i] as AnyStep, point) & relation.ahead) !== 0) return true;
  }
  return false;
}

/** Whether the step stands behind the thread in the function it is in. */
export function passed(thread: Thread<unknown>, step: AnyStep): boolean {
  const { program, point } = place(thread);
  return (program.relations.of(step, point) & relation.passed) !== 0;
}

/** Whether the step is (one of) what the thread does next. */
export function at(thread: Thread<unknown>, step: AnyStep): boolean {
  const { program, point } = place(thread);
  return (program.relations.of(step, point) & relation.here) !== 0;
}

/** Whether the thread is in no function: before its first step, or ended. */
export function idle(thread: Thread<unknown>): boolean {
  const { program, point } = place(thread);
  return point === 0 || point === program.end;
}

/** Whether the thread has come to the end of its `once`. */
export function ended(thread: Thread<unknown>): boolean {
  const { program, point } = place(thread);
  return point !== 0 && point === program.end;
}

/** Whether the thread holds the lock, for reading or writing. */
export function holds(lock: Lock, thread: Thread<unknown>): boolean {
  return (lock as Lock & { heldBy(thread: number): boolean }).heldBy(place(thread).number);
}
