/** The pte_list reference searched by hand as fast as we know: what the actions out of a state have in common is computed once. */
import { breadthFirst, type BaselineResult, type Frontier } from './breadth-first.ts';

/**
 * pte_list with tail counts (cases P and Q of the reference): four words a state. The low 21 bits of word d are descriptor
 * d + 1; a free one is all zeros. Above them, word 0 holds the heads, and word 1 + h the set of the sptes whose `where` is
 * head h.
 *
 *   descriptor   slots 3 x 4 bits, cnt 2, tail 4, more 3 (0: nil)
 *   head         5 bits: 0 is Empty, x is Single(x), 16 + d is List of the descriptor in word d
 */
export const cntAt = 12;
export const tailAt = 14;
export const moreAt = 18;
export const ghostAt = 21;
export const headBits = 5;
export const slotBits = 4;
export const words = 4;
const stride = words + 1;

export const slotsOf = 0xfff;
export const descriptor = (1 << ghostAt) - 1;
export const list = 16;

/**
 * Every interleaving of add and remove.
 *
 * @param heads 1 or 2.
 * @param sptes 1 to 11.
 * @param ext Slots a descriptor, 2 or 3.
 * @param descriptors 1 to 4.
 * @throws When a bound is outside its range, or an invariant is false in some state.
 */
