/** SPTEs: who writes what over what. */
import type { TraceEvent } from '../events.ts';
import { type Checker, hex, type Ledger, type Rule } from './ledger.ts';
import {
  DIRECT_MAP,
  HOST_WRITEABLE,
  type Memory,
  MMU_WRITEABLE,
  PT_ACCESSED_MASK,
  PT_DIRTY_MASK,
  PT_PAGE_SIZE_MASK,
  PT_PRESENT_MASK,
  PT_WRITABLE_MASK,
} from './memory.ts';
import { REMOVED_SPTE } from './tdp.ts';

const found = {
  name: 'what was left is found',
  sentence:
    'who reads an SPTE finds what was last written, but for bits that a CPU, or a fault without mmu_lock, may set',
} as const satisfies Rule;

const legal = {
  name: 'legal bits',
  sentence: 'W needs MMU-writable, and MMU-writable needs host-writable, in every leaf that is written',
} as const satisfies Rule;

const flushed = {
  name: 'flush is asked for',
  sentence: 'mmu_spte_update asks for a flush exactly when rights go, or an accessed or dirty bit',
} as const satisfies Rule;

const noneLeft = {
  name: 'nothing is left',
  sentence: 'when the VM has been destroyed no SPTE is present, and no list has an entry',
} as const satisfies Rule;

export const spteRules = [found, legal, flushed, noneLeft];

const setByCpu = PT_ACCESSED_MASK | PT_DIRTY_MASK;

/** Every SPTE through what is written to it. Shadow pages by address; the TDP MMU by level and gfn, as its events name them. */
export function checkSptes(ledger: Ledger, memory: Memory): Checker {
  const { sptes: values } = memory;
  const direct = new Map<bigint, bigint>();
  // 0 in older kernels, bit 63 in newer ones
  let empty: bigint | undefined;
  /** Faults that may be about to make an SPTE writable, or have just done so, without mmu_lock and before their event. */
  const faulting = new Map<string, { readonly gfn: bigint; overtaken: boolean }>();
  const updating = new Map<string, { readonly old: bigint; readonly now: bigint }>();
  const set = (key: bigint | string, value: bigint | undefined) => {
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  };
  const isOf = (key: bigint | string, gfn: bigint) => key === `1:${gfn}` || key === direct.get(gfn);
  const finds = (event: TraceEvent, key: bigint | string, old: bigint) => {
    if ((old & PT_PRESENT_MASK) === 0n) {
      empty ??= old;
      ledger.same(legal, event, 'an SPTE that is empty', empty, old);
    }
    // what was never written is as empty as its page table was when it was made
    const left = values.get(key) ?? (memory.lost ? undefined : empty);
    if (left === undefined) return;
    const others = [...faulting].filter(([pid, { gfn }]) => pid !== event.pid && isOf(key, gfn));
    const volatile = others.length > 0 && (left & MMU_WRITEABLE) !== 0n ? PT_WRITABLE_MASK : 0n;
    const grown = (left & PT_PRESENT_MASK) === 0n ? 0n : setByCpu | volatile;
    if ((old & ~left & volatile) !== 0n) for (const [, fault] of others) fault.overtaken = true;
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
    set(key, present ? now : empty);
    if (!present && empty !== undefined) {
      const plain = now === empty || now === (empty | REMOVED_SPTE);
      ledger.same(legal, event, 'an SPTE that is empty or frozen', true, plain);
    }
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
  const destroyed = (event: TraceEvent) => {
    const present = [...values.values()].filter((value) => (value & PT_PRESENT_MASK) !== 0n).length;
    ledger.same(noneLeft, event, 'SPTEs present', 0, present);
    ledger.same(noneLeft, event, 'lists with entries', 0, memory.longLists());
  };
  return {
    take(event) {
      const fault = faulting.get(event.pid);
      if (event.name !== 'mark_dirty') faulting.delete(event.pid);
      switch (event.name) {
        case 'kvm_page_fault':
          faulting.set(event.pid, { gfn: event.address >> 12n, overtaken: false });
          break;
        case 'MARK':
          if (event.words === 'VM_DESTROY_END') destroyed(event);
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
          // somebody has met what it wrote before it said so
          if (fault?.overtaken === true) break;
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
          set(event.sptep, empty);
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
