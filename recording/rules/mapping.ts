/** What an SPTE maps, and with which rights. */
import type { TraceEvent } from '../events.ts';
import type { Checker, Ledger, Rule } from './ledger.ts';
import { pfnOf, PT64_NX_MASK, PT_PRESENT_MASK, PT_USER_MASK, PT_WRITABLE_MASK } from './memory.ts';

const onePage = {
  name: 'one page for a gfn',
  sentence: 'a gfn keeps its page from fault to fault until the notifier takes it away or its slot changes',
} as const satisfies Rule;

const asShown = {
  name: 'rights as shown',
  sentence:
    'the rights that kvm_mmu_set_spte prints are those of the SPTE, and an rmap entry has the access of its SPTE',
} as const satisfies Rule;

export const mappingRules = [onePage, asShown];

type Named<N extends TraceEvent['name']> = Extract<TraceEvent, { name: N }>;

const ACC_EXEC_MASK = 1n << 0n;
const ACC_WRITE_MASK = 1n << 1n;
const ACC_USER_MASK = 1n << 2n;
const ACC_ALL = ACC_EXEC_MASK | ACC_WRITE_MASK | ACC_USER_MASK;

/** Every page that a fault asks for, and every SPTE that it writes. */
export function checkMappings(ledger: Ledger): Checker {
  const pages = new Map<bigint, bigint>();
  /** The SPTE that a thread has written last, and not added to an rmap yet. */
  const written = new Map<string, bigint>();
  return {
    take(event) {
      switch (event.name) {
        case 'MARK':
          if (/^SETSLOT |^PHASE/.test(event.words)) pages.clear();
          break;
        case 'unmap_gfn':
          for (const gfn of pages.keys()) if (gfn >= event.start && gfn < event.end) pages.delete(gfn);
          break;
        case 'kvm_page_fault':
          written.delete(event.pid);
          break;
        case 'kvm_mmu_spte_requested':
          maps(event, event.gfn, event.pfn);
          break;
        case 'kvm_mmu_set_spte':
          maps(event, event.gfn, pfnOf(event.spte));
          ledger.same(asShown, event, 'access', rightsOf(event.spte), event.access);
          written.set(event.pid, event.spte);
          break;
        case 'rmap_add':
          adds(event);
          break;
        default:
      }
    },
  };

  function maps(event: TraceEvent, gfn: bigint, pfn: bigint): void {
    ledger.same(onePage, event, 'pfn', pages.get(gfn) ?? pfn, pfn);
    pages.set(gfn, pfn);
  }

  function adds(event: Named<'rmap_add'>): void {
    const spte = written.get(event.pid);
    written.delete(event.pid);
    ledger.same(asShown, event, 'access above these three', 0n, event.access & ~ACC_ALL);
    if (spte === undefined) return;
    const [user, executable, writable] = [
      has(spte, PT_USER_MASK),
      !has(spte, PT64_NX_MASK),
      has(spte, PT_WRITABLE_MASK),
    ];
    ledger.same(asShown, event, 'user access', user, has(event.access, ACC_USER_MASK));
    ledger.same(asShown, event, 'exec access', executable, has(event.access, ACC_EXEC_MASK));
    ledger.same(asShown, event, 'write access', true, !writable || has(event.access, ACC_WRITE_MASK));
  }
}

/** As kvm_mmu_set_spte prints them. */
function rightsOf(spte: bigint): string {
  const shown: readonly (readonly [string, boolean])[] = [
    ['r', has(spte, PT_PRESENT_MASK)],
    ['w', has(spte, PT_WRITABLE_MASK)],
    ['x', !has(spte, PT64_NX_MASK)],
    ['u', has(spte, PT_USER_MASK)],
  ];
  return shown.map(([right, is]) => (is ? right : '-')).join('');
}

function has(value: bigint, bit: bigint): boolean {
  return (value & bit) !== 0n;
}
