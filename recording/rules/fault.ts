/** Faults: which gfn, which page, in which order the SPTE is written, and when the page is marked dirty. */
import type { TraceEvent } from '../events.ts';
import type { Checker, Ledger, Rule } from './ledger.ts';
import {
  DIRECT_MAP,
  type Memory,
  MMU_WRITEABLE,
  pfnOf,
  PT_PAGE_SIZE_MASK,
  PT_PRESENT_MASK,
  PT_WRITABLE_MASK,
} from './memory.ts';

const slowPath = {
  name: 'slow path',
  sentence:
    'a fault asks for a gfn, writes an SPTE of its page, reports it, and only then adds it to the rmap of that gfn',
} as const satisfies Rule;

const dirtyFirst = {
  name: 'dirty before writable',
  sentence:
    'in a logged slot the page is marked dirty directly before its SPTE becomes writable; nowhere else by a fault',
} as const satisfies Rule;

const fastPath = {
  name: 'fast path',
  sentence: 'without mmu_lock an SPTE gets W and nothing else, if it was MMU-writable, and the page is marked dirty',
} as const satisfies Rule;

export const faultRules = [slowPath, dirtyFirst, fastPath];

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

interface Thread {
  fault?: Named<'kvm_page_fault'>;
  /** Inside a nested guest, whose faults have addresses of its own. */
  nested?: boolean;
  requested?: Named<'kvm_mmu_spte_requested'>;
  asked?: boolean;
  tried?: bigint;
  /** A fault has changed an entry of the TDP MMU, and does nothing before it reports that. */
  toReport?: Named<'kvm_tdp_mmu_spte_changed'>;
  /** An SPTE that maps anew, and is added to its rmap before anything but a flush. */
  toAdd?: Named<'kvm_mmu_set_spte'>;
  dirty?: Named<'mark_dirty'>;
  update?: { readonly sptep?: bigint; readonly old: bigint; readonly now: bigint };
  set?: Named<'kvm_mmu_set_spte'>;
  level?: number;
}

