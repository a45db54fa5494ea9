/** Memory caches: what is in them, who fills them, and what is taken from them. */
import type { TraceEvent } from '../events.ts';
import type { Checker, Ledger, Rule } from './ledger.ts';
import type { Memory } from './memory.ts';

const objects = {
  name: 'objects of a cache',
  sentence: 'a cache has what top-ups put in and allocations have not taken; none is taken from an empty one',
} as const satisfies Rule;

const faultsTopUp = {
  name: 'topped up to fault',
  sentence:
    "a fault first tops up its vCPU's caches, in the order of struct kvm_vcpu_arch; shadowed_info where it shadows",
} as const satisfies Rule;

export const cacheRules = [objects, faultsTopUp];

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

/** A vCPU's descriptors are topped up below 14: five to link a way down, eight to prefetch, and one. */
const VCPU_DESCRIPTORS = 14;
/** What the top-up of a fault asks for at least: descriptors, and pages. */
const vcpuMinima = [VCPU_DESCRIPTORS, 5];
/** The caches of a vCPU stand one after the other: pte_list_desc, shadow_page, shadowed_info, page_header. */
const KVM_MMU_MEMORY_CACHE_BYTES = 40n;

/** Every top-up, and every object that is taken. */
export function checkCaches(ledger: Ledger, memory: Memory): Checker {
  const { caches } = memory;
  const nested = new Set<string>();
  const topups = new Map<string, Named<'cache_topup'>[]>();
  let topupsTraced = false;
  /** Of what module parameters make of it; undefined when the trace does not say. */
  let shadowPaging: boolean | undefined;
  return {
    take(event) {
      if (event.name !== 'cache_topup') toppedUp(event);
      switch (event.name) {
        case 'MARK':
          if (event.words.startsWith('WORKLOAD ')) shadowPaging = event.words.endsWith('-npt0');
          break;
        case 'kvm_exit':
          if (event.reason === 'vmrun') nested.add(event.pid);
          if (event.reason === 'hypercall') nested.delete(event.pid);
          break;
        case 'cache_topup':
          topup(event);
          break;
        case 'cache_alloc':
          takes(event);
          break;
        default:
      }
    },
  };

  function topup(event: Named<'cache_topup'>): void {
    topupsTraced = true;
    const { pid, mc, capacity, min, mc_capacity, nobjs } = event;
    const cache = caches.get(mc);
    if (cache !== undefined) {
      ledger.same(objects, event, 'nobjs', cache.left, nobjs);
      ledger.same(objects, event, 'capacity', cache.capacity, capacity);
      ledger.same(objects, event, 'min', cache.min, min);
    }
    ledger.same(objects, event, 'mc_capacity', cache?.capacity ?? mc_capacity, mc_capacity);
    caches.set(mc, { left: nobjs < min ? capacity : nobjs, capacity, min });
    if (vcpuMinima.includes(min)) topups.set(pid, [...(topups.get(pid) ?? []), event]);
  }

  /** A fault, or the load of a root, has topped up what it may take. */
  function toppedUp(event: TraceEvent): void {
    const all = topups.get(event.pid);
    const [first] = all ?? [];
    if (all === undefined || first === undefined) return;
    topups.delete(event.pid);
    const places = all.map(({ mc }) => (mc - first.mc) / KVM_MMU_MEMORY_CACHE_BYTES);
    const shadows = nested.has(event.pid) || shadowPaging;
    if (shadows === undefined) return;
    ledger.same(faultsTopUp, event, 'caches', shadows ? '0 1 2 3' : '0 1 3', places.join(' '));
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
}
