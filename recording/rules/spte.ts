/** SPTEs: who writes what over what. */
import type { TraceEvent } from '../events.ts';
import { hex, type Checker, type Ledger, type Rule } from './ledger.ts';

const found = {
  name: 'what was left is found',
  sentence: 'who reads an SPTE finds what was last written, but for the accessed and dirty bits that a CPU may set',
} as const satisfies Rule;

const legal = {
  name: 'legal bits',
  sentence: 'W needs MMU-writable, and MMU-writable needs host-writable, in every leaf that is written',
} as const satisfies Rule;

const flushed = {
  name: 'flush is asked for',
  sentence: 'mmu_spte_update asks for a flush exactly when rights go, or an accessed or dirty bit',
} as const satisfies Rule;

export const spteRules = [found, legal, flushed];

export const PT_PRESENT_MASK = 1n << 0n;
export const PT_WRITABLE_MASK = 1n << 1n;
export const PT_ACCESSED_MASK = 1n << 5n;
export const PT_DIRTY_MASK = 1n << 6n;
export const PT_PAGE_SIZE_MASK = 1n << 7n;
const HOST_WRITEABLE = 1n << 9n;
const MMU_WRITEABLE = 1n << 10n;
const setByCpu = PT_ACCESSED_MASK | PT_DIRTY_MASK;

/** An SPTE's frame number. */
export function pfnOf(spte: bigint): bigint {
  return (spte & 0x000f_ffff_ffff_f000n) >> 12n;
}

const DIRECT_MAP = 0xff11000000000000n;

/** What the page tables in the trace hold. */
class Values {
  readonly #values = new Map<bigint | string, bigint>();
  get(sptep: bigint | string): bigint | undefined {
    return this.#values.get(sptep);
  }
  set(sptep: bigint | string, value: bigint | undefined): void {
    if (value === undefined) this.#values.delete(sptep);
    else this.#values.set(sptep, value);
  }
  clear(): void {
    this.#values.clear();
  }
}

/** Every SPTE through what is written to it. Shadow pages by address; the TDP MMU by level and gfn, as its events name them. */
export function checkSptes(ledger: Ledger): Checker {
  const values = new Values();
  const direct = new Map<bigint, bigint>();
  // 0 in older kernels, bit 63 in newer ones
  let empty: bigint | undefined;
  const updating = new Map<string, { readonly old: bigint; readonly now: bigint }>();
  const finds = (event: TraceEvent, key: bigint | string, old: bigint) => {
    if ((old & PT_PRESENT_MASK) === 0n) empty ??= old;
    const left = values.get(key);
    if (left === undefined) return;
    const grown = (left & PT_PRESENT_MASK) === 0n ? 0n : setByCpu;
    ledger.check(
      found,
      event,
      (old & ~grown) === (left & ~grown) && (old & left & grown) === (left & grown),
      () => `${hex(left)}, as it was left`,
      () => hex(old),
    );
  };
  const writes = (event: TraceEvent, key: bigint | string, now: bigint, level = 1) => {
    const present = (now & PT_PRESENT_MASK) !== 0n;
    values.set(key, present ? now : empty);
    if (!present || (level > 1 && (now & PT_PAGE_SIZE_MASK) === 0n)) return;
    const [writable, mmu, host] = [PT_WRITABLE_MASK, MMU_WRITEABLE, HOST_WRITEABLE].map((bit) => (now & bit) !== 0n);
    ledger.check(
      legal,
      event,
      (!writable || mmu === true) && (!mmu || host === true),
      () => 'W only with MMU-writable, that only with host-writable',
      () => hex(now),
    );
  };
  return {
    take(event) {
      switch (event.name) {
        case 'MARK':
          if (/^PHASE .*_untraced$/.test(event.words)) values.clear();
          break;
        case 'spte_update':
          finds(event, event.sptep, event.old);
          writes(event, event.sptep, event.new);
          updating.set(event.pid, { old: event.old, now: event.new });
          break;
        case 'spte_update_ret': {
          const update = updating.get(event.pid);
          if (update !== undefined) ledger.same(flushed, event, 'ret', Number(needsFlush(update)), event.ret);
          break;
        }
        case 'kvm_mmu_set_spte':
          direct.set(event.gfn, DIRECT_MAP | event.at);
          break;
        case 'fast_page_fault': {
          const gfn = event.gva >> 12n;
          const key = values.get(`1:${gfn}`) === undefined ? direct.get(gfn) : `1:${gfn}`;
          if (key === undefined) break;
          finds(event, key, event.old);
          if (event.fixed === 1) writes(event, key, event.new);
          break;
        }
        case 'kvm_tdp_mmu_spte_changed': {
          const key = `${event.level}:${event.gfn}`;
          finds(event, key, event.old);
          writes(event, key, event.new, event.level);
          break;
        }
        case 'drop_spte':
          finds(event, event.sptep, event.old);
          break;
        case 'spte_clear':
          finds(event, event.sptep, event.old);
          values.set(event.sptep, empty);
          break;
        default:
      }
    },
  };
}

function needsFlush({ old, now }: { old: bigint; now: bigint }): boolean {
  if ((old & PT_PRESENT_MASK) === 0n) return false;
  const gone = old & ~now;
  return (gone & (MMU_WRITEABLE | PT_WRITABLE_MASK | setByCpu)) !== 0n;
}
