import type { DescriptorState, ListState, PteLists } from '#recording';

/** The policies that the command line offers; `per-array-counter` and `first-fit` differ only in what an add returns. */
export type Policy = 'tail-count' | 'per-array-counter' | 'first-fit';

const EXT = 14;

interface Descriptor {
  readonly id: number;
  entries: string[];
  tail: number;
}

/**
 * pte lists written without the notation, from the description of the policies alone, to test `conform` on: an array of descriptors, head
 * first, each with an array of entries.
 */
export class PlainLists implements PteLists {
  readonly #policy: Policy;
  readonly #lists = new Map<string, string | Descriptor[]>();
  #made = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  add(list: string, spte: string): number {
    const held = this.#lists.get(list);
    if (held === undefined) {
      this.#lists.set(list, spte);
      return 0;
    }
    if (typeof held === 'string') {
      this.#lists.set(list, [this.#descriptor([held, spte], 0)]);
      return 1;
    }
    return this.#policy === 'tail-count' ? this.#addInFront(held, spte) : this.#addToFirstWithRoom(held, spte);
  }

  remove(list: string, spte: string): void {
    const held = this.#lists.get(list);
    if (typeof held === 'string' || held === undefined) {
      if (held !== spte) throw new Error(`${spte} is not in ${list}`);
      this.#lists.delete(list);
      return;
    }
    const found = held.find(({ entries }) => entries.includes(spte));
    const [head] = held;
    if (found === undefined || head === undefined) throw new Error(`${spte} is not in ${list}`);
    const giver = this.#policy === 'tail-count' ? head : found;
    const hole = found.entries.indexOf(spte);
    const last = giver.entries.pop();
    if (last !== undefined && last !== spte) found.entries[hole] = last;
    if (giver.entries.length === 0) held.splice(held.indexOf(giver), 1);
    if (held.length === 0) this.#lists.delete(list);
  }

  zapAll(list: string): void {
    this.#lists.delete(list);
  }

  count(list: string): number {
    const held = this.#lists.get(list);
    if (held === undefined || typeof held === 'string') return held === undefined ? 0 : 1;
    const [head] = held;
    if (this.#policy === 'tail-count') return head === undefined ? 0 : head.tail + head.entries.length;
    return held.reduce((sum, { entries }) => sum + entries.length, 0);
  }

  state(list: string): ListState {
    const held = this.#lists.get(list);
    if (held === undefined) return { k: 'empty' };
    if (typeof held === 'string') return { k: 'one', s: held };
    const described = ({ id, entries, tail }: Descriptor): DescriptorState => {
      const state = { a: `#${id}`, n: entries.length, s: [...entries] };
      return this.#policy === 'tail-count' ? { ...state, t: tail } : state;
    };
    return { k: 'many', d: held.map(described) };
  }

  load(list: string, state: ListState): void {
    if (state.k === 'empty') this.#lists.delete(list);
    else if (state.k === 'one') this.#lists.set(list, state.s);
    else
      this.#lists.set(
        list,
        state.d.map(({ s, t }) => this.#descriptor([...s], t ?? 0)),
      );
  }

  #descriptor(entries: string[], tail: number): Descriptor {
    this.#made += 1;
    return { id: this.#made, entries, tail };
  }

  #addInFront(held: Descriptor[], spte: string): number {
    const [head] = held;
    if (head === undefined) throw new Error('a list without a descriptor');
    const before = head.tail + head.entries.length;
    if (head.entries.length === EXT) held.unshift(this.#descriptor([spte], before));
    else head.entries.push(spte);
    return before;
  }

  #addToFirstWithRoom(held: Descriptor[], spte: string): number {
    const index = held.findIndex(({ entries }) => entries.length < EXT);
    const full = index === -1 ? held.length : index;
    // the 2014 code steps over a full descriptor only when there is a next one, so the last full one is not counted
    const counted = index === -1 && this.#policy === 'first-fit' ? full - 1 : full;
    const target = held[full];
    if (target === undefined) {
      held.push(this.#descriptor([spte], 0));
      return counted * EXT;
    }
    target.entries.push(spte);
    return counted * EXT + target.entries.length - 1;
  }
}
