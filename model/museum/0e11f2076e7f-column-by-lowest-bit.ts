/**
 * mmu_rmaps_stat counts rmaps by how many entries they have, in columns of powers of two, and finds the column by the lowest set bit,
 * where its header means the highest: 3 is counted as 1, 6 as 2-3.
 *
 * Models kvm_mmu_rmaps_stat_show as of 0e11f2076e7f (arch/x86/kvm/debugfs.c; "KVM: X86: Introduce mmu_rmaps_stat per-vm debugfs
 * file"). No fix is known.
 *
 * Assumes one level and one memslot; an rmap is the set of its entries.
 */
import {
  array,
  bit,
  blocked,
  either,
  forAny,
  holding,
  type Id,
  model,
  type Next,
  range,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
  WARN_ON_ONCE,
} from '#notation';
import { ffs, fls } from '../kernel/rmap-histogram.ts';

const Gfn = range('gfn');
type Gfn = Id<typeof Gfn>;
const Spte = symmetric('spte');
type Spte = Id<typeof Spte>;
/** `RMAP_LOG_SIZE` of them. */
const Column = range('column');
const Vcpu = symmetric('vcpu');
const Reader = symmetric('reader');

const state = {
  mmu_lock: spinlock,
  rmap: array(Gfn, array(Spte, bit)),
  vcpu: thread(Vcpu, {}),
  reader: thread(Reader, { gfn: upTo(Gfn), log: array(Column, upTo(Gfn)) }),
};
export interface ColumnByLowestBit extends StateOf<typeof state> {}
type Vcpu = ColumnByLowestBit['vcpu'][Id<typeof Vcpu>];
type Reader = ColumnByLowestBit['reader'][Id<typeof Reader>];

function rmap_add({ rmap }: ColumnByLowestBit, _: Vcpu, gfn: Gfn, spte: Spte): Next {
  if (rmap[gfn][spte]) return blocked;
  rmap[gfn][spte] = 1;
}

function rmap_remove({ rmap }: ColumnByLowestBit, _: Vcpu, gfn: Gfn, spte: Spte): Next {
  if (!rmap[gfn][spte]) return blocked;
  rmap[gfn][spte] = 0;
}

function kvm_mmu_rmaps_stat_show(_: ColumnByLowestBit, reader: Reader): void {
  reader.gfn = 0;
}

/** How many entries the rmap of a gfn has. */
function pteListCount({ rmap }: ColumnByLowestBit, gfn: Gfn): number {
  return rmap[gfn].reduce((count, listed) => count + listed, 0);
}

function columnBy(bitOf: (count: number) => number) {
  return function count_rmap(s: ColumnByLowestBit, reader: Reader): Next {
    const last = reader.log.length - 1;
    const index = bitOf(pteListCount(s, reader.gfn));
    const column = WARN_ON_ONCE(index > last, 'kvm_mmu_rmaps_stat_show: no column for so many') ? last : index;
    reader.log[column]++;
    reader.gfn++;
    if (reader.gfn < s.rmap.length) return count_rmap;
  };
}

/** Prints the columns under their header. */
function seq_printf(): void {}

/** What the claims name. */
export const columnByLowestBitSteps = { pteListCount, seq_printf };

const vcpu = holding('mmu_lock', either(forAny(Gfn, Spte, rmap_add), forAny(Gfn, Spte, rmap_remove)));

export const columnByLowestBit = model({
  name: 'museum/0e11f2076e7f',
  about: 'mmu_rmaps_stat counts an rmap in a column that is not labelled with its length',
  state,
  bounds: { gfn: 2, spte: 4, column: 4, vcpu: 1, reader: 1 },
  variants: {
    'lowest-bit': { vcpu, reader: [kvm_mmu_rmaps_stat_show, ...holding('mmu_lock', columnBy(ffs), seq_printf)] },
    'highest-bit': { vcpu, reader: [kvm_mmu_rmaps_stat_show, ...holding('mmu_lock', columnBy(fls), seq_printf)] },
  },
});
