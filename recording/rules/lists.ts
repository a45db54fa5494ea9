/** The lists of SPTEs, run through a model's steps as the events tell what was added and removed. */
import type { TraceEvent } from '../events.ts';
import type { ListState } from '../list-state.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import type { Memory } from './memory.ts';

const asTheModel = {
  name: 'lists as the model',
  sentence: "each list has the length, the entries and the head that the model's steps make of what came before",
} as const satisfies Rule;

const descriptors = {
  name: 'descriptors of a list',
  sentence:
    'pte_list_add takes a descriptor from the cache exactly when the model does: for a second entry, or when it is full',
} as const satisfies Rule;

export const listRules = [asTheModel, descriptors];

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;
type Call = Named<'list_add' | 'list_rm' | 'list_zap_all'>;

interface Thread {
  call?: Call;
  /** What the model's pte_list_add returned, and whether it took a descriptor. */
  added?: { readonly returned: number; readonly took: boolean };
  /** The kernel has taken one. */
  allocated?: boolean;
}

/** Every call of the list functions: before, what it returns, and after. */
export function checkLists(ledger: Ledger, memory: Memory): Checker {
  const threads = new Map<string, Thread>();
  const heads = new Map<bigint, { readonly model: string; readonly kernel: bigint }>();
  return {
    take(event) {
      const thread = threads.get(event.pid) ?? {};
      threads.set(event.pid, thread);
      switch (event.name) {
        case 'list_add':
        case 'list_rm':
        case 'list_zap_all':
          threads.set(event.pid, begin(event));
          break;
        case 'rmap_wp':
          if (isKnown(event)) looks(event, event.head, event.val);
          break;
        case 'cache_alloc':
          thread.allocated = true;
          break;
        case 'list_add_ret':
          if (thread.added !== undefined) {
            ledger.same(asTheModel, event, 'ret', thread.added.returned, event.ret);
            ledger.same(descriptors, event, 'a descriptor taken', thread.added.took, thread.allocated === true);
          }
          leave(event, thread);
          break;
        case 'list_rm_ret':
          leave(event, thread);
          break;
        case 'list_zap_all_ret':
          if (thread.call !== undefined) {
            ledger.same(asTheModel, event, 'ret', Number(thread.call.val !== 0n), event.ret);
          }
          break;
        default:
      }
    },
  };

  function begin(event: Call): Thread {
    const { head } = event;
    const list = hex(head);
    if (!isKnown(event)) return { call: event };
    looks(event, head, event.val, event.len ?? -1);
    if (event.name === 'list_add') {
      const before = descriptorsOf(memory.lists.state(list));
      const returned = memory.lists.add(list, hex(event.spte));
      return { call: event, added: { returned, took: descriptorsOf(memory.lists.state(list)) > before } };
    }
    if (event.name === 'list_zap_all') memory.lists.zapAll(list);
    else {
      const holds = memory.entries(head)?.includes(event.spte) === true;
      ledger.check(
        asTheModel,
        event,
        holds,
        () => 'an entry of the list',
        () => `${hex(event.spte)}, which is none`,
      );
      if (holds) memory.lists.remove(list, hex(event.spte));
    }
    return { call: event };
  }

  /** The list after the call, where the probe of the return reads it again. */
  function leave(event: Named<'list_add_ret' | 'list_rm_ret'>, { call }: Thread): void {
    if (call === undefined || event.head === undefined || event.val === undefined || !isKnown(call)) return;
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
}

function descriptorsOf(state: ListState): number {
  return state.k === 'many' ? state.d.length : 0;
}
