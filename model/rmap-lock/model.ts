/**
 * The lock bit in the word of an rmap: whoever holds mmu_lock changes the list with the bit held, and readers without mmu_lock walk it with
 * the bit held. A list that is empty is not locked.
 *
 * Models "KVM: x86/mmu: Refactor low level rmap helpers to prep for walking w/o mmu_lock", "KVM: x86/mmu: Add infrastructure to allow
 * walking rmaps outside of mmu_lock" (9fb13ba6b5ff, 4834eaded91e) and "KVM: x86/mmu: Walk rmaps (shadow MMU) without holding mmu_lock when
 * aging gfns" (6.15) (arch/x86/kvm/mmu/mmu.c: __kvm_rmap_lock, kvm_rmap_lock, kvm_rmap_unlock, kvm_rmap_lock_readonly,
 * kvm_rmap_unlock_readonly, pte_list_add, pte_list_remove, kvm_rmap_age_gfn_range).
 *
 * Assumes that an SPTE is set before it is added to its list and zapped before it is removed; that lists are not zapped as a whole; that
 * all addresses but one fit into 32 bits, and that one is 4 GiB. Of ageing it keeps that an SPTE is read and exchanged, and no A bit.
 */
import { alloc, blocked, either, forAny, type Item, model, type Next, NULL } from '#notation';
import { type Desc, Head, Spte } from '../kernel/pte-list-shape.ts';
import { tailCount } from '../kernel/pte-list.ts';
import {
  age_spte,
  ageing,
  done_if_empty,
  holdsSpte,
  kvm_rmap_unlock_readonly,
  preempt_schedule_irq,
  read_spte,
  rmap_get_first,
  rmap_get_next,
  scheduled_again,
  start,
  store_spte,
  val_in_32_bits,
  visit,
  walk,
  wordOfReader,
} from './age.ts';
import { beginLocking, copy, kvmRmapLock, type LockSteps, unlock } from './lock.ts';
import { type Holder, type RmapLock, state } from './state.ts';
import { kernelSource } from './source.ts';

// Whoever holds mmu_lock.

function rmap_add(s: RmapLock, holder: Holder, head: Head, spte: Spte): Next {
  if (s.spte[spte].list !== NULL) return blocked;
  s.spte[spte].list = head;
  s.spte[spte].present = true;
  change(holder, head, spte);
}

/** The SPTE is zapped here, whoever walks its list. */
function drop_spte(s: RmapLock, holder: Holder, spte: Spte): Next {
  const { list } = s.spte[spte];
  if (list === NULL) return blocked;
  s.spte[spte].present = false;
  change(holder, list, spte);
  s.spte[spte].list = NULL;
}

function change(holder: Holder, rmap: Head, spte: Spte): void {
  beginLocking(holder, rmap);
  holder.op.rmap_head = holder.id;
  holder.op.spte = spte;
}

/** The word is stored once, whatever was done to the list. */
function kvm_rmap_unlock(s: RmapLock, holder: Holder): void {
  const val = s.rmap_head[holder.id];
  unlock(s, holder, val);
  val.spte = NULL;
  val.desc = NULL;
}

function changing(lock: LockSteps<Holder>): Item<RmapLock, Holder, never> {
  return either(
    [forAny(Head, Spte, rmap_add), lock, tailCount.add, kvm_rmap_unlock],
    [forAny(Spte, drop_spte), lock, tailCount.remove, kvm_rmap_unlock],
  );
}

function wordOfHolder({ rmap_head }: RmapLock, { id }: Holder) {
  return rmap_head[id];
}

/** Instead of locking it: reads the word, and no more. */
function read_val(s: RmapLock, holder: Holder): void {
  copy(s.rmap_head[holder.id], s.rmap[holder.rmap]);
}

// Where a run starts.

function empty(s: RmapLock): void {
  const [first] = s.spte;
  if (first) first.at_4_gib = 1;
}
function twoEntries(s: RmapLock): void {
  empty(s);
  const head = s.rmap.findIndex(() => true) as Head;
  const desc = alloc(s.desc) as Desc;
  s.rmap[head].desc = desc;
  s.desc[desc].spte_count = 2;
  s.spte.forEach((each, spte) => {
    const used = s.desc[desc].sptes.indexOf(NULL);
    if (used === NULL || used >= 2) return;
    s.desc[desc].sptes[used] = spte;
    each.list = head;
    each.present = true;
  });
}

//  Enough for what is wrong there.
const two = { spte: 2, desc: 1 };

const holderLock = kvmRmapLock(wordOfHolder);
const readerLock = kvmRmapLock(wordOfReader);

function locking(differs: Parameters<typeof kvmRmapLock>[1] = {}) {
  return {
    holder: changing(kvmRmapLock(wordOfHolder, differs)),
    reader: ageing(kvmRmapLock(wordOfReader, differs), walk),
  };
}

/** What the claims name. */
export const rmapLockSteps = { holdsSpte, kvm_rmap_unlock_readonly };

export const bounds = { head: 1, spte: 3, desc: 2, ext: 2, tail: 3, holder: 1, reader: 1 };
export const initial = [empty, twoEntries];

/** As merged, and the four ways of it that the review found wrong. */
export const reviewed = {
  'lock-bit': locking(),
  'reread-before-pause': { ...locking({ pauseFirst: false }), bounds: two },
  'preemption-enabled': {
    holder: changing(holderLock),
    reader: [
      start,
      [readerLock, done_if_empty, preempt_schedule_irq, scheduled_again, ...visit, kvm_rmap_unlock_readonly],
    ],
  },
  //  A store that is no release may be seen before the loads of the list, as if it stood before them.
  'unlock-before-reads': {
    holder: changing(holderLock),
    reader: ageing(readerLock, [
      done_if_empty,
      rmap_get_first,
      kvm_rmap_unlock_readonly,
      read_spte,
      age_spte,
      rmap_get_next,
    ]),
    bounds: two,
  },
  'word-in-32-bits': { holder: changing(holderLock), reader: ageing(readerLock, [val_in_32_bits, ...walk]) },
};

export const rmapLock = model({
  name: 'rmap-lock',
  about: 'the lock bit in the word of an rmap, for those who walk it without mmu_lock',
  source: kernelSource,
  state,
  bounds,
  initial,
  variants: {
    ...reviewed,

    'changed-without-lock': { holder: changing([read_val]), reader: ageing(readerLock, walk), bounds: two },
    'locked-by-store': { ...locking({ compare: false }), bounds: two },
    'emptiness-not-rechecked': locking({ recheckEmpty: false }),
    'unlocked-though-elided': {
      holder: changing(holderLock),
      reader: ageing(readerLock, [...visit, kvm_rmap_unlock_readonly]),
      bounds: two,
    },
    'aged-by-store': {
      holder: changing(holderLock),
      reader: ageing(readerLock, [
        done_if_empty,
        rmap_get_first,
        read_spte,
        store_spte,
        rmap_get_next,
        kvm_rmap_unlock_readonly,
      ]),
      bounds: two,
    },
  },
});