/** Every fault from its exit to its rmap. */
export function checkFaults(ledger: Ledger, memory: Memory): Checker {
  const threads = new Map<string, Thread>();
  /** Where the page tables of the TDP MMU are. */
  const tables = new Map<string, bigint>();
  return {
    take(event) {
      const thread = threads.get(event.pid) ?? {};
      threads.set(event.pid, thread);
      if (thread.toReport !== undefined) {
        ledger.same(slowPath, event, `report of ${thread.toReport.text}`, true, event.name === 'kvm_mmu_set_spte');
        delete thread.toReport;
      }
      if (thread.toAdd !== undefined && !event.name.startsWith('flush_')) {
        ledger.same(slowPath, event, `rmap_add of ${thread.toAdd.text}`, true, event.name === 'rmap_add');
        delete thread.toAdd;
      }
      switch (event.name) {
        case 'kvm_exit':
          if (event.reason === 'vmrun') thread.nested = true;
          if (event.reason === 'hypercall') thread.nested = false;
          break;
        case 'kvm_page_fault':
          threads.set(event.pid, { fault: event, nested: thread.nested === true });
          break;
        case 'kvm_mmu_get_page':
          tables.delete(`${event.level}:${event.gfn >> BigInt(9 * event.level)}`);
          break;
        case 'kvm_mmu_spte_requested':
          request(event, thread);
          break;
        case 'unsync_try':
          if (thread.fault !== undefined) ledger.same(slowPath, event, 'asked for before', true, thread.asked === true);
          if (thread.requested !== undefined) {
            ledger.same(slowPath, event, 'gfn', thread.requested.gfn, event.gfn);
            delete thread.requested;
          }
          thread.tried = event.gfn;
          break;
        case 'mark_dirty':
          marked(event, thread);
          break;
        case 'spte_update':
          thread.update = { sptep: event.sptep, old: event.old, now: event.new };
          break;
        case 'kvm_tdp_mmu_spte_changed':
          thread.update = { old: event.old, now: event.new };
          if (thread.tried === event.gfn && event.level === thread.level) thread.toReport = event;
          break;
        case 'kvm_mmu_set_spte':
          sets(event, thread);
          break;
        case 'rmap_add':
          maps(event, thread);
          break;
        case 'fast_page_fault':
          fixes(event, thread);
          break;
        default:
      }
    },
  };

  function request(event: Named<'kvm_mmu_spte_requested'>, thread: Thread): void {
    thread.requested = event;
    thread.asked = true;
    thread.level = event.level;
    if (thread.fault !== undefined && thread.nested === false && thread.fault.error_code >= 1n << 32n) {
      const gfn = (thread.fault.address >> 12n) & ~((1n << BigInt(9 * (event.level - 1))) - 1n);
      ledger.same(slowPath, event, 'gfn', gfn, event.gfn);
    }
  }

  function marked(event: Named<'mark_dirty'>, thread: Thread): void {
    if (event.from === 'make_spte') ledger.same(dirtyFirst, event, 'gfn', thread.tried ?? event.gfn, event.gfn);
    thread.dirty = event;
    const slot = memory.slotOf(event.gfn);
    ledger.check(
      dirtyFirst,
      event,
      slot !== undefined && (slot.address ?? event.slot) === event.slot,
      () => `a gfn of slot ${slot?.id ?? 'any'} at ${slot?.address?.toString(16)}`,
      () => event.text,
    );
    if (slot !== undefined) slot.address = event.slot;
  }

  function sets(event: Named<'kvm_mmu_set_spte'>, thread: Thread): void {
    const { update, tried } = thread;
    thread.set = event;
    if (update === undefined) return;
    const index = (event.gfn >> BigInt(9 * (event.level - 1))) & 511n;
    if (update.sptep === undefined) {
      const key = `${event.level}:${event.gfn >> BigInt(9 * event.level)}`;
      const table = tables.get(key) ?? event.at - 8n * index;
      tables.set(key, table);
      ledger.same(slowPath, event, 'at', table + 8n * index, event.at);
    } else ledger.same(slowPath, event, 'at', update.sptep, DIRECT_MAP | event.at);
    ledger.same(slowPath, event, 'spte', update.now, event.spte);
    if (update.sptep !== undefined && isNew(update)) thread.toAdd = event;
    if (tried !== undefined || (event.spte & ~update.old & PT_WRITABLE_MASK) !== 0n) {
      ledger.same(slowPath, event, 'gfn', tried ?? -1n, event.gfn);
    }
    const large = (event.spte & PT_PAGE_SIZE_MASK) !== 0n;
    ledger.same(slowPath, event, 'level', thread.level ?? (large ? event.level : 1), event.level);
    delete thread.level;
    const writable = (event.spte & PT_WRITABLE_MASK) !== 0n;
    const logged = memory.slotOf(event.gfn)?.logged === true;
    const dirtied = thread.dirty?.from === 'make_spte' && thread.dirty.gfn === event.gfn;
    ledger.same(dirtyFirst, event, 'marked dirty', writable && logged, dirtied);
    delete thread.dirty;
    delete thread.tried;
  }

  function maps(event: Named<'rmap_add'>, thread: Thread): void {
    const { set, update } = thread;
    if (set === undefined) return;
    ledger.same(slowPath, event, 'gfn', set.gfn, event.gfn);
    ledger.same(slowPath, event, 'spte', DIRECT_MAP | set.at, event.spte);
    if (update !== undefined) ledger.same(slowPath, event, 'a new mapping', true, isNew(update));
    delete thread.set;
  }

  function fixes(event: Named<'fast_page_fault'>, { dirty }: Thread): void {
    const dirtied = dirty !== undefined && dirty.from !== 'make_spte';
    ledger.same(fastPath, event, 'marked dirty', event.fixed === 1, dirtied);
    if (event.fixed !== 1) return;
    ledger.same(fastPath, event, 'spurious', 0, event.spurious);
    ledger.same(fastPath, event, 'gfn', event.gva >> 12n, dirty?.gfn ?? -1n);
    ledger.same(fastPath, event, 'new', event.old | PT_WRITABLE_MASK, event.new);
    ledger.same(fastPath, event, 'MMU-writable', true, (event.old & MMU_WRITEABLE) !== 0n);
  }
}

/** Whether an SPTE begins to map a page, or maps another one. */
function isNew({ old, now }: { readonly old: bigint; readonly now: bigint }): boolean {
  return (old & PT_PRESENT_MASK) === 0n || pfnOf(old) !== pfnOf(now);
}