export function searchPteList(heads: number, sptes: number, ext: number, descriptors: number): BaselineResult {
  within('heads', heads, 1, 2);
  within('sptes', sptes, 1, 11);
  within('ext', ext, 2, 3);
  within('descriptors', descriptors, 1, 4);
  const everySpte = (1 << sptes) - 1;

  function expand(frontier: Frontier): void {
    const { arena, batch, batchFull, states } = frontier;
    let o = 0;
    let state = frontier.cursor;
    for (; state < states && o < batchFull; state++) {
      const base = state * words;
      const word0 = arena[base];
      const word1 = arena[base + 1];
      const word2 = arena[base + 2];
      const word3 = arena[base + 3];

      // the lowest free descriptor, or -1
      let fresh = -1;
      if ((word0 & descriptor) === 0) fresh = 0;
      else if (descriptors > 1 && (word1 & descriptor) === 0) fresh = 1;
      else if (descriptors > 2 && (word2 & descriptor) === 0) fresh = 2;
      else if (descriptors > 3 && (word3 & descriptor) === 0) fresh = 3;

      const unlisted = everySpte & ~(word1 >>> ghostAt) & (heads > 1 ? ~(word2 >>> ghostAt) : -1);
      let listed = 0;
      let used = 0;
      for (let h = 0; h < heads; h++) {
        const headAt = ghostAt + headBits * h;
        const head = (word0 >>> headAt) & 31;
        let entries = 0;

        // Add changes, whichever the spte: `added0` for word 0, `added` in the word `target`, and the spte at bit `spteAt` of it
        let canAdd = true;
        let added0 = word0;
        let added = 0;
        let target = 0;
        let spteAt = headAt;
        if (head !== 0 && head < list) {
          entries = 1 << (head - 1);
          batch[o] = word0 - (head << headAt);
          batch[o + 1] = word1;
          batch[o + 2] = word2;
          batch[o + 3] = word3;
          batch[o + 1 + h] -= entries << ghostAt;
          batch[o + words] = state;
          o += stride;

          canAdd = fresh >= 0;
          added0 = word0 + ((list + fresh - head) << headAt);
          added = head | (2 << cntAt);
          target = fresh;
          spteAt = slotBits;
        } else if (head >= list) {
          const first = head - list;
          const firstWord = arena[base + first];
          const count = (firstWord >>> cntAt) & 3;
          const more = (firstWord >>> moreAt) & 7;
          if (count < 1 || count > ext) broken(state, `head ${h} has a first descriptor of ${count} entries`);

          // Remove takes the first descriptor's last entry away, and that one with its last
          const lastAt = slotBits * (count - 1);
          const last = (firstWord >>> lastAt) & 15;
          const removed = count > 1 ? -(last << lastAt) - (1 << cntAt) : -(firstWord & descriptor);
          const removed0 = count > 1 ? word0 : word0 + (((more === 0 ? 0 : list + more - 1) - head) << headAt);

          let at = first;
          let word = firstWord;
          let cnt = count;
          for (;;) {
            if ((used & (1 << at)) !== 0) broken(state, `descriptor ${at + 1} is in two places`);
            used |= 1 << at;
            if ((word & slotsOf) >>> (slotBits * cnt) !== 0)
              broken(state, `descriptor ${at + 1} has entries beyond its cnt`);
            for (let slotAt = 0; slotAt < slotBits * cnt; slotAt += slotBits) {
              const spte = (word >>> slotAt) & 15;
              const bit = 1 << (spte - 1);
              if (spte === 0 || (entries & bit) !== 0) broken(state, `head ${h} has a nil entry or spte ${spte} twice`);
              entries |= bit;
              // an earlier entry makes room for the last one
              const moved = at === first && slotAt === lastAt ? 0 : (last - spte) << slotAt;
              batch[o] = removed0;
              batch[o + 1] = word1;
              batch[o + 2] = word2;
              batch[o + 3] = word3;
              batch[o + first] += removed;
              batch[o + at] += moved;
              batch[o + 1 + h] -= bit << ghostAt;
              batch[o + words] = state;
              o += stride;
            }
            const tail = (word >>> tailAt) & 15;
            const nextPlusOne = (word >>> moreAt) & 7;
            if (nextPlusOne === 0) {
              if (tail !== 0) broken(state, `descriptor ${at + 1} counts ${tail} entries after it, and is the last`);
              break;
            }
            at = nextPlusOne - 1;
            word = arena[base + at];
            cnt = (word >>> cntAt) & 3;
            if (cnt !== ext) broken(state, `tail descriptor ${at + 1} has ${cnt} entries`);
            if (tail !== cnt + ((word >>> tailAt) & 15))
              broken(state, `the tail before descriptor ${at + 1} is ${tail}`);
          }

          if (count < ext) {
            added = 1 << cntAt;
            target = first;
            spteAt = slotBits * count;
          } else {
            canAdd = fresh >= 0;
            added0 = word0 + ((fresh - first) << headAt);
            added = (1 << cntAt) | ((((firstWord >>> tailAt) & 15) + count) << tailAt) | ((first + 1) << moreAt);
            target = fresh;
            spteAt = 0;
          }
        }
        if (entries !== (h === 0 ? word1 : word2) >>> ghostAt)
          broken(state, `head ${h} lists other sptes than were added`);
        if ((listed & entries) !== 0) broken(state, 'an spte is under both heads');
        listed |= entries;

        if (!canAdd) continue;
        for (let left = unlisted; left !== 0; left &= left - 1) {
          const spte = 32 - Math.clz32(left & -left);
          batch[o] = added0;
          batch[o + 1] = word1;
          batch[o + 2] = word2;
          batch[o + 3] = word3;
          batch[o + target] += added + (spte << spteAt);
          batch[o + 1 + h] += 1 << (ghostAt + spte - 1);
          batch[o + words] = state;
          o += stride;
        }
      }
      if (
        ((used & 1) === 0 && (word0 & descriptor) !== 0) ||
        ((used & 2) === 0 && (word1 & descriptor) !== 0) ||
        ((used & 4) === 0 && (word2 & descriptor) !== 0) ||
        ((used & 8) === 0 && (word3 & descriptor) !== 0)
      ) {
        broken(state, 'a descriptor in no list is not free');
      }
    }
    frontier.cursor = state;
    frontier.filled = o;
    frontier.transitions += o / stride;
  }

  return breadthFirst(words, expand);
}

export function within(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new Error(`the pte-list baseline was given ${value} ${name}: take ${least} to ${most}`);
}

export function broken(state: number, what: string): never {
  throw new Error(`the pte-list baseline found a false invariant in state ${state}: ${what}`);
}
