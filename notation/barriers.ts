/**
 * The words by which a step orders its accesses to `memory(…)`. They name what the kernel's do; under `sc`, and in an action of the
 * hardware, those that only order mean nothing.
 */
import { running } from './running.ts';

/** A full barrier: the step waits until everything its CPU has stored is visible. */
export function smp_mb(): void {
  if (!running.inert) running.buffers?.await();
}

/** A store barrier: nothing its CPU stores later becomes visible before what it has stored. */
export function smp_wmb(): void {
  if (!running.inert) running.buffers?.fence(running.thread);
}

/** A load barrier. Loads are in order under `tso` and `pso` alike, so that neither can show it needed. */
export function smp_rmb(): void {}

/** A store that becomes visible after everything its CPU has stored before. */
export function smp_store_release<Part, Field extends keyof Part>(part: Part, field: Field, value: Part[Field]): void {
  smp_wmb();
  part[field] = value;
}

/** A load before everything that its CPU loads and stores later. Loads are in order under `tso` and `pso` alike. */
export function smp_load_acquire<Part, Field extends keyof Part>(part: Part, field: Field): Part[Field] {
  return part[field];
}

/** Exchanges a value in one instruction, which is a full barrier. Returns the old one. */
export function xchg<Part, Field extends keyof Part>(part: Part, field: Field, value: Part[Field]): Part[Field] {
  return atomically(part, field, () => value);
}

/** Puts `value` in the place of `old` in one instruction, which is a full barrier, if `old` is what is there. Returns what was. */
export function cmpxchg<Part, Field extends keyof Part>(
  part: Part,
  field: Field,
  old: Part[Field],
  value: Part[Field],
): Part[Field] {
  return atomically(part, field, (was) => (was === old ? value : was));
}

function atomically<Part, Field extends keyof Part>(
  part: Part,
  field: Field,
  change: (was: Part[Field]) => Part[Field],
): Part[Field] {
  const buffers = running.inert ? undefined : running.buffers;
  buffers?.await();
  if (buffers) buffers.atomic = true;
  const was = part[field];
  const value = change(was);
  if (value !== was) part[field] = value;
  if (buffers) buffers.atomic = false;
  return was;
}
