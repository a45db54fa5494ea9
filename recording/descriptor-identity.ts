/** Which of the model's descriptors is which of the kernel's, as long as both live. */
import type { StateDifference } from './list-difference.ts';
import type { ListState } from './list-state.ts';

/**
 * Which descriptor of the model is which of the kernel. A model has no addresses, only some name for each descriptor that stays while the
 * descriptor lives; so a pair is made when both are first seen at the same place, and held to, one to one, until the model frees its half.
 */
export class DescriptorIdentity {
  readonly #kernelOf = new Map<string, string>();
  readonly #modelOf = new Map<string, string>();
  readonly #inList = new Map<string, readonly string[]>();

  /** The model's list is now this: pairs of descriptors that it no longer has are dissolved. */
  update(list: string, model: ListState): void {
    const names = modelNames(list, model);
    for (const gone of this.#inList.get(list) ?? []) {
      if (names.includes(gone)) continue;
      const address = this.#kernelOf.get(gone);
      this.#kernelOf.delete(gone);
      if (address !== undefined) this.#modelOf.delete(address);
    }
    this.#inList.set(list, names);
  }

  /** Pairs the descriptors of two states of equal structure; the first pair that contradicts an earlier one is the difference. */
  difference(list: string, kernel: ListState, model: ListState): StateDifference | undefined {
    if (kernel.k !== 'many') return undefined;
    const names = modelNames(list, model);
    for (const [i, { a }] of kernel.d.entries()) {
      const name = names[i] ?? '';
      const address = this.#kernelOf.get(name);
      if (address !== undefined && address !== a) {
        return { path: `d[${i}].a`, kernel: a, model: `the descriptor that was at ${address}` };
      }
      const other = this.#modelOf.get(a);
      if (other !== undefined && other !== name) {
        return { path: `d[${i}].a`, kernel: a, model: `another descriptor than the one that is at ${a}` };
      }
      this.#kernelOf.set(name, a);
      this.#modelOf.set(a, name);
    }
    return undefined;
  }
}

function modelNames(list: string, model: ListState): string[] {
  return model.k === 'many' ? model.d.map(({ a }) => `${list} ${a}`) : [];
}
