/**
 * Statistics of rmaps: the most entries that one has had, and for each level how many have how many, for people who wonder why a guest
 * is slow.
 *
 * Models "KVM: X86: Add per-vm stat for max rmap list size", "KVM: X86: Introduce kvm_mmu_slot_lpages() helpers" and "KVM: X86: Introduce
 * mmu_rmaps_stat per-vm debugfs file" (arch/x86/kvm/mmu/mmu.c: rmap_add; arch/x86/kvm/x86.c: kvm_mmu_slot_lpages, memslot_rmap_alloc;
 * arch/x86/kvm/debugfs.c: kvm_mmu_rmaps_stat_show), and "KVM: x86: Check for rmaps allocation".
 *
 * Assumes one memslot, which is made once, and two levels, of one gfn and of two; that an rmap is the SPTEs that map its gfn, and counted
 * exactly; that a slot and its rmaps, or all rmaps of a slot, are there at once (in which order is the model `museum/fffb53237807`).
 */
import {
  array,
  blocked,
  bool,
  either,
  exit,
  forAny,
  holding,
  type Id,
  member,
  model,
  mutex,
  type Next,
  once,
  range,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  upTo,
  WARN_ON_ONCE,
} from '#notation';
import { ffs, fls } from '../kernel/rmap-histogram.ts';
import { kernelSource } from './source.ts';

const Gfn = range('gfn');
type Gfn = Id<typeof Gfn>;
/** From PG_LEVEL_4K, which is 0 here. A page of level L is of `1 << L` gfns. */
const Level = range('level');
type Level = Id<typeof Level>;
const Spte = symmetric('spte');
type Spte = Id<typeof Spte>;
/** `RMAP_LOG_SIZE` of them. */
const Column = range('column');
const Vcpu = symmetric('vcpu');
const Reader = symmetric('reader');
const Ioctl = range('ioctl');

const state = {
  slots_lock: mutex,
  mmu_lock: spinlock,
  slot: { base_gfn: upTo(Gfn), npages: upTo(Gfn) },
  /** How many rmaps the slot has at a level. */
  lpages: array(Level, upTo(Gfn)),
  shadow_root_allocated: bool,
  max_mmu_rmap_size: upTo(Spte),
  spte: array(Spte, { present: bool, level: member(Level), gfn: member(Gfn) }),
  vcpu: thread(Vcpu, { spte: member(Spte), level: member(Level), gfn: member(Gfn), rmap_count: upTo(Spte) }),
  reader: thread(Reader, { level: upTo(Level), index: upTo(Gfn), log: array(Level, array(Column, upTo(Gfn))) }),
  ioctl: thread(Ioctl, {}),
  ghost: { longest: upTo(Spte) }, //  of all rmaps, at all times
};
export interface RmapStat extends StateOf<typeof state> {}
type Vcpu = RmapStat['vcpu'][Id<typeof Vcpu>];
type Reader = RmapStat['reader'][Id<typeof Reader>];

/** `gfn_to_index()` of 0. */
const indexOf = (gfn: Gfn, level: Level) => gfn >> level;

/** How many entries an rmap of the slot has. */
function entries({ slot, spte }: RmapStat, level: Level, index: number): number {
  const at = indexOf(slot.base_gfn, level) + index;
  return spte.reduce(
    (count, each) => count + Number(each.present && each.level === level && indexOf(each.gfn, level) === at),
    0,
  );
}

// KVM_SET_USER_MEMORY_REGION.

type Lpages = (base_gfn: Gfn, npages: number, level: Level) => number;
const kvm_mmu_slot_lpages: Lpages = (base_gfn, npages, level) =>
  indexOf(base_gfn + npages - 1, level) - indexOf(base_gfn, level) + 1;
const shifted: Lpages = (_, npages, level) => npages >> level;

function slotWith(lpages: Lpages) {
  return function kvm_alloc_memslot_metadata(s: RmapStat, _: unknown, base_gfn: Gfn, last: Gfn): Next {
    if (last < base_gfn) return blocked;
    s.slot.base_gfn = base_gfn;
    s.slot.npages = last - base_gfn + 1;
    s.lpages.forEach((__, level) => {
      s.lpages[level] = lpages(base_gfn, last - base_gfn + 1, level);
    });
  };
}

// Faults in shadow pages, of which the first allocates the rmaps.

function mmu_first_shadow_root_alloc(s: RmapStat): Next {
  if (s.shadow_root_allocated) return blocked;
  s.shadow_root_allocated = true;
}

