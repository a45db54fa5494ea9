/** The model's lists, with what may be compared and what has to be loaded first. */
import { DescriptorIdentity } from './descriptor-identity.ts';
import { type StateDifference, stateDifference } from './list-difference.ts';
import type { ListState } from './list-state.ts';
import type { PteLists } from './pte-lists.ts';

/** A list (or `max_mmu_rmap_size`) that was loaded from the recording instead of compared with it. */
export interface Resynchronisation {
  readonly seq: number;
  readonly list: string;
  readonly after: 'a truncated state' | 'an untraced phase';
}

/** What setting a recorded state beside the model's gives. */
export type Outcome =
  | { readonly kind: 'equal' }
  | { readonly kind: 'loaded'; readonly after: Resynchronisation['after'] }
  | { readonly kind: 'differs'; readonly found: StateDifference; readonly model: ListState }
  /** The list changed unseen, and this state is truncated, so it cannot be loaded. */
  | { readonly kind: 'unknown' };

/**
 * The model's lists, with what is known about each: carried from operation to operation, or to be loaded from the next whole state
 * recorded of it. Loading happens in two cases only: after a truncated state, and after an untraced phase, in which any list may have
 * changed, also one that was never met.
 */
export class TrackedLists {
  readonly #lists: PteLists;
  readonly #identity = new DescriptorIdentity();
  readonly #met = new Set<string>();
  readonly #truncated = new Set<string>();
  readonly #lost = new Set<string>();
  #rmapsLost = false;
  #parentsLost = false;

  constructor(lists: PteLists) {
    this.#lists = lists;
  }

  /** Sets the state that was recorded beside the model's, or loads it where the list is to be resynchronised. */
  compare(list: string, kernel: ListState): Outcome {
    const truncated = kernel.k === 'many' && kernel.trunc === true;
    const lost = this.isLost(list);
    this.#met.add(list);
    if (lost && truncated) {
      this.#lost.add(list);
      return { kind: 'unknown' };
    }
    if (!truncated && (lost || this.#truncated.has(list))) {
      this.#lost.delete(list);
      this.#truncated.delete(list);
      this.#lists.load(list, kernel);
      this.changed(list);
      this.#identity.difference(list, kernel, this.#lists.state(list));
      return { kind: 'loaded', after: lost ? 'an untraced phase' : 'a truncated state' };
    }
    if (truncated) this.#truncated.add(list);
    const model = this.#lists.state(list);
    const found = stateDifference(kernel, model) ?? this.#identity.difference(list, kernel, model);
    return found === undefined ? { kind: 'equal' } : { kind: 'differs', found, model };
  }

  /** To be called after every step of the model on this list. */
  changed(list: string): void {
    this.#identity.update(list, this.#lists.state(list));
  }

  /** An untraced phase begins: nothing is known of any list. */
  lose(): void {
    for (const list of this.#met) {
      this.#lists.load(list, { k: 'empty' });
      this.changed(list);
    }
    for (const all of [this.#met, this.#truncated, this.#lost]) all.clear();
    this.#rmapsLost = true;
    this.#parentsLost = true;
  }

  /** A snapshot's walk has met every rmap that is not empty, so the others are empty. It does not walk `parent_ptes`. */
  walked(): void {
    this.#rmapsLost = false;
  }

  isLost(list: string): boolean {
    return this.#lost.has(list) || (!this.#met.has(list) && (isRmap(list) ? this.#rmapsLost : this.#parentsLost));
  }

  /** Names of all lists that were met, of rmaps or of all. */
  names(which: 'rmaps' | 'all'): string[] {
    return which === 'all' ? [...this.#met] : [...this.#met].filter(isRmap);
  }
}

/** Whether a list is a gfn's rmap, not `sp->parent_ptes`. */
export function isRmap(list: string): boolean {
  return !list.startsWith('parent:');
}
