/** The dirty-log reference searched by hand. */
import { breadthFirst, type BaselineResult, type Frontier } from './breadth-first.ts';

/**
 * The dirty log (cases L of the reference): two words a state. A set of (vCPU, page) has its bit at v * G + g, a set of
 * vCPUs at v, a set of pages at g.
 *
 *   word 0   pc in three sets of vCPUs of 5 bits: idle 000, lock 001, spte 100, rmap 101, mark 110, unlock 111;
 *            tg as a set of (vCPU, page), 8 bits; lock 3 bits (0 free, 1 + v, V + 1 IOCTL); ipc 3; ig 3
 *   word 1   w, tlb, rm: sets of (vCPU, page), 8 bits each; bm, snap, wr: sets of pages, 2 bits each
 */
const everyVcpu = 31;
const middleAt = 5;
const highAt = 10;
const tgAt = 15;
const lockAt = 23;
const ipcAt = 26;
const igAt = 29;
const tlbAt = 8;
const rmAt = 16;
const bmAt = 24;
const snapAt = 26;
const wrAt = 28;
// ipc: idle is 0
const read = 1;
const lockIt = 2;
const walk = 3;
const unlock = 4;
const flush = 5;
const deliver = 6;
const done = 7;
const words = 2;
const stride = words + 1;

/**
 * Every interleaving of the vCPUs and the ioctl.
 *
 * @param vcpus 1 to 5.
 * @param pages 1 or 2; vcpus times pages at most 8.
 * @throws When a bound is outside its range, or an invariant is false in some state.
 */
