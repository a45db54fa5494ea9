/** Whoever ages SPTEs, without mmu_lock: a walk of one rmap with its lock bit held. */
import { choose, exit, forAny, type Item, type Next, NULL } from '#notation';
import { listHolds } from '../kernel/pte-list-count.ts';
import { Head, type Spte } from '../kernel/pte-list-shape.ts';
import { firstEntry, rmap_get_next as nextEntry } from '../kernel/pte-list-zap.ts';
import { beginLocking, isEmpty, type LockSteps, unlock } from './lock.ts';
import type { Reader, RmapLock } from './state.ts';

/** Whether the list whose word is in memory has an SPTE. */
export function holdsSpte({ rmap, desc }: RmapLock, list: Head, spte: Spte): boolean {
  return listHolds({ rmap_head: rmap, desc }, list, spte);
}

function kvm_rmap_age_gfn_range(_: RmapLock, reader: Reader, head: Head): void {
  beginLocking(reader, head);
  reader.val.spte = NULL;
  reader.val.desc = NULL;
  reader.val.locked = false;
  reader.spte = NULL;
  reader.iter.desc = NULL;
  reader.preempted = false;
}
function preempt_disable(): void {}
function preempt_enable(): void {}

export function wordOfReader(_: RmapLock, { val }: Reader) {
  return val;
}

/** The end of `kvm_rmap_lock_readonly()`: nothing was locked, and nothing is to be unlocked. */
export function done_if_empty(_: RmapLock, { val }: Reader): Next {
  if (isEmpty(val)) return exit;
}
export function rmap_get_first(s: RmapLock, reader: Reader): void {
  const word = s.rmap[reader.rmap];
  reader.spte = firstEntry(s, word, reader);
  s.spte.forEach((_, spte) => {
    reader.ghost.unvisited[spte] = holdsSpte(s, reader.rmap, spte) ? 1 : 0;
  });
}
/** `for_each_rmap_spte_lockless()` reads each, and passes over one that has been zapped. */
export function read_spte(s: RmapLock, reader: Reader): Next {
  const { spte } = reader;
  if (spte === NULL) return rmap_get_next;
  reader.ghost.unvisited[spte] = 0;
  if (!s.spte[spte].present) return rmap_get_next;
}
/** In `kvm_rmap_age_gfn_range()`: an exchange, which leaves an SPTE alone that is not what was read. */
export function age_spte(): void {}
export function rmap_get_next(s: RmapLock, reader: Reader): Next {
  reader.spte = nextEntry(s, reader);
  if (reader.spte !== NULL) return read_spte;
}
/** What it stores is what it has read. */
export function kvm_rmap_unlock_readonly(s: RmapLock, reader: Reader): void {
  unlock(s, reader, reader.val);
}

export type ReaderList = readonly Item<RmapLock, Reader, never>[];

export const visit: ReaderList = [rmap_get_first, read_spte, age_spte, rmap_get_next];
export const walk: ReaderList = [done_if_empty, ...visit, kvm_rmap_unlock_readonly];
export const start = forAny(Head, kvm_rmap_age_gfn_range);

export function ageing(lock: LockSteps<Reader>, walk: ReaderList): ReaderList {
  return [start, preempt_disable, [lock, ...walk], preempt_enable];
}

// What nobody should do.

/** In place of the exchange: the SPTE is as it was read, but for its A bit. */
export function store_spte(s: RmapLock, { spte }: Reader): void {
  s.spte[spte as Spte].present = true;
}

/** `unsigned int`, where it should be `unsigned long`. */
export function val_in_32_bits(s: RmapLock, { val }: Reader): void {
  if (val.spte !== NULL && s.spte[val.spte].at_4_gib === 1) val.spte = NULL;
}

/** The end of an interrupt: the CPU may be given to another task. */
export function preempt_schedule_irq(_: RmapLock, reader: Reader): void {
  reader.preempted = choose(2) === 1;
}
export function scheduled_again(_: RmapLock, reader: Reader): void {
  reader.preempted = false;
}
