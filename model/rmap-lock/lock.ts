/** `__kvm_rmap_lock()` and what unlocks: one list of steps for both kinds of lockers. */
import { exit, idle, type Next, NULL } from '#notation';
import type { Head } from '../kernel/pte-list-shape.ts';
import type { Holder, Locker, Reader, RmapLock, Word } from './state.ts';

type Step<Thread> = (s: RmapLock, thread: Thread) => Next;
export type LockSteps<Thread> = readonly Step<Thread>[];

export function isEmpty({ spte, desc }: Word): boolean {
  return spte === NULL && desc === NULL;
}

/** A load or a store of a whole word. */
export function copy(to: Word, from: Word): void {
  to.spte = from.spte;
  to.desc = from.desc;
  to.locked = from.locked;
}

export function beginLocking(locker: Locker, rmap: Head): void {
  locker.rmap = rmap;
  locker.ghost.has_lock = false;
  locker.ghost.paused = false;
  locker.ghost.paused_again = false;
}

/** How a word is locked. */
interface Locking {
  /** Whether the pause between two looks at a locked word comes before the second look. */
  readonly pauseFirst: boolean;
  /** Whether a word may be locked that has become empty. */
  readonly recheckEmpty: boolean;
  /** Whether the bit is set only if the word is still what was read. */
  readonly compare: boolean;
}

/** The steps that lock a word, given where the locker keeps what it reads. They return at once when the list is empty. */
export function kvmRmapLock<Thread extends Locker>(
  valOf: (s: RmapLock, thread: Thread) => Word,
  { pauseFirst = true, recheckEmpty = true, compare = true }: Partial<Locking> = {},
): LockSteps<Thread> {
  /** An empty list has nothing to walk, and entries are added only by whoever holds mmu_lock: the lock is elided. */
  function kvm_rmap_lock(s: RmapLock, thread: Thread): Next {
    const val = valOf(s, thread);
    copy(val, s.rmap[thread.rmap]);
    if (!val.locked) return isEmpty(val) ? exit : try_cmpxchg_acquire;
  }

  /** The loop while the bit is set: its condition, its two halves, and the way back. */
  function while_locked(s: RmapLock, thread: Thread): Next {
    if (!valOf(s, thread).locked) return try_cmpxchg_acquire;
  }

  function cpu_relax(s: RmapLock, { rmap, ghost }: Thread): void {
    const { locked } = s.rmap[rmap];
    ghost.paused_again = ghost.paused && !locked;
    ghost.paused = !locked;
  }

  function reread_val(s: RmapLock, thread: Thread): void {
    copy(valOf(s, thread), s.rmap[thread.rmap]);
  }

  function again(): Next {
    return while_locked;
  }

  /** The condition of the loop around that, whose first look is at the value: whoever held the lock may have emptied the list. */
  function try_cmpxchg_acquire(s: RmapLock, thread: Thread): Next {
    const val = valOf(s, thread);
    const now = s.rmap[thread.rmap];
    if (recheckEmpty && isEmpty(val)) return exit;
    if (compare && !same(val, now)) {
      copy(val, now);
      return while_locked;
    }
    copy(now, val);
    now.locked = true;
    thread.ghost.has_lock = true;
    othersPauseForAnother(s, thread.rmap);
  }

  const pause = pauseFirst ? [cpu_relax, reread_val] : [reread_val, cpu_relax];
  return [kvm_rmap_lock, while_locked, ...pause, again, try_cmpxchg_acquire];
}

function same(a: Word, b: Word): boolean {
  return a.spte === b.spte && a.desc === b.desc && a.locked === b.locked;
}

function othersPauseForAnother({ holder, reader }: RmapLock, rmap: Head): void {
  for (const locker of [...holder, ...reader]) {
    if (!idle(locker) && locker.rmap === rmap) locker.ghost.paused = false;
  }
}

/** A store of the word without the bit: a release. */
export function unlock(s: RmapLock, locker: Holder | Reader, val: Word): void {
  const word = s.rmap[locker.rmap];
  word.spte = val.spte;
  word.desc = val.desc;
  word.locked = false;
  locker.ghost.has_lock = false;
}
