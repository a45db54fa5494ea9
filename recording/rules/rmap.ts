/** Rmaps: which SPTE is added to which, and what becomes of an SPTE that is taken off. */
import type { TraceEvent } from '../events.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import { type Memory, PT_PRESENT_MASK } from './memory.ts';

const rightRmap = {
  name: 'the right rmap',
  sentence: 'an SPTE is added to the rmap of its gfn and level, and a list_add that is no rmap_add links a shadow page',
} as const satisfies Rule;

const leaves = {
  name: 'cleared, then removed',
  sentence: 'an SPTE that was present is dropped, cleared and then taken off its rmap, and one that was not is on none',
} as const satisfies Rule;

const recycled = {
  name: 'recycled when too long',
  sentence: 'after a pte_list_add that returned more than 1000 the whole rmap is zapped, the new SPTE too',
} as const satisfies Rule;

const notRecycled = {
  name: 'not recycled before',
  sentence: 'after a pte_list_add that returned no more than 1000 the rmap is not zapped',
} as const satisfies Rule;

export const rmapRules = [rightRmap, leaves, recycled, notRecycled];

const RMAP_RECYCLE_THRESHOLD = 1000;

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

interface Thread {
  rmapAdd?: Named<'rmap_add'>;
  /** The head that its pte_list_add is given. */
  head?: bigint;
  dropped?: Named<'drop_spte'>;
  /** Small SPTEs of a huge page are being cleared, without drop_spte. */
  collapsing?: boolean;
  cleared?: Named<'spte_clear'>;
  /** Entries of the list being zapped that have not been cleared yet; undefined of an unknown list. */
  zapping?: { readonly left: bigint[] | undefined };
  /** The last event, if an rmap has grown by it. */
  grown?: { readonly head: bigint; readonly ret: number };
}

/** Every addition to an rmap, and every SPTE that is cleared. Looks at lists before they are changed. */
export function checkRmaps(ledger: Ledger, memory: Memory): Checker {
  const threads = new Map<string, Thread>();
  const rmaps = new Set<bigint>();
  return {
    take(event) {
      const thread = threads.get(event.pid) ?? {};
      threads.set(event.pid, thread);
      afterClearing(event, thread);
      afterGrowing(event, thread);
      switch (event.name) {
        case 'MARK':
        case 'zap_collapsible':
          thread.collapsing = event.name === 'zap_collapsible';
          break;
        case 'rmap_add':
          thread.rmapAdd = event;
          break;
        case 'list_add':
          if (thread.rmapAdd === undefined) break;
          thread.head = event.head;
          rmaps.add(event.head);
          isRight(event, thread.rmapAdd);
          break;
        case 'list_add_ret':
          ledger.same(rightRmap, event, 'added by rmap_add', thread.rmapAdd !== undefined, event.by === '__rmap_add');
          if (thread.head !== undefined) thread.grown = { head: thread.head, ret: event.ret };
          delete thread.rmapAdd;
          delete thread.head;
          break;
        case 'drop_spte':
          thread.dropped = event;
          break;
        case 'spte_clear':
          clears(event, thread);
          break;
        case 'list_zap_all':
          thread.zapping = { left: memory.entries(event.head) };
          break;
        case 'list_zap_all_ret':
          ledger.same(leaves, event, 'entries not cleared', 0, thread.zapping?.left?.length ?? 0);
          delete thread.zapping;
          break;
        default:
      }
    },
  };

  function isRight(event: Named<'list_add'>, rmapAdd: Named<'rmap_add'>): void {
    ledger.same(rightRmap, event, 'spte', rmapAdd.spte, event.spte);
    const { gfn, base_gfn, rmap4k, rmap2m } = rmapAdd;
    const small = rmap4k + 8n * (gfn - base_gfn);
    const large = rmap2m + 8n * ((gfn >> 9n) - (base_gfn >> 9n));
    ledger.check(
      rightRmap,
      event,
      event.head === small || (event.head === large && (gfn & 511n) === 0n),
      () => `head ${hex(small)} or, of 2M, ${hex(large)}`,
      () => hex(event.head),
    );
    const slot = memory.slotOf(gfn);
    if (slot === undefined) return;
    ledger.same(rightRmap, rmapAdd, 'base_gfn', slot.gfn, base_gfn);
    ledger.same(rightRmap, rmapAdd, 'rmap4k', slot.rmap4k ?? rmap4k, rmap4k);
    ledger.same(rightRmap, rmapAdd, 'rmap2m', slot.rmap2m ?? rmap2m, rmap2m);
  }

  function clears(event: Named<'spte_clear'>, thread: Thread): void {
    const { dropped, zapping, collapsing } = thread;
    delete thread.dropped;
    if (zapping !== undefined) {
      ledger.same(
        leaves,
        event,
        'sptep',
        zapping.left === undefined ? event.sptep : (zapping.left.shift() ?? 0n),
        event.sptep,
      );
      return;
    }
    thread.cleared = event;
    if (collapsing === true) return;
    ledger.same(leaves, event, 'drop_spte before, of', event.sptep, dropped?.sptep ?? 0n);
    ledger.same(leaves, event, 'drop_spte before, old', event.old, dropped?.old ?? 0n);
  }

  function afterClearing(event: TraceEvent, thread: Thread): void {
    const { cleared } = thread;
    delete thread.cleared;
    if (cleared !== undefined) {
      const removed = event.name === 'list_rm' && event.spte === cleared.sptep;
      ledger.same(leaves, cleared, 'list_rm next', (cleared.old & PT_PRESENT_MASK) !== 0n, removed);
    } else if (event.name === 'list_rm' && rmaps.has(event.head)) {
      ledger.same(leaves, event, 'spte_clear before', true, false);
    }
  }

  function afterGrowing(event: TraceEvent, thread: Thread): void {
    if (thread.grown === undefined) return;
    const { head, ret } = thread.grown;
    delete thread.grown;
    const zapped = event.name === 'list_zap_all' && event.head === head;
    const long = ret > RMAP_RECYCLE_THRESHOLD;
    ledger.same(long ? recycled : notRecycled, event, `after ret=${ret}, zap of the list`, long, zapped);
  }
}
