/**
 * What the unlock of an rmap is a release for: the word of a list and its descriptor, as CPUs see them that store in their own order.
 *
 * Models "KVM: x86/mmu: Add infrastructure to allow walking rmaps outside of mmu_lock" (4834eaded91e, 6.15) (arch/x86/kvm/mmu/mmu.c: __kvm_rmap_lock,
 * kvm_rmap_unlock, kvm_rmap_unlock_readonly, pte_list_add, pte_list_remove, kvm_rmap_age_gfn_range), as `rmap-lock` does, but with the word as the
 * number that it is and one access a step.
 *
 * Assumes one rmap of at most two entries, one CPU that changes it with mmu_lock held and one that ages SPTEs without. Who finds the lock bit set waits
 * for it to be cleared, and does not spin.
 */
import {
  alloc,
  array,
  BUG_ON,
  bit,
  blocked,
  bool,
  cmpxchg,
  either,
  exit,
  forAny,
  free,
  type Id,
  memory,
  model,
  type Next,
  NULL,
  pointer,
  pool,
  range,
  smp_store_release,
  type StateOf,
  thread,
  upTo,
} from '#notation';
import { ordersSource } from './source.ts';

//  No symmetric sets: the word has their numbers.
const Spte = range('spte');
type Spte = Id<typeof Spte>;
const Desc = range('desc');
type Desc = Id<typeof Desc>;
const Holder = range('holder');
const Reader = range('reader');

const KVM_RMAP_MANY = 1;
const KVM_RMAP_LOCKED = 2;
/** Enough for four SPTEs or descriptors. */
const word = upTo(31);

function inline(spte: Spte): number {
  return (spte + 1) * 4;
}
function many(desc: Desc): number {
  return (desc + 1) * 4 + KVM_RMAP_MANY;
}
/** The SPTE or the descriptor that a word has. */
function pointed<Member extends number>(val: number): Member {
  return ((val >> 2) - 1) as Member;
}

const state = {
  rmap: memory({ val: word }),
  desc: memory(pool(Desc, { sptes: array(range('slot'), pointer(Spte)), spte_count: upTo(2) })),
  /** The SPTEs that are in the list when its word is not locked. */
  listed: array(Spte, bit),
  /** Whoever holds mmu_lock: the word it has read, what it puts in its place, and where. */
  holder: thread(Holder, {
    spte: pointer(Spte),
    val: word,
    new_val: word,
    desc: pointer(Desc),
    moved: pointer(Spte),
    ghost: { has_lock: bool },
  }),
  /** Whoever ages SPTEs. */
  reader: thread(Reader, {
    val: word,
    left: upTo(2),
    spte: pointer(Spte),
    ghost: { has_lock: bool, unvisited: array(Spte, bit) },
  }),
};
export interface RmapLockOrders extends StateOf<typeof state> {}
type Holder = RmapLockOrders['holder'][Id<typeof Holder>];
type Reader = RmapLockOrders['reader'][Id<typeof Reader>];

// Whoever holds mmu_lock.

function begin(holder: Holder, spte: Spte): void {
  holder.spte = spte;
  holder.desc = NULL;
  holder.moved = NULL;
  holder.ghost.has_lock = false;
}

function rmap_add({ listed }: RmapLockOrders, holder: Holder, spte: Spte): Next {
  let entries = 0;
  listed.forEach((each) => {
    entries += each;
  });
  if (listed[spte] || entries === 2) return blocked;
  begin(holder, spte);
}

function drop_spte({ listed }: RmapLockOrders, holder: Holder, spte: Spte): Next {
  if (!listed[spte]) return blocked;
  begin(holder, spte);
}

/** Elided for an empty list, which nobody walks. */
function kvm_rmap_lock({ rmap }: RmapLockOrders, holder: Holder): Next {
  const { val } = rmap;
  if (val & KVM_RMAP_LOCKED) return blocked;
  holder.val = val;
  if (val === 0) return exit;
}

function try_cmpxchg_acquire({ rmap }: RmapLockOrders, holder: Holder): Next {
  const { val } = holder;
  if (cmpxchg(rmap, 'val', val, val + KVM_RMAP_LOCKED) !== val) return kvm_rmap_lock;
  holder.ghost.has_lock = true;
}

function pte_list_add(s: RmapLockOrders, holder: Holder): Next {
  const { val, spte } = holder;
  if (val === 0) {
    holder.new_val = inline(spte as Spte);
    return exit;
  }
  const desc = val & KVM_RMAP_MANY ? pointed<Desc>(val) : alloc(s.desc);
  if (desc === NULL) return blocked;
  holder.desc = desc;
  holder.new_val = many(desc);
  if (val & KVM_RMAP_MANY) return store_spte;
}

function store_old_spte({ desc }: RmapLockOrders, holder: Holder): void {
  desc[holder.desc as Desc].sptes[0] = pointed<Spte>(holder.val);
}

/** A descriptor that is there already has one entry. */
function store_spte({ desc }: RmapLockOrders, holder: Holder): void {
  desc[holder.desc as Desc].sptes[1] = holder.spte;
}

function store_spte_count({ desc }: RmapLockOrders, holder: Holder): void {
  desc[holder.desc as Desc].spte_count = 2;
}

function pte_list_remove(_: RmapLockOrders, holder: Holder): Next {
  holder.new_val = 0;
  if ((holder.val & KVM_RMAP_MANY) === 0) return exit;
  holder.desc = pointed<Desc>(holder.val);
}

