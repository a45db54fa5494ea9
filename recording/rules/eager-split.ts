/** Splitting huge pages before the guest writes them: what is filled when, what a split takes, and what it leaves. */
import type { TraceEvent } from '../events.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import { DIRECT_MAP, type Memory, PT_PAGE_SIZE_MASK } from './memory.ts';

const objects = {
  name: 'objects of a cache',
  sentence: 'a cache has what top-ups put in and allocations have not taken; none is taken from an empty one',
} as const satisfies Rule;

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

const faultsTopUp = {
  name: 'topped up to fault',
  sentence:
    "a fault first tops up its vCPU's caches, in the order of struct kvm_vcpu_arch; shadowed_info where it shadows",
} as const satisfies Rule;

export const splitRules = [objects, toppedUp, faultsTopUp, whyDropped, enough, children, flushedOnce];

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

interface Cache {
  left: number;
  readonly capacity: number;
  readonly min: number;
}

interface Thread {
  topups: Named<'cache_topup'>[];
  vcpuTopups: Named<'cache_topup'>[];
  /** A reschedule was due at the last event under mmu_lock. */
  resched: boolean;
  page?: Named<'kvm_mmu_get_page'>;
  adds: Named<'rmap_add'>[];
  dropped: Named<'drop_spte'>[];
  linked: Named<'list_add'>[];
  flushes: number;
  tdp: boolean;
  /** Splitting is under way: since switching on, or the CLEAR of an initially-set log. */
  walking: boolean;
}

/** SPTEs in a page table, and the descriptors that a split may need. */
const SPTE_ENT_PER_PAGE = 512;
const SPLIT_DESC_CACHE_MIN_NR_OBJECTS = SPTE_ENT_PER_PAGE + 1;
const SPLIT_DESC_CACHE_CAPACITY = SPLIT_DESC_CACHE_MIN_NR_OBJECTS + 40;
const KVM_ARCH_NR_OBJS_PER_MEMORY_CACHE = 40;
/** A vCPU's descriptors are topped up below 14: a way down of five levels, and eight prefetched. */
const VCPU_DESCRIPTORS = 14;
const EAGAIN = 11;
/** The caches of a vCPU stand one after the other: pte_list_desc, shadow_page, shadowed_info, page_header. */
const KVM_MMU_MEMORY_CACHE_BYTES = 40n;

/** The memory caches, and every huge page that is split. */
export function checkSplits(ledger: Ledger, memory: Memory): Checker {
  const caches = new Map<bigint, Cache>();
  const threads = new Map<string, Thread>();
  const nested = new Set<string>();
  let topupsTraced = false;
  return {
    take(event) {
      const thread = threads.get(event.pid) ?? fresh(false);
      threads.set(event.pid, thread);
      if (event.name !== 'cache_topup' && thread.vcpuTopups.length > 0) topUps(event, thread);
      switch (event.name) {
        case 'kvm_exit':
          if (event.reason === 'vmrun') nested.add(event.pid);
          if (event.reason === 'hypercall') nested.delete(event.pid);
          break;
        case 'MARK':
          if (/^PHASE .*_untraced$/.test(event.words)) caches.clear();
          threads.set(event.pid, fresh(false));
          break;
        case 'split_pages':
        case 'enable_log_mask':
          threads.set(event.pid, fresh(true));
          break;
        case 'cache_topup':
          topup(event, thread);
          break;
        case 'cache_alloc':
          takes(event);
          break;
        case 'kvm_mmu_get_page':
          thread.page = event;
          thread.adds = [];
          if (thread.walking && !event.role.includes('w-') && splitCaches().length > 0) begins(event);
          break;
        case 'kvm_mmu_set_spte':
          delete thread.page;
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
        case 'kvm_mmu_split_huge_page':
          if (event.errno === 0) split(event, thread);
          else retry(event, thread);
          threads.set(event.pid, fresh(true));
          break;
        default:
      }
      const now = threads.get(event.pid);
      if (now !== undefined && event.depth > 0) now.resched = event.resched;
    },
  };

  function fresh(walking: boolean): Thread {
    return {
      topups: [],
      vcpuTopups: [],
      resched: false,
      adds: [],
      dropped: [],
      linked: [],
      flushes: 0,
      tdp: false,
      walking,
    };
  }

  function splitCaches(): Cache[] {
    return [...caches.values()].filter(({ min }) => min === SPLIT_DESC_CACHE_MIN_NR_OBJECTS || min === 1);
  }

  function topup(event: Named<'cache_topup'>, thread: Thread): void {
    topupsTraced = true;
    const { mc, capacity, min, mc_capacity, nobjs } = event;
    const cache = caches.get(mc);
    if (cache !== undefined) {
      ledger.same(objects, event, 'nobjs', cache.left, nobjs);
      ledger.same(objects, event, 'capacity', cache.capacity, capacity);
      ledger.same(objects, event, 'min', cache.min, min);
    }
    ledger.same(objects, event, 'mc_capacity', cache?.capacity ?? mc_capacity, mc_capacity);
    caches.set(mc, { left: nobjs < min ? capacity : nobjs, capacity, min });
    if (!thread.walking) {
      thread.vcpuTopups.push(event);
      return;
    }
    thread.topups.push(event);
    const [of, least] =
      thread.topups.length === 1
        ? [SPLIT_DESC_CACHE_CAPACITY, SPLIT_DESC_CACHE_MIN_NR_OBJECTS]
        : [KVM_ARCH_NR_OBJS_PER_MEMORY_CACHE, 1];
    ledger.same(toppedUp, event, 'capacity', of, capacity);
    ledger.same(toppedUp, event, 'min', least, min);
  }

  function topUps(event: TraceEvent, thread: Thread): void {
    const base = thread.vcpuTopups[0]?.mc ?? 0n;
    const places = thread.vcpuTopups.map(({ mc }) => (mc - base) / KVM_MMU_MEMORY_CACHE_BYTES);
    ledger.same(faultsTopUp, event, 'caches', nested.has(event.pid) ? '0 1 2 3' : '0 1 3', places.join(' '));
    thread.vcpuTopups = [];
  }

  function takes(event: Named<'cache_alloc'>): void {
    const { mc, mc_capacity, nobjs } = event;
    const cache = caches.get(mc);
    const left = cache?.left ?? nobjs;
    // where top-ups are not among the probes, one may have been in between
    const refilled = !topupsTraced && left < VCPU_DESCRIPTORS && nobjs === mc_capacity;
    ledger.same(objects, event, 'nobjs', refilled ? nobjs : left, nobjs);
    ledger.same(objects, event, 'mc_capacity', cache?.capacity ?? mc_capacity, mc_capacity);
    ledger.same(objects, event, 'none left', false, nobjs <= 0);
    caches.set(mc, { left: nobjs - 1, capacity: mc_capacity, min: cache?.min ?? 0 });
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
