/** The pte_list reference searched by hand, action by action: each looks at the state for itself, as the model's actions do. */
import { type BaselineResult, breadthFirst, type Frontier } from './breadth-first.ts';
import {
  broken,
  cntAt,
  descriptor,
  ghostAt,
  headBits,
  list,
  moreAt,
  slotBits,
  slotsOf,
  tailAt,
  within,
  words,
} from './pte-list.ts';

const stride = words + 1;

/**
 * Every interleaving of add and remove, over the words of `pte-list.ts`.
 *
 * @param heads 1 or 2.
 * @param sptes 1 to 11.
 * @param ext Slots a descriptor, 2 or 3.
 * @param descriptors 1 to 4.
 * @throws When a bound is outside its range, or an invariant is false in some state.
 */
export function searchPteListByAction(heads: number, sptes: number, ext: number, descriptors: number): BaselineResult {
  within('heads', heads, 1, 2);
  within('sptes', sptes, 1, 11);
  within('ext', ext, 2, 3);
  within('descriptors', descriptors, 1, 4);

  /** The head under which an spte is, -1 for none. */
  function where(arena: Int32Array, base: number, spte: number): number {
    if (((arena[base + 1] >>> (ghostAt + spte - 1)) & 1) !== 0) return 0;
    return heads > 1 && ((arena[base + 2] >>> (ghostAt + spte - 1)) & 1) !== 0 ? 1 : -1;
  }

  /** Each action puts its successor at place `o` of the batch, if it is enabled, and returns the next free place. */
  function add(arena: Int32Array, base: number, batch: Int32Array, o: number, spte: number, head: number): number {
    const headAt = ghostAt + headBits * head;
    const value = (arena[base] >>> headAt) & 31;
    if (value === 0) {
      copy(arena, base, batch, o);
      batch[o] += spte << headAt;
    } else if (value >= list && ((arena[base + value - list] >>> cntAt) & 3) < ext) {
      const d = value - list;
      copy(arena, base, batch, o);
      batch[o + d] += (spte << (slotBits * ((arena[base + d] >>> cntAt) & 3))) + (1 << cntAt);
    } else {
      let free = 0;
      while (free < descriptors && (arena[base + free] & descriptor) !== 0) free++;
      if (free === descriptors) return o;
      copy(arena, base, batch, o);
      batch[o] += (list + free - value) << headAt;
      if (value < list) batch[o + free] += value + (spte << slotBits) + (2 << cntAt);
      else {
        const d = value - list;
        const tail = ((arena[base + d] >>> tailAt) & 15) + ((arena[base + d] >>> cntAt) & 3);
        batch[o + free] += spte + (1 << cntAt) + (tail << tailAt) + ((d + 1) << moreAt);
      }
    }
    batch[o + 1 + head] += 1 << (ghostAt + spte - 1);
    return o + stride;
  }

  function remove(arena: Int32Array, base: number, batch: Int32Array, o: number, spte: number, head: number): number {
    const headAt = ghostAt + headBits * head;
    const value = (arena[base] >>> headAt) & 31;
    copy(arena, base, batch, o);
    batch[o + 1 + head] -= 1 << (ghostAt + spte - 1);
    if (value < list) {
      batch[o] -= value << headAt;
      return o + stride;
    }
    const first = value - list;
    const lastAt = slotBits * (((arena[base + first] >>> cntAt) & 3) - 1);
    const last = (arena[base + first] >>> lastAt) & 15;
    let d = first;
    let slotAt = 0;
    while (((arena[base + d] >>> slotAt) & 15) !== spte) {
      slotAt += slotBits;
      if (slotAt < slotBits * ext) continue;
      slotAt = 0;
      d = ((arena[base + d] >>> moreAt) & 7) - 1;
    }
    batch[o + d] += (last - spte) << slotAt;
    batch[o + first] -= (last << lastAt) + (1 << cntAt);
    if (lastAt === 0) {
      const more = (arena[base + first] >>> moreAt) & 7;
      batch[o] += ((more === 0 ? 0 : list + more - 1) - value) << headAt;
      batch[o + first] &= ~descriptor;
    }
    return o + stride;
  }

  function check(arena: Int32Array, base: number, state: number): void {
    let used = 0;
    let listed = 0;
    for (let h = 0; h < heads; h++) {
      const value = (arena[base] >>> (ghostAt + headBits * h)) & 31;
      let entries = value > 0 && value < list ? 1 << (value - 1) : 0;
      for (let d = value - list; d >= 0; ) {
        const word = arena[base + d];
        const cnt = (word >>> cntAt) & 3;
        const tail = (word >>> tailAt) & 15;
        const next = ((word >>> moreAt) & 7) - 1;
        if (((used >>> d) & 1) !== 0) broken(state, `descriptor ${d + 1} is in two places`);
        used |= 1 << d;
        if (d === value - list ? cnt < 1 || cnt > ext : cnt !== ext)
          broken(state, `descriptor ${d + 1} has ${cnt} entries`);
        if ((word & slotsOf) >>> (slotBits * cnt) !== 0)
          broken(state, `descriptor ${d + 1} has entries beyond its cnt`);
        for (let i = 0; i < cnt; i++) {
          const bit = 1 << (((word >>> (slotBits * i)) & 15) - 1);
          if (((word >>> (slotBits * i)) & 15) === 0 || (entries & bit) !== 0)
            broken(state, `head ${h} has a nil entry or one twice`);
          entries |= bit;
        }
        const after = next < 0 ? 0 : ((arena[base + next] >>> tailAt) & 15) + ((arena[base + next] >>> cntAt) & 3);
        if (tail !== after)
          broken(state, `descriptor ${d + 1} counts ${tail} entries after it, and there are ${after}`);
        d = next;
      }
      if (entries !== arena[base + 1 + h] >>> ghostAt) broken(state, `head ${h} lists other sptes than were added`);
      if ((listed & entries) !== 0) broken(state, 'an spte is under both heads');
      listed |= entries;
    }
    for (let d = 0; d < words; d++)
      if (((used >>> d) & 1) === 0 && (arena[base + d] & descriptor) !== 0)
        broken(state, 'a descriptor in no list is not free');
  }

  function expand(frontier: Frontier): void {
    const { arena, batch, states, batchFull } = frontier;
    let state = frontier.cursor;
    let o = 0;
    for (; state < states && o < batchFull; state++) {
      const base = state * words;
      check(arena, base, state);
      const from = o;
      for (let spte = 1; spte <= sptes; spte++)
        for (let head = 0; head < heads; head++)
          if (where(arena, base, spte) < 0) o = add(arena, base, batch, o, spte, head);
      for (let spte = 1; spte <= sptes; spte++) {
        const head = where(arena, base, spte);
        if (head >= 0) o = remove(arena, base, batch, o, spte, head);
      }
      for (let at = from + words; at < o; at += stride) batch[at] = state;
    }
    frontier.cursor = state;
    frontier.filled = o;
    frontier.transitions += o / stride;
  }

  return breadthFirst(words, expand);
}

/** Begins a successor, equal to the state. */
function copy(arena: Int32Array, base: number, batch: Int32Array, o: number): void {
  batch[o] = arena[base];
  batch[o + 1] = arena[base + 1];
  batch[o + 2] = arena[base + 2];
  batch[o + 3] = arena[base + 3];
}