export function searchDirtyLog(vcpus: number, pages: number): BaselineResult {
  if (!(Number.isInteger(vcpus) && vcpus >= 1 && vcpus <= 5 && (pages === 1 || (pages === 2 && vcpus <= 4)))) {
    throw new Error(
      `the dirty-log baseline was given ${vcpus} vCPUs and ${pages} pages: take 1 to 5 and 1, or 1 to 4 and 2`,
    );
  }
  const V = vcpus;
  const G = pages;
  const ioctl = V + 1;
  const present = (1 << V) - 1;
  // sets turned into each other by lookup
  const allOfVcpus = new Int32Array(1 << 5);
  const allOfPages = new Int32Array(1 << 2);
  const vcpusOf = new Int32Array(1 << 8);
  const pagesOf = new Int32Array(1 << 8);
  for (let v = 0; v < V; v++) {
    for (let g = 0; g < G; g++) {
      const bit = 1 << (v * G + g);
      for (let set = 0; set < 32; set++) if ((set >>> v) & 1) allOfVcpus[set] |= bit;
      for (let set = 0; set < 4; set++) if ((set >>> g) & 1) allOfPages[set] |= bit;
      for (let set = 0; set < 256; set++) {
        if ((set & bit) === 0) continue;
        vcpusOf[set] |= 1 << v;
        pagesOf[set] |= 1 << g;
      }
    }
  }

  function expand(frontier: Frontier): void {
    const { arena, batch, batchFull, states } = frontier;
    let o = 0;
    let state = frontier.cursor;
    for (; state < states && o < batchFull; state++) {
      const word0 = arena[state * words];
      const word1 = arena[state * words + 1];
      const low = word0 & everyVcpu;
      const middle = (word0 >>> middleAt) & everyVcpu;
      const high = (word0 >>> highAt) & everyVcpu;
      const tg = (word0 >>> tgAt) & 255;
      const lock = (word0 >>> lockAt) & 7;
      const ipc = (word0 >>> ipcAt) & 7;
      const ig = word0 >>> igAt;
      const w = word1 & 255;
      const tlb = (word1 >>> tlbAt) & 255;
      const rm = (word1 >>> rmAt) & 255;
      const bm = (word1 >>> bmAt) & 3;
      const snap = (word1 >>> snapAt) & 3;
      const wr = (word1 >>> wrAt) & 3;

      const holder = lock === ioctl ? 0 : (1 << lock) >>> 1;
      if (high !== holder || (lock === ioctl) !== (ipc === walk || ipc === unlock)) broken('InvLock', state);
      if ((w & ~rm & ~(tg & allOfVcpus[high & low & ~middle])) !== 0) broken('InvRmap', state);
      if (ipc === done) {
        const marking = tg & allOfVcpus[high & (low ^ middle)];
        if (((wr | pagesOf[w | tlb]) & ~(bm | pagesOf[marking])) !== 0) broken('InvDeliver', state);
      }

      // TlbLoad, Write, Fault: of an idle vCPU and a page, at most one is enabled
      const idle = allOfVcpus[present & ~(low | middle | high)];
      for (let left = idle & w & ~tlb; left !== 0; left &= left - 1) {
        batch[o] = word0;
        batch[o + 1] = word1 | ((left & -left) << tlbAt);
        batch[o + words] = state;
        o += stride;
      }
      for (let left = idle & tlb & ~allOfPages[wr]; left !== 0; left &= left - 1) {
        batch[o] = word0;
        batch[o + 1] = word1 | (pagesOf[left & -left] << wrAt);
        batch[o + words] = state;
        o += stride;
      }
      for (let left = idle & ~w & ~tlb; left !== 0; left &= left - 1) {
        const bit = left & -left;
        batch[o] = word0 | vcpusOf[bit] | (bit << tgAt);
        batch[o + 1] = word1;
        batch[o + words] = state;
        o += stride;
      }
      if (lock === 0) {
        // FLock
        for (let left = low; left !== 0; left &= left - 1) {
          const bit = left & -left;
          batch[o] = word0 + ((32 - Math.clz32(bit)) << lockAt) + (bit << highAt) - bit;
          batch[o + 1] = word1;
          batch[o + words] = state;
          o += stride;
        }
      } else if (holder !== 0) {
        // FSpte, FRmap, FMark, FUnlock: by InvLock no other vCPU is that far
        const target = tg & allOfVcpus[holder];
        batch[o + words] = state;
        if ((middle & holder) === 0) {
          if ((low & holder) === 0) {
            batch[o] = word0 | holder;
            batch[o + 1] = word1 | target;
          } else {
            batch[o] = word0 - holder + (holder << middleAt);
            batch[o + 1] = word1 | (target << rmAt);
          }
        } else if ((low & holder) === 0) {
          batch[o] = word0 | holder;
          batch[o + 1] = word1 | (pagesOf[target] << bmAt);
        } else {
          batch[o] = word0 - holder - (holder << middleAt) - (holder << highAt) - (target << tgAt) - (lock << lockAt);
          batch[o + 1] = word1;
        }
        o += stride;
      }

      let ioctl0 = word0 + (1 << ipcAt);
      let ioctl1 = word1;
      switch (ipc) {
        case 0:
          ioctl0 += 1 << igAt;
          break;
        case read: {
          const page = 1 << (ig - 1);
          ioctl1 = (word1 & ~((page << snapAt) | (page << bmAt))) | ((bm & page) << snapAt);
          ioctl0 = ig < G ? word0 + (1 << igAt) : ioctl0 - (ig << igAt);
          break;
        }
        case lockIt:
          if (lock !== 0) continue;
          ioctl0 += (ioctl << lockAt) + (1 << igAt);
          break;
        case walk: {
          const page = 1 << (ig - 1);
          ioctl1 = word1 & ~(rm & allOfPages[snap & page]);
          ioctl0 = ig < G ? word0 + (1 << igAt) : ioctl0 - (ig << igAt);
          break;
        }
        case unlock:
          ioctl0 += (1 << igAt) - (lock << lockAt);
          break;
        case flush:
          ioctl1 = word1 & ~(allOfVcpus[1 << (ig - 1)] << tlbAt);
          ioctl0 = ig < V ? word0 + (1 << igAt) : ioctl0 - (ig << igAt);
          break;
        case deliver:
          ioctl1 = word1 & ~((snap << wrAt) | (3 << snapAt));
          break;
        case done:
          ioctl0 = word0 - (done << ipcAt);
          break;
      }
      batch[o] = ioctl0;
      batch[o + 1] = ioctl1;
      batch[o + words] = state;
      o += stride;
    }
    frontier.cursor = state;
    frontier.filled = o;
    frontier.transitions += o / stride;
  }

  return breadthFirst(words, expand);
}

function broken(invariant: string, state: number): never {
  throw new Error(`the dirty-log baseline found ${invariant} false in state ${state}`);
}
