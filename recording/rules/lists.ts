/** The lists of SPTEs, run through a model's steps as the events tell what was added and removed. */
import type { TraceEvent } from '../events.ts';
import type { ListState } from '../list-state.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import { type Memory, PT_PRESENT_MASK } from './memory.ts';

const asTheModel = {
  name: 'lists as the model',
  sentence: "each list has the length, the entries and the head that the model's steps make of what came before",
} as const satisfies Rule;

const descriptors = {
  name: 'descriptors of a list',
  sentence:
    'pte_list_add takes a descriptor from the cache exactly when the model does: for a second entry, or when it is full',
} as const satisfies Rule;

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

export const listRules = [asTheModel, descriptors, rightRmap, leaves, recycled, notRecycled];

/** RMAP_RECYCLE_THRESHOLD */
const RMAP_RECYCLE_THRESHOLD = 1000;

type Call = Extract<TraceEvent, { name: 'list_add' | 'list_rm' | 'list_zap_all' }>;

interface Thread {
  rmapAdd?: Extract<TraceEvent, { name: 'rmap_add' }>;
  call?: Call;
  /** What the model's call returned, and whether it took a descriptor. */
  returned?: number;
  took?: boolean;
  allocated?: boolean;
  dropped?: Extract<TraceEvent, { name: 'drop_spte' }>;
  /** Huge SPTEs' small ones are being cleared, without drop_spte. */
  collapsing?: boolean;
  cleared?: Extract<TraceEvent, { name: 'spte_clear' }>;
  /** Entries of the list being zapped whose SPTEs have not been cleared yet. */
  zapping?: bigint[];
  /** The last event, if an rmap has grown by it. */
  grown?: { readonly head: bigint; readonly ret: number };
}

