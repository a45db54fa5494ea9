/** Where two states of a list part. */
import type { ListState } from './list-state.ts';

/** The first place where two states of one list part, with what stands there on either side. */
export interface StateDifference {
  readonly path: string;
  readonly kernel: string;
  readonly model: string;
}

/**
 * Compares the structure of a recorded list with a model's: form of the head word, descriptors in order, entries in slot order,
 * `spte_count`, and `tail_count` where both have one. Descriptor addresses are compared by {@link DescriptorIdentity}. Of a truncated
 * state what was read is compared, and that the model has more descriptors.
 */
export function stateDifference(kernel: ListState, model: ListState): StateDifference | undefined {
  if (kernel.k === 'one' && model.k === 'one') return unequal('s', kernel.s, model.s);
  if (kernel.k !== 'many' || model.k !== 'many') return unequal('k', kernel.k, model.k);
  for (const [i, here] of kernel.d.entries()) {
    const there = model.d[i];
    if (there === undefined) break;
    const place = `d[${i}]`;
    const counts = unequal(`${place}.n`, here.n, there.n);
    const tails = here.t === undefined || there.t === undefined ? undefined : unequal(`${place}.t`, here.t, there.t);
    const found = slotDifference(place, here.s, there.s) ?? counts ?? tails;
    if (found !== undefined) return found;
  }
  if (kernel.trunc) {
    return model.d.length > kernel.d.length
      ? undefined
      : unequal('d.length', `more than ${kernel.d.length}`, model.d.length);
  }
  return unequal('d.length', kernel.d.length, model.d.length);
}

function slotDifference(
  place: string,
  kernel: readonly string[],
  model: readonly string[],
): StateDifference | undefined {
  for (let j = 0; j < Math.max(kernel.length, model.length); j++) {
    const found = unequal(`${place}.s[${j}]`, kernel[j] ?? 'nothing', model[j] ?? 'nothing');
    if (found !== undefined) return found;
  }
  return undefined;
}

function unequal(path: string, kernel: string | number, model: string | number): StateDifference | undefined {
  return kernel === model ? undefined : { path, kernel: `${kernel}`, model: `${model}` };
}
