/** The tables of the TDP MMU: how they are linked, walked and taken apart. */
import type { TraceEvent } from '../events.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import { PT_PAGE_SIZE_MASK, PT_PRESENT_MASK } from './memory.ts';

const linked = {
  name: 'TDP tables',
  sentence: 'an entry of the TDP MMU is in a table that is linked, or is taken out of one that is being removed',
} as const satisfies Rule;

const announced = {
  name: 'TDP tables announced',
  sentence: 'a table is made before it is linked, and its removal reported directly after the entry that linked it',
} as const satisfies Rule;

const ascending = {
  name: 'TDP walks go up',
  sentence: 'a walk meets the entries of a level by ascending gfn, and freezes each entry of a table that it removes',
} as const satisfies Rule;

export const tdpRules = [linked, announced, ascending];

type Change = Extract<TraceEvent, { name: 'kvm_tdp_mmu_spte_changed' }>;

interface Thread {
  /** The last page table made, and not linked yet. */
  made?: Extract<TraceEvent, { name: 'kvm_mmu_get_page' }>;
  /** An entry that linked a table, and does no more. */
  unlinked?: Change;
  /** The last change of the walk under way, and the last entry of each level that it froze. */
  last?: Change;
  readonly frozen: Map<number, { readonly gfn: bigint; readonly every: boolean }>;
}

const ROOT_LEVEL = 5;

/** Every change of an entry. */
export function checkTdp(ledger: Ledger): Checker {
  const threads = new Map<string, Thread>();
  const tables = new Map<string, 'linked' | 'removed'>();
  return {
    take(event) {
      const thread: Thread = threads.get(event.pid) ?? { frozen: new Map() };
      threads.set(event.pid, thread);
      const { unlinked } = thread;
      if (unlinked !== undefined) {
        delete thread.unlinked;
        const told = event.name === 'kvm_mmu_prepare_zap_page';
        const same = told && event.gfn === unlinked.gfn && event.level === unlinked.level - 1;
        ledger.same(announced, event, `page table of ${unlinked.text} zapped`, true, same);
      }
      if (event.name === 'kvm_mmu_get_page') thread.made = event;
      else if (event.name === 'kvm_tdp_mmu_spte_changed') change(event, thread);
      else if (event.name !== 'kvm_mmu_prepare_zap_page') {
        ends(event, thread);
        delete thread.last;
      }
    },
  };

  function change(event: Change, thread: Thread): void {
    const { level, gfn, old } = event;
    const span = spanOf(level);
    ledger.same(linked, event, 'address space', 0, event.as);
    ledger.same(linked, event, 'gfn within the entry', 0n, gfn % span);
    const present = (event.new & PT_PRESENT_MASK) !== 0n;
    if (level < ROOT_LEVEL) {
      const table = tables.get(keyOf(level, gfn));
      ledger.check(
        linked,
        event,
        table === 'linked' || (table === 'removed' && !present),
        () => (present ? 'a table that is linked' : 'a table'),
        () => table ?? 'none',
      );
    }
    if (isTable(level, event.new) && !isTable(level, old)) {
      const { made } = thread;
      ledger.same(announced, event, 'page table made for gfn', gfn, made?.gfn ?? -1n);
      ledger.same(announced, event, 'page table made of level', level - 1, made?.level ?? 0);
      delete thread.made;
      tables.set(keyOf(level - 1, gfn), 'linked');
    }
    if (isTable(level, old) && !present) {
      thread.unlinked = event;
      tables.set(keyOf(level - 1, gfn), 'removed');
    }
    if (isFrozen(event)) freezes(event, thread);
    else if (thread.last !== undefined && isWalk(event) && isWalk(thread.last) && level === thread.last.level) {
      const { last } = thread;
      ledger.check(
        ascending,
        event,
        gfn > last.gfn,
        () => `a gfn above ${hex(last.gfn)}`,
        () => hex(gfn),
      );
    }
    thread.last = event;
  }

  /** Whoever may meet others in the table freezes every entry of it, also the empty ones. */
  function freezes(event: Change, { frozen }: Thread): void {
    const { level, gfn, old } = event;
    const span = spanOf(level);
    const before = frozen.get(level);
    const inTable = before !== undefined && before.gfn / (span << 9n) === gfn / (span << 9n);
    const every = (old & PT_PRESENT_MASK) === 0n;
    if (inTable && (every || before.every)) ledger.same(ascending, event, 'gfn', before.gfn + span, gfn);
    else if (inTable) ledger.same(ascending, event, 'a gfn further on', true, gfn > before.gfn);
    else if (every) ledger.same(ascending, event, 'entry frozen first', 0n, (gfn / span) % 512n);
    frozen.set(level, { gfn, every: every || (inTable && before.every) });
  }

  function ends(event: TraceEvent, { frozen }: Thread): void {
    for (const [level, { gfn, every }] of frozen) {
      if (every) ledger.same(ascending, event, 'entry frozen last', 511n, (gfn / spanOf(level)) % 512n);
    }
    frozen.clear();
  }

  function keyOf(level: number, gfn: bigint): string {
    return `${level}:${gfn / (spanOf(level) << 9n)}`;
  }
}

/** A change that walks make, one entry after the other: rights or the whole entry go. */
function isWalk({ old, new: now }: Change): boolean {
  return (now & PT_PRESENT_MASK) === 0n || ((old & PT_PRESENT_MASK) !== 0n && (old & ~now) !== 0n);
}

function isFrozen({ new: now }: Change): boolean {
  return (now & PT_PRESENT_MASK) === 0n && (now & REMOVED_SPTE) === REMOVED_SPTE;
}

/** What stands in an entry that nobody may fill any more. */
export const REMOVED_SPTE = 0x5a0n;

function isTable(level: number, spte: bigint): boolean {
  return level > 1 && (spte & PT_PRESENT_MASK) !== 0n && (spte & PT_PAGE_SIZE_MASK) === 0n;
}

/** 4K pages under an entry. */
function spanOf(level: number): bigint {
  return 1n << BigInt(9 * (level - 1));
}