function read_spte_count({ desc }: RmapLockOrders, holder: Holder): Next {
  if (desc[holder.desc as Desc].spte_count === 1) return mmu_free_pte_list_desc;
}

function find_spte({ desc }: RmapLockOrders, { desc: at, spte }: Holder): Next {
  if (desc[at as Desc].sptes[0] !== spte) return clear_last_spte;
}

function read_last_spte({ desc }: RmapLockOrders, holder: Holder): void {
  holder.moved = desc[holder.desc as Desc].sptes[1];
}

function fill_hole({ desc }: RmapLockOrders, { desc: at, moved }: Holder): void {
  desc[at as Desc].sptes[0] = moved;
}

function clear_last_spte({ desc }: RmapLockOrders, holder: Holder): void {
  desc[holder.desc as Desc].sptes[1] = NULL;
}

function uncount_spte({ desc }: RmapLockOrders, holder: Holder): Next {
  desc[holder.desc as Desc].spte_count = 1;
  holder.new_val = holder.val;
  return exit;
}

/** The last entry of a descriptor goes with it. */
function mmu_free_pte_list_desc({ desc }: RmapLockOrders, holder: Holder): void {
  free(desc, holder.desc as Desc);
}

/** The list is as it is from now on, for whoever gets the lock. */
function unlocked({ listed }: RmapLockOrders, holder: Holder): void {
  const spte = holder.spte as Spte;
  listed[spte] = listed[spte] ? 0 : 1;
  holder.ghost.has_lock = false;
}

function kvm_rmap_unlock(s: RmapLockOrders, holder: Holder): void {
  smp_store_release(s.rmap, 'val', holder.new_val);
  unlocked(s, holder);
}

/** `WRITE_ONCE()`: no release. */
function store_val(s: RmapLockOrders, holder: Holder): void {
  s.rmap.val = holder.new_val;
  unlocked(s, holder);
}

function holderWith(unlock: (s: RmapLockOrders, holder: Holder) => void) {
  const lock = [kvm_rmap_lock, try_cmpxchg_acquire];
  const add = [pte_list_add, store_old_spte, store_spte, store_spte_count];
  const fill = [find_spte, read_last_spte, fill_hole, clear_last_spte, uncount_spte];
  const remove = [pte_list_remove, read_spte_count, ...fill, mmu_free_pte_list_desc];
  return [either([forAny(Spte, rmap_add), lock, add, unlock], [forAny(Spte, drop_spte), lock, remove, unlock])];
}

// Whoever ages SPTEs.

function kvm_rmap_lock_readonly({ rmap }: RmapLockOrders, reader: Reader): Next {
  const { val } = rmap;
  if (val & KVM_RMAP_LOCKED) return blocked;
  if (val === 0) return exit;
  reader.val = val;
  reader.left = 0;
  reader.spte = NULL;
  reader.ghost.has_lock = false;
}

function try_cmpxchg_readonly({ rmap, listed }: RmapLockOrders, reader: Reader): Next {
  const { val, ghost } = reader;
  if (cmpxchg(rmap, 'val', val, val + KVM_RMAP_LOCKED) !== val) return kvm_rmap_lock_readonly;
  ghost.has_lock = true;
  listed.forEach((each, spte) => {
    ghost.unvisited[spte] = each;
  });
}

function rmap_get_first({ desc }: RmapLockOrders, reader: Reader): Next {
  const { val } = reader;
  if (val & KVM_RMAP_MANY) {
    reader.left = desc[pointed<Desc>(val)].spte_count;
    return rmap_get_next;
  }
  reader.spte = pointed<Spte>(val);
}

function age_spte(_: RmapLockOrders, { spte, ghost }: Reader): void {
  ghost.unvisited[spte as Spte] = 0;
}

function rmap_get_next({ desc }: RmapLockOrders, reader: Reader): Next {
  if (reader.left === 0) return kvm_rmap_unlock_readonly;
  reader.left -= 1;
  reader.spte = desc[pointed<Desc>(reader.val)].sptes[reader.left as 0 | 1];
  BUG_ON(reader.spte === NULL, 'an entry that is counted is NULL');
  return age_spte;
}

/** A release for the loads of the walk, which no store buffer delays. */
function kvm_rmap_unlock_readonly({ rmap }: RmapLockOrders, { val, ghost }: Reader): void {
  smp_store_release(rmap, 'val', val);
  ghost.has_lock = false;
}

const reader = [
  kvm_rmap_lock_readonly,
  try_cmpxchg_readonly,
  rmap_get_first,
  age_spte,
  rmap_get_next,
  kvm_rmap_unlock_readonly,
];

/** What the claims name. */
export const rmapLockOrdersSteps = { age_spte, kvm_rmap_lock, kvm_rmap_unlock_readonly };

export const rmapLockOrders = model({
  name: 'rmap-lock-orders',
  about: 'which unlock of an rmap shows its readers a list that is whole, where stores may pass each other',
  source: ordersSource,
  state,
  bounds: { spte: 3, desc: 2, slot: 2, holder: 1, reader: 1 },
  variants: {
    'stores-in-order': { holder: holderWith(store_val), reader, memoryOrder: 'tso' },
    release: { holder: holderWith(kvm_rmap_unlock), reader, memoryOrder: 'pso' },
    'no-release': { holder: holderWith(store_val), reader, memoryOrder: 'pso' },
  },
});
