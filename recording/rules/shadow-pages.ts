/** Shadow pages: made, found again, and zapped. */
import type { TraceEvent } from '../events.ts';
import type { Checker, Ledger, Rule } from './ledger.ts';

const foundAgain = {
  name: 'shadow pages found again',
  sentence: 'a shadow page exists exactly if it was made before, for that gfn, level and role, and not zapped since',
} as const satisfies Rule;

const protectedFirst = {
  name: 'page tables protected',
  sentence: 'a page table of the guest, of four levels, is write-protected when its shadow page is made',
} as const satisfies Rule;

const inSync = {
  name: 'in and out of sync',
  sentence: 'a shadow page goes out of sync and is synced in turn',
} as const satisfies Rule;

const allZapped = {
  name: 'all shadow pages zapped',
  sentence: 'when the VM has been destroyed every shadow page has been zapped',
} as const satisfies Rule;

const underTheRoot = {
  name: 'under the root',
  sentence: 'a shadow page that is linked into another is of a lower level than the root that its thread last loaded',
} as const satisfies Rule;

export const shadowPageRules = [foundAgain, protectedFirst, inSync, underTheRoot, allZapped];

/** A root above the guest's own levels shadows no page table. */
const GUEST_LEVELS = 4;

type Page = Extract<
  TraceEvent,
  { name: 'kvm_mmu_get_page' | 'kvm_mmu_prepare_zap_page' | 'kvm_mmu_sync_page' | 'kvm_mmu_unsync_page' }
>;

/** Every shadow page by what it stands for. */
export function checkShadowPages(ledger: Ledger): Checker {
  const pages = new Map<string, 'sync' | 'unsync'>();
  // found no more, though they still have to be zapped
  const obsolete = new Set<string>();
  /** Roots that were zapped while they were in use, and go when they are not. */
  const invalid = new Set<string>();
  const leaving = new Set<string>();
  const gotten = new Map<string, Extract<Page, { name: 'kvm_mmu_get_page' }>>();
  const roots = new Map<string, number>();
  const guarded = new Map<string, Extract<TraceEvent, { name: 'slot_gfn_wp' }>>();
  let lost = false;
  let tdp = false;
  return {
    take(event) {
      const got = gotten.get(event.pid);
      gotten.delete(event.pid);
      if (got !== undefined && event.name === 'tlb_current') roots.set(event.pid, got.level);
      const root = roots.get(event.pid);
      if (got !== undefined && root !== undefined && event.name === 'list_add') {
        ledger.same(underTheRoot, got, `below level ${root}`, true, got.level < root);
      }
      switch (event.name) {
        case 'MARK':
          if (event.words === 'VM_DESTROY_END' && !lost) {
            ledger.same(allZapped, event, 'pages', tdp ? 1 : 0, pages.size);
            ledger.same(allZapped, event, 'roots', 0, tdp ? 0 : invalid.size);
          }
          if (!/^PHASE .*_untraced$/.test(event.words)) break;
          lost = true;
          pages.clear();
          break;
        case 'kvm_mmu_zap_all_fast':
          for (const key of pages.keys()) obsolete.add(key);
          break;
        case 'kvm_tdp_mmu_spte_changed':
          // whose root goes without a word
          tdp = true;
          break;
        case 'slot_gfn_wp':
          guarded.set(event.pid, event);
          break;
        case 'kvm_mmu_get_page':
          gets(event);
          gotten.set(event.pid, event);
          break;
        case 'kvm_mmu_prepare_zap_page':
          if (event.role.includes('invalid')) {
            const root = keyOf({ ...event, role: event.role.replace('invalid ', '') });
            ledger.same(foundAgain, event, 'zapped before, while in use', true, invalid.delete(root) || lost || tdp);
            break;
          }
          known(event);
          if (event.root > 0) invalid.add(keyOf(event));
          if (event.sync === 'unsync') leaving.add(keyOf(event));
          else pages.delete(keyOf(event));
          break;
        case 'kvm_mmu_unsync_page':
          known(event);
          pages.set(keyOf(event), 'unsync');
          break;
        case 'kvm_mmu_sync_page':
          known(event);
          // a page that is zapped leaves the ones out of sync in the same way
          if (leaving.delete(keyOf(event))) pages.delete(keyOf(event));
          else pages.set(keyOf(event), 'sync');
          break;
        default:
      }
    },
    end(last) {
      if (!lost) ledger.same(inSync, last, 'zapped pages that are still out of sync', 0, leaving.size);
    },
  };

  function gets(event: Extract<Page, { name: 'kvm_mmu_get_page' }>): void {
    const key = keyOf(event);
    const direct = event.role.includes('direct');
    if (!lost)
      ledger.same(foundAgain, event, 'found', pages.has(key) && !obsolete.has(key) ? 'existing' : 'new', event.found);
    if (event.found === 'new') ledger.same(foundAgain, event, 'root count', 0, event.root);
    if (event.found === 'new' && !direct && event.level <= GUEST_LEVELS) {
      const guard = guarded.get(event.pid);
      ledger.same(protectedFirst, event, 'gfn write-protected before', event.gfn, guard?.gfn ?? -1n);
      ledger.same(protectedFirst, event, 'from level', 1, guard?.min_level ?? 0);
    }
    guarded.delete(event.pid);
    if (event.found !== 'new') return;
    obsolete.delete(key);
    pages.set(key, 'sync');
  }

  function known(event: Page): void {
    const is = pages.get(keyOf(event));
    if (event.level < GUEST_LEVELS) ledger.same(foundAgain, event, 'root count', 0, event.root);
    if (!lost) ledger.same(foundAgain, event, 'a page that exists', true, is !== undefined);
    if (is !== undefined) ledger.same(inSync, event, 'page', is, event.sync as 'sync' | 'unsync');
  }
}

function keyOf({ gfn, level, role }: Page): string {
  return `${gfn} ${level} ${role}`;
}
