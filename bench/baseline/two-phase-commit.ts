/** The two-phase-commit reference searched by hand. */
import { breadthFirst, type BaselineResult, type Frontier } from './breadth-first.ts';

/**
 * Two-phase commit (case T<n> of the reference): two words a state.
 *
 *   word 0   rm: two bits a manager, working 0, prepared 1, committed 2, aborted 3
 *   word 1   tmPrepared 14 bits, Prepared messages 14 bits, tm 2 bits (init 0, committed 1, aborted 2), Commit, Abort
 */
const messagesAt = 14;
const tmAt = 28;
const commit = 1 << 30;
const abort = 1 << 31;
const words = 2;
const stride = words + 1;

/**
 * Every interleaving of one transaction manager and its resource managers.
 *
 * @param managers 1 to 14.
 * @throws When `managers` is outside its range, or the invariant is false in some state.
 */
export function searchTwoPhaseCommit(managers: number): BaselineResult {
  if (!Number.isInteger(managers) || managers < 1 || managers > 14) {
    throw new Error(`the two-phase-commit baseline was given ${managers} managers: take 1 to 14`);
  }
  const everyManager = (1 << managers) - 1;
  // the low bit of each manager's two
  const each = 0x55555555 & ((1 << (2 * managers)) - 1);

  function expand(frontier: Frontier): void {
    const { arena, batch, batchFull, states } = frontier;
    let o = 0;
    let loops = 0;
    let state = frontier.cursor;
    for (; state < states && o < batchFull; state++) {
      const rm = arena[state * words];
      const rest = arena[state * words + 1];
      const low = rm & each;
      const high = (rm >>> 1) & each;
      const committed = high & ~low;
      const aborted = high & low;
      if (committed !== 0 && aborted !== 0) {
        throw new Error(`the two-phase-commit baseline found an aborted and a committed manager in state ${state}`);
      }

      if (((rest >>> tmAt) & 3) === 0) {
        const prepared = rest & everyManager;
        const messages = (rest >>> messagesAt) & everyManager;
        if (prepared === everyManager) {
          batch[o] = rm;
          batch[o + 1] = rest | (1 << tmAt) | commit;
          batch[o + words] = state;
          o += stride;
        }
        batch[o] = rm;
        batch[o + 1] = rest | (2 << tmAt) | abort;
        batch[o + words] = state;
        o += stride;
        for (let left = messages & ~prepared; left !== 0; left &= left - 1) {
          batch[o] = rm;
          batch[o + 1] = rest | (left & -left);
          batch[o + words] = state;
          o += stride;
        }
        loops += ones(messages & prepared);
      }
      for (let left = each & ~low & ~high; left !== 0; left &= left - 1) {
        const bit = left & -left;
        batch[o] = rm | bit;
        batch[o + 1] = rest | (1 << (messagesAt + ((31 - Math.clz32(bit)) >>> 1)));
        batch[o + words] = state;
        o += stride;
        batch[o] = rm | (3 * bit);
        batch[o + 1] = rest;
        batch[o + words] = state;
        o += stride;
      }
      if ((rest & commit) !== 0) {
        for (let left = each & ~committed; left !== 0; left &= left - 1) {
          const bit = left & -left;
          batch[o] = (rm | (3 * bit)) ^ bit;
          batch[o + 1] = rest;
          batch[o + words] = state;
          o += stride;
        }
        loops += ones(committed);
      }
      if ((rest & abort) !== 0) {
        for (let left = each & ~aborted; left !== 0; left &= left - 1) {
          batch[o] = rm | (3 * (left & -left));
          batch[o + 1] = rest;
          batch[o + words] = state;
          o += stride;
        }
        loops += ones(aborted);
      }
    }
    frontier.cursor = state;
    frontier.filled = o;
    // a self-loop is fired and leads to no state that could be new
    frontier.transitions += o / stride + loops;
  }

  return breadthFirst(words, expand);
}

function ones(set: number): number {
  let pairs = set - ((set >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
