/** Splitting huge pages before the guest writes them: what is filled when, what a split takes, and what it leaves. */
import type { TraceEvent } from '../events.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import { DIRECT_MAP, type Memory, PT_PAGE_SIZE_MASK, type TracedCache } from './memory.ts';

const toppedUp = {
  name: 'topped up to capacity',
  sentence: 'the split caches are topped up with minimum 513 of 553 descriptors and 1 of 40 of each kind of page',
} as const satisfies Rule;

const whyDropped = {
  name: 'mmu_lock dropped to split',
  sentence:
    'mmu_lock is dropped, all three caches topped up and the walk restarted (-EAGAIN) if one is below its minimum, or to reschedule',
} as const satisfies Rule;

const enough = {
  name: 'enough to split',
  sentence: 'a split begins with at least 513 descriptors and one page of each kind',
} as const satisfies Rule;

const children = {
  name: 'children of a split',
  sentence:
    'a new page table gets 512 small SPTEs in order, each in the rmap of its gfn; one that exists is linked as it is',
} as const satisfies Rule;

const flushedOnce = {
  name: 'each split flushes',
  sentence: 'the huge SPTE is dropped, TLBs are flushed once, and the table is linked in its place',
} as const satisfies Rule;

export const splitRules = [toppedUp, whyDropped, enough, children, flushedOnce];

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

/** What a thread has done for the huge page that it splits next, since switching on, or a CLEAR, has begun. */
interface Thread {
  topups: Named<'cache_topup'>[];
  /** A reschedule was due at the last event under mmu_lock. */
  resched: boolean;
  page?: Named<'kvm_mmu_get_page'>;
  adds: Named<'rmap_add'>[];
  dropped: Named<'drop_spte'>[];
  linked: Named<'list_add'>[];
  flushes: number;
  tdp: boolean;
}

/** SPTEs in a page table, and the descriptors that a split may need. */
const SPTE_ENT_PER_PAGE = 512;
const SPLIT_DESC_CACHE_MIN_NR_OBJECTS = SPTE_ENT_PER_PAGE + 1;
const SPLIT_DESC_CACHE_CAPACITY = SPLIT_DESC_CACHE_MIN_NR_OBJECTS + 40;
const KVM_ARCH_NR_OBJS_PER_MEMORY_CACHE = 40;
const EAGAIN = 11;

/** Every huge page that is split. */
export function checkSplits(ledger: Ledger, memory: Memory): Checker {
  const threads = new Map<string, Thread>();
  return {
    take(event) {
      const { pid } = event;
      const thread = threads.get(pid);
      if (event.name === 'MARK') threads.delete(pid);
      else if (event.name === 'split_pages' || event.name === 'enable_log_mask') threads.set(pid, fresh());
      else if (event.name === 'kvm_mmu_split_huge_page') {
        if (event.errno === 0) split(event, thread ?? fresh());
        else retry(event, thread ?? fresh());
        threads.set(pid, fresh());
      } else if (thread !== undefined) collect(event, thread);
      const now = threads.get(pid);
      if (now !== undefined && event.depth > 0) now.resched = event.resched;
    },
  };

  function collect(event: TraceEvent, thread: Thread): void {
    switch (event.name) {
      case 'cache_topup':
        topup(event, thread);
        break;
      case 'kvm_mmu_get_page':
        thread.page = event;
        thread.adds = [];
        begins(event);
        break;
      case 'kvm_tdp_mmu_spte_changed':
        thread.tdp = true;
        break;
      case 'rmap_add':
        thread.adds.push(event);
        break;
      case 'drop_spte':
        thread.dropped.push(event);
        break;
      case 'list_add':
        if (thread.adds.at(-1)?.spte !== event.spte) thread.linked.push(event);
        break;
      case 'flush_all':
        thread.flushes += 1;
        break;
      default:
    }
  }

  function fresh(): Thread {
    return { topups: [], resched: false, adds: [], dropped: [], linked: [], flushes: 0, tdp: false };
  }

  function splitCaches(): TracedCache[] {
    return [...memory.caches.values()].filter(({ min }) => min === SPLIT_DESC_CACHE_MIN_NR_OBJECTS || min === 1);
  }

  function topup(event: Named<'cache_topup'>, thread: Thread): void {
    thread.topups.push(event);
    const [of, least] =
      thread.topups.length === 1
        ? [SPLIT_DESC_CACHE_CAPACITY, SPLIT_DESC_CACHE_MIN_NR_OBJECTS]
        : [KVM_ARCH_NR_OBJS_PER_MEMORY_CACHE, 1];
    ledger.same(toppedUp, event, 'capacity', of, event.capacity);
    ledger.same(toppedUp, event, 'min', least, event.min);
  }

  /** What the page of a split may already have taken is no more than the page itself. */
  function begins(event: Named<'kvm_mmu_get_page'>): void {
    const taken = event.found === 'new' ? 1 : 0;
    for (const { left, min } of splitCaches()) {
      const had = min === 1 ? left + taken : left;
      ledger.check(
        enough,
        event,
        had >= min,
        () => `at least ${min} objects`,
        () => `${had}`,
      );
    }
  }

  function retry(event: Named<'kvm_mmu_split_huge_page'>, { topups, resched }: Thread): void {
    ledger.same(whyDropped, event, 'errno', -EAGAIN, event.errno);
    ledger.same(whyDropped, event, 'caches topped up', 3, topups.length);
    const short = topups.some(({ nobjs, min }) => nobjs < min);
    ledger.check(
      whyDropped,
      event,
      short || resched,
      () => 'a cache below its minimum, or a reschedule due',
      () => 'neither',
    );
  }

  function split(event: Named<'kvm_mmu_split_huge_page'>, thread: Thread): void {
    const { page, adds, dropped, linked, flushes, tdp, topups } = thread;
    ledger.same(whyDropped, event, 'caches topped up', 0, topups.length);
    ledger.same(children, event, 'gfn of the page table', event.gfn, page?.gfn ?? -1n);
    ledger.same(children, event, 'level', event.level - 1, page?.level ?? 0);
    if (tdp) {
      for (let i = 0n; i < SPTE_ENT_PER_PAGE; i += 1n) memory.sptes.set(`1:${event.gfn + i}`, child(event.spte, i));
      return;
    }
    ledger.same(children, event, 'rmap adds', page?.found === 'new' ? SPTE_ENT_PER_PAGE : 0, adds.length);
    const table = adds[0]?.spte ?? 0n;
    for (const [i, add] of adds.entries()) {
      ledger.same(children, add, 'gfn', event.gfn + BigInt(i), add.gfn);
      ledger.same(children, add, 'spte', table + 8n * BigInt(i), add.spte);
      memory.sptes.set(add.spte, child(event.spte, BigInt(i)));
    }
    ledger.same(flushedOnce, event, 'flushes', 1, flushes);
    ledger.same(
      flushedOnce,
      event,
      'the huge SPTE dropped',
      event.spte,
      dropped.length === 1 ? (dropped[0]?.old ?? 0n) : 0n,
    );
    const place = dropped[0]?.sptep ?? DIRECT_MAP;
    ledger.check(
      flushedOnce,
      event,
      linked.length === 1 && linked[0]?.spte === place,
      () => `the table linked at ${hex(place)}`,
      () => linked.map(({ text }) => text).join(', ') || 'no link',
    );
  }
}

/** `make_huge_page_split_spte`: the same rights and dirtiness, one frame further each. */
function child(huge: bigint, index: bigint): bigint {
  return (huge & ~PT_PAGE_SIZE_MASK) + (index << 12n);
}
