import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { rmapLockOrdersSuite, rmapLockSuite } from '#invariants';
import { rmapLock } from '#model';
import { testFindings } from '../findings/written.ts';
import { broken, checked, metInOrder, onlyViolated, race } from './checked.ts';

const violated = (variant: string) => rmapLockSuite.violated[variant] as readonly string[];
const wrong = Object.keys(rmapLock.variants).filter((variant) => violated(variant).length > 0);

test.each(Object.keys(rmapLock.variants))('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(rmapLockSuite, variant))).toEqual(onlyViolated(violated(variant)));
});

test('the lock bit is right in more than 10,000 states', () => {
  expect(checked(rmapLockSuite, 'lock-bit').states).toBeGreaterThan(10_000);
});

test.each<Readonly<Record<string, number>>>([
  { spte: 4 },
  { spte: 3, desc: 1, ext: 3 },
  { spte: 2, desc: 1, head: 2 },
  { spte: 2, desc: 1, reader: 2 },
])('the lock bit is right with %o', (bounds) => {
  const { claims } = checkVariant(rmapLockSuite, 'lock-bit', { bounds });
  expect(claims.filter(({ outcome }) => outcome !== 'holds')).toEqual([]);
});

describe('the races of', () => {
  const races: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    'reread-before-pause': { pausesOnce: ['reread_val', 'kvm_rmap_unlock', 'cpu_relax', 'reread_val', 'cpu_relax'] },
    'preemption-enabled': { holderRuns: ['try_cmpxchg_acquire', 'preempt_schedule_irq', 'kvm_rmap_lock'] },
    'unlock-before-reads': {
      visitsAll: ['rmap_get_first'],
      noUseAfterFree: ['rmap_get_first', 'kvm_rmap_unlock_readonly', 'try_cmpxchg_acquire', 'mmu_free_pte_list_desc'],
    },
    'word-in-32-bits': { lockBitReleased: ['try_cmpxchg_acquire', 'val_in_32_bits', 'done_if_empty'] },
    'changed-without-lock': {
      visitsAll: ['read_val'],
      noUseAfterFree: ['read_val', 'mmu_free_pte_list_desc'],
      rmapExact: ['read_val', 'kvm_rmap_unlock', 'kvm_rmap_unlock_readonly'],
      BUG_ON: ['read_val', 'kvm_rmap_unlock_readonly', 'pte_list_remove'],
    },
    'locked-by-store': {
      mutualExclusion: ['kvm_rmap_lock', 'kvm_rmap_lock', 'try_cmpxchg_acquire', 'try_cmpxchg_acquire'],
      visitsAll: ['try_cmpxchg_acquire', 'try_cmpxchg_acquire'],
      noUseAfterFree: ['try_cmpxchg_acquire', 'try_cmpxchg_acquire', 'mmu_free_pte_list_desc'],
      rmapExact: ['try_cmpxchg_acquire', 'kvm_rmap_unlock', 'try_cmpxchg_acquire'],
      BUG_ON: ['try_cmpxchg_acquire', 'try_cmpxchg_acquire', 'pte_list_remove'],
    },
    'emptiness-not-rechecked': {
      mutualExclusion: ['kvm_rmap_unlock', 'while_locked', 'try_cmpxchg_acquire'],
      lockBitReleased: ['kvm_rmap_unlock', 'while_locked', 'try_cmpxchg_acquire', 'done_if_empty'],
    },
    'unlocked-though-elided': {
      noUseAfterFree: ['kvm_rmap_lock', 'rmap_get_first'],
      rmapExact: ['kvm_rmap_lock', 'kvm_rmap_unlock', 'kvm_rmap_unlock_readonly'],
      BUG_ON: ['kvm_rmap_lock', 'kvm_rmap_unlock', 'kvm_rmap_unlock_readonly', 'pte_list_remove'],
    },
    'aged-by-store': { zappedStaysZapped: ['read_spte', 'drop_spte', 'store_spte'] },
  };

  test.each(wrong)('%s have what differs, among these steps in this order', (variant) => {
    const expected = races[variant] ?? {};
    expect(Object.keys(expected)).toEqual(violated(variant));
    for (const [claim, steps] of Object.entries(expected)) {
      expect([claim, ...metInOrder(race(rmapLockSuite, variant, claim), steps)]).toEqual([claim, ...steps]);
    }
  });

  test('unlocked-though-elided take no lock', () => {
    for (const claim of violated('unlocked-though-elided')) {
      const steps = checked(rmapLockSuite, 'unlocked-though-elided').claims.find(({ name }) => name === claim)?.trace
        ?.steps;
      expect(steps?.some(({ thread, step }) => thread === 'reader0' && step === 'try_cmpxchg_acquire')).toBe(false);
    }
  });
});

describe('the unlock of who changes a list, under an order of memory,', () => {
  const claims = (variant: string) => broken(checked(rmapLockOrdersSuite, variant));

  test('need be no release where stores are seen in order', () => {
    expect(claims('stores-in-order')).toEqual(onlyViolated());
    expect(broken(checked(rmapLockOrdersSuite, 'no-release@tso'))).toEqual(onlyViolated());
  });

  test('is one for the stores to the descriptor where they may pass each other', () => {
    expect(claims('release')).toEqual(onlyViolated());
    expect(claims('no-release')).toEqual(onlyViolated(['visitsAll', 'visitsNoOther', 'BUG_ON']));
    const steps = ['store_spte_count', 'store_val', 'rmap_get_first'];
    expect(metInOrder(race(rmapLockOrdersSuite, 'no-release', 'visitsAll'), steps)).toEqual(steps);
  });
});

testFindings('rmap-lock');