/** Every call of the list functions, and of those that call them. */
export function checkLists(ledger: Ledger, memory: Memory): Checker {
  const threads = new Map<string, Thread>();
  const rmaps = new Set<bigint>();
  const heads = new Map<bigint, { readonly model: string; readonly kernel: bigint }>();
  return {
    take(event) {
      const thread = threads.get(event.pid) ?? {};
      threads.set(event.pid, thread);
      if (thread.cleared !== undefined) clearedBefore(event, thread);
      else if (event.name === 'list_rm' && rmaps.has(event.head)) {
        ledger.same(leaves, event, 'SPTE cleared before', event.spte, 0n);
      }
      if (thread.grown !== undefined) grownBefore(event, thread.grown);
      delete thread.grown;
      switch (event.name) {
        case 'MARK':
        case 'zap_collapsible':
          thread.collapsing = event.name === 'zap_collapsible';
          break;
        case 'rmap_add':
          thread.rmapAdd = event;
          break;
        case 'drop_spte':
          thread.dropped = event;
          break;
        case 'list_add':
          if (thread.rmapAdd !== undefined) rmaps.add(event.head);
          isRight(event, thread);
          begin(event, thread);
          break;
        case 'list_rm':
        case 'list_zap_all':
          begin(event, thread);
          break;
        case 'rmap_wp':
          if (isKnown(event)) looks(event, event.head, event.val);
          break;
        case 'cache_alloc':
          thread.allocated = true;
          break;
        case 'list_add_ret':
        case 'list_rm_ret':
        case 'list_zap_all_ret':
          leave(event, thread);
          break;
        case 'spte_clear':
          if (thread.zapping === undefined && thread.collapsing !== true) {
            ledger.same(leaves, event, 'dropped before', thread.dropped?.sptep ?? 0n, event.sptep);
            ledger.same(leaves, event, 'old', thread.dropped?.old ?? 0n, event.old);
          }
          delete thread.dropped;
          thread.cleared = event;
          break;
        default:
      }
    },
  };

  function isRight(event: Extract<Call, { name: 'list_add' }>, thread: Thread): void {
    const { rmapAdd } = thread;
    if (rmapAdd === undefined) return;
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

  function begin(event: Call, thread: Thread): void {
    thread.call = event;
    thread.allocated = false;
    delete thread.returned;
    const { head } = event;
    const list = hex(head);
    if (!isKnown(event)) return;
    looks(event, head, event.val, event.len ?? -1);
    if (event.name === 'list_add') {
      const before = memory.lists.state(list);
      thread.returned = memory.lists.add(list, hex(event.spte));
      thread.took = descriptorsOf(memory.lists.state(list)) > descriptorsOf(before);
    } else if (event.name === 'list_rm') {
      const holds = memory.entries(head)?.includes(event.spte) === true;
      ledger.check(
        asTheModel,
        event,
        holds,
        () => 'an entry of the list',
        () => `${hex(event.spte)}, which is none`,
      );
      if (holds) memory.lists.remove(list, hex(event.spte));
    } else {
      thread.zapping = memory.entries(head) ?? [];
      memory.lists.zapAll(list);
    }
  }

  function leave(
    event: Extract<TraceEvent, { name: 'list_add_ret' | 'list_rm_ret' | 'list_zap_all_ret' }>,
    thread: Thread,
  ) {
    const { call } = thread;
    if (call === undefined) return;
    delete thread.call;
    if (event.name === 'list_add_ret') {
      ledger.same(rightRmap, event, 'added by rmap_add', thread.rmapAdd !== undefined, event.by === '__rmap_add');
      const { returned, took, allocated, rmapAdd } = thread;
      delete thread.rmapAdd;
      if (rmapAdd !== undefined) thread.grown = { head: call.head, ret: event.ret };
      if (returned === undefined) return;
      ledger.same(asTheModel, event, 'ret', returned, event.ret);
      ledger.same(descriptors, event, 'a descriptor taken', took === true, allocated === true);
    }
    if (event.name === 'list_zap_all_ret') {
      const some = call.val !== 0n;
      ledger.same(asTheModel, event, 'ret', Number(some), event.ret);
      ledger.same(leaves, event, 'entries not cleared', 0, thread.zapping?.length ?? 0);
      delete thread.zapping;
      return;
    }
    if (event.head === undefined || event.val === undefined || !isKnown(call)) return;
    ledger.same(asTheModel, event, 'head', call.head, event.head);
    looks(event, call.head, event.val, event.len ?? -1);
  }

  /** Whether the model has the list; it learns it from an empty one and from one entry. */
  function isKnown({ head, val }: { readonly head: bigint; readonly val: bigint }): boolean {
    if (!memory.lost || memory.known.has(head)) return true;
    if ((val & 1n) === 1n) return false;
    memory.known.add(head);
    memory.lists.load(hex(head), val === 0n ? { k: 'empty' } : { k: 'one', s: hex(val) });
    return true;
  }

  /** The head word: empty, the SPTE itself, or the address of the first descriptor; and how long the list is, where that is told. */
  function looks(event: TraceEvent, head: bigint, val: bigint, len?: number): void {
    const state = memory.lists.state(hex(head));
    if (state.k !== 'many') {
      heads.delete(head);
      ledger.same(asTheModel, event, 'val', state.k === 'one' ? BigInt(state.s) : 0n, val);
      return;
    }
    const model = state.d[0]?.a ?? '';
    const paired = heads.get(head);
    const kernel = paired?.model === model ? paired.kernel : val;
    ledger.check(
      asTheModel,
      event,
      val === kernel && (val & 1n) === 1n,
      () => `val ${paired?.model === model ? hex(kernel) : 'of a descriptor'}`,
      () => hex(val),
    );
    heads.set(head, { model, kernel: val });
    if (len !== undefined) ledger.same(asTheModel, event, 'len', memory.lists.count(hex(head)), len);
  }

  function grownBefore(event: TraceEvent, { head, ret }: { head: bigint; ret: number }): void {
    const zapped = event.name === 'list_zap_all' && event.head === head;
    const long = ret > RMAP_RECYCLE_THRESHOLD;
    ledger.same(long ? recycled : notRecycled, event, `after ret=${ret}, zap of the list`, long, zapped);
  }

  function clearedBefore(event: TraceEvent, thread: Thread): void {
    const { cleared, zapping } = thread;
    delete thread.cleared;
    if (cleared === undefined) return;
    const present = (cleared.old & PT_PRESENT_MASK) !== 0n;
    if (zapping !== undefined) {
      const [next] = zapping;
      ledger.same(leaves, cleared, 'sptep', next ?? 0n, cleared.sptep);
      zapping.shift();
      return;
    }
    const removed = event.name === 'list_rm' && event.spte === cleared.sptep;
    ledger.same(leaves, cleared, 'removed from its rmap next', present, removed);
  }
}

function descriptorsOf(state: ListState): number {
  return state.k === 'many' ? state.d.length : 0;
}