/** A page of a level is mapped only where all of it is in the slot. */
function page_fault(
  { slot, spte, shadow_root_allocated }: RmapStat,
  vcpu: Vcpu,
  id: Spte,
  level: Level,
  gfn: Gfn,
): Next {
  const end = gfn + (1 << level);
  if (!shadow_root_allocated || spte[id].present || gfn % (1 << level) > 0) return blocked;
  if (gfn < slot.base_gfn || end > slot.base_gfn + slot.npages) return blocked;
  vcpu.spte = id;
  vcpu.level = level;
  vcpu.gfn = gfn;
}

function rmap_add(s: RmapStat, vcpu: Vcpu): Next {
  const { spte, level, gfn } = vcpu;
  if (s.spte[spte].present) return exit;
  vcpu.rmap_count = entries(s, level, indexOf(gfn, level) - indexOf(s.slot.base_gfn, level));
  s.spte[spte].present = true;
  s.spte[spte].level = level;
  s.spte[spte].gfn = gfn;
  s.ghost.longest = Math.max(s.ghost.longest, vcpu.rmap_count + 1);
}

/** With what pte_list_add has returned, which is without the new entry, or with it. */
function maxOf(newEntry: 0 | 1) {
  return function update_max_mmu_rmap_size(s: RmapStat, { rmap_count }: Vcpu): void {
    s.max_mmu_rmap_size = Math.max(s.max_mmu_rmap_size, rmap_count + newEntry);
  };
}

function rmap_remove({ spte }: RmapStat, _: Vcpu, id: Spte): void {
  spte[id].present = false;
  spte[id].level = 0;
  spte[id].gfn = 0;
}

// mmu_rmaps_stat.

function kvm_memslots_have_rmaps({ shadow_root_allocated }: RmapStat): Next {
  if (!shadow_root_allocated) return exit;
}

function kvm_mmu_rmaps_stat_show(_: RmapStat, reader: Reader): void {
  reader.level = 0;
  reader.index = 0;
}

function countedBy(bitOf: (count: number) => number) {
  return function pte_list_count(s: RmapStat, reader: Reader): Next {
    const { level, index } = reader;
    if (index >= s.lpages[level]) {
      if (level + 1 >= s.lpages.length) return seq_printf;
      reader.level++;
      reader.index = 0;
      return pte_list_count;
    }
    const columns = reader.log[level];
    const column = bitOf(entries(s, level, index));
    const last = columns.length - 1;
    columns[WARN_ON_ONCE(column > last, 'kvm_mmu_rmaps_stat_show: no column for so many') ? last : column]++;
    reader.index++;
    return pte_list_count;
  };
}

/** Prints the columns of each level under their header. */
function seq_printf(): void {}

/** What the claims name. */
export const rmapStatSteps = { entries, indexOf, kvm_mmu_rmaps_stat_show, seq_printf };

interface Differing {
  lpages?: Lpages;
  newEntry?: 0 | 1;
  bitOf?: typeof fls;
  have_rmaps?: (typeof kvm_memslots_have_rmaps)[];
}

function statisticsWith({
  lpages = kvm_mmu_slot_lpages,
  newEntry = 1,
  bitOf = fls,
  have_rmaps = [kvm_memslots_have_rmaps],
}: Differing) {
  const show = holding('mmu_lock', kvm_mmu_rmaps_stat_show, countedBy(bitOf), seq_printf);
  return {
    vcpu: either(
      mmu_first_shadow_root_alloc,
      [forAny(Spte, Level, Gfn, page_fault), ...holding('mmu_lock', rmap_add, maxOf(newEntry))],
      holding('mmu_lock', forAny(Spte, rmap_remove)),
    ),
    reader: holding('slots_lock', ...have_rmaps, ...show),
    ioctl: once(...holding('slots_lock', forAny(Gfn, Gfn, slotWith(lpages)))),
  };
}

export const rmapStat = model({
  name: 'rmap-stat',
  about: 'the longest rmap, and how many rmaps of each level have how many entries',
  source: kernelSource,
  state,
  bounds: { gfn: 3, level: 2, spte: 3, column: 3, vcpu: 1, reader: 1, ioctl: 1 },
  variants: {
    corrected: statisticsWith({}),
    'as-shipped': statisticsWith({ newEntry: 0, bitOf: ffs }),
    'max-without-new-entry': statisticsWith({ newEntry: 0 }),
    'column-by-lowest-bit': statisticsWith({ bitOf: ffs }),
    'rmaps-not-checked': statisticsWith({ have_rmaps: [] }),
    'lpages-by-shift': statisticsWith({ lpages: shifted }),
  },
});
