import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { mmuSuite } from '#invariants';
import { mmu } from '#model';
import { initialStates, instantiate, viewOf } from '#notation';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

const variants = Object.keys(mmu.variants);

test.each(variants)('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(mmuSuite, variant))).toEqual(onlyViolated(mmuSuite.violated[variant]));
});

test('all together, everything holds with two vCPUs, and every claim is broken by something', () => {
  expect(checked(mmuSuite, 'all-together').states).toBeGreaterThan(500_000);
  expect(checked(mmuSuite, 'all-together').bounds.vcpu).toBe(2);
  const broken = new Set(Object.values(mmuSuite.violated).flat());
  expect(Object.keys(mmuSuite.invariants).filter((name) => !broken.has(name))).toEqual([]);
});

test('gfns with rmaps of their own hold as well', () => {
  const result = checkVariant(mmuSuite, 'all-together', { bounds: { gfn: 2, spte: 2, vcpu: 1 } });
  expect(result.claims.filter(({ outcome }) => outcome === 'violated')).toEqual([]);
  expect(result.stopped).toBeUndefined();
});

describe('the race of', () => {
  test.each([
    ['fill-from-same', 'tailsAlwaysFull', 'mmu_page_zap_pte'],
    ['empty-head-kept', 'headNeverEmpty', 'mmu_page_zap_pte'],
    ['rmap-add-again', 'rmapExact', 'direct_page_fault'],
    ['no-retry', 'noStalePfn', 'direct_page_fault'],
  ])('%s ends with the step that differs', (variant, claim, last) => {
    expect(race(mmuSuite, variant, claim).at(-1)).toBe(last);
  });

  test('fast-dirty-then-spte has the bit reaped before there is a writable SPTE to protect', () => {
    const steps = race(mmuSuite, 'fast-dirty-then-spte', 'dirtyCovered');
    const reaped = steps.lastIndexOf('kvm_get_dirty_log_protect');
    expect(steps.indexOf('fast_page_fault')).toBeLessThan(reaped);
    expect(steps.slice(reaped)).toContain('fast_pf_fix_direct_spte');
  });

  test('report-then-flush has a write between the two', () => {
    const steps = race(mmuSuite, 'report-then-flush', 'noLostWrite');
    expect(steps.slice(-3)).toEqual(['copy_to_user', 'guest_write', 'kvm_flush_remote_tlbs']);
  });

  test('track-flushes-if-writable is between the dirty log, which has cleared W, and its flush', () => {
    const steps = race(mmuSuite, 'track-flushes-if-writable', 'writeTracked');
    expect(steps.slice(-4)).toEqual([
      'kvm_get_dirty_log_protect',
      'spin_lock(mmu_lock)',
      '__kvm_write_track_add_gfn',
      'spin_unlock(mmu_lock)',
    ]);
  });

  test.each([
    ['noStalePfn', 'invalidate_begin'],
    ['writeTracked', '__kvm_write_track_add_gfn'],
  ])('recycle-no-flush that breaks %s finds an rmap without SPTEs, and does not flush for it', (claim, looks) => {
    const steps = race(mmuSuite, 'recycle-no-flush', claim);
    expect(steps.slice(steps.indexOf('rmap_recycle'))).toEqual([
      'rmap_recycle',
      'spin_unlock(mmu_lock)',
      'spin_lock(mmu_lock)',
      looks,
      'spin_unlock(mmu_lock)',
    ]);
  });
});

test('nothing that is to be reached is so at the start', () => {
  const instance = instantiate(mmu, 'all-together');
  for (const { state } of initialStates(instance)) {
    const view = viewOf(instance, state) as never;
    for (const met of Object.values(mmuSuite.reachable)) expect(met(view)).toBe(false);
  }
});

testFindings('mmu');
