import { describe, expect, test } from 'vitest';
import { tdpMmuSuite } from '#invariants';
import { tdpMmu } from '#model';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

test.each(Object.keys(tdpMmu.variants))('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(tdpMmuSuite, variant))).toEqual(onlyViolated(tdpMmuSuite.violated[variant]));
});

test.each(['flush-then-process', 'process-then-flush'])('%s is right in more than 100,000 states', (variant) => {
  expect(checked(tdpMmuSuite, variant).states).toBeGreaterThan(100_000);
});

describe('the races of', () => {
  test.each([
    ['no-flush-before-yield', ['walk_table', 'tdp_mmu_iter_set_spte', 'cond_resched(mmu_lock)', 'tdp_iter_start']],
    ['not-restarted', ['cond_resched(mmu_lock)', 'call_rcu', 'rcu_read_lock', 'tdp_mmu_free_sp_rcu_callback']],
    ['volatile-spte-stored', ['tdp_iter_read', 'walk_table', 'storeOverVolatile']],
    ['no-flush', ['walk_root', 'tdp_mmu_zap_spte_atomic', 'thaw']],
    ['flush-after-free', ['walk_root', 'tdp_mmu_zap_spte_atomic', 'rcu_read_unlock', 'tdp_mmu_free_sp_rcu_callback']],
    ['freed-at-once', ['tdp_mmu_link_sp', 'freeAtOnce']],
    ['not-frozen', ['walk_root', 'clearWithoutFreezing', 'tdp_mmu_link_sp']],
    ['removed-not-frozen', ['try_step_down', 'clearRemoved', 'call_rcu', 'tdp_mmu_map_handle_target_level']],
    ['removal-not-compared', ['zap_collapsible_spte_range', 'freezeWithoutComparing']],
    ['not-thawed', ['tdp_mmu_zap_spte_atomic', 'call_rcu', 'read_unlock(mmu_lock)', 'write_lock(mmu_lock)']],
    ['walked-outside-rcu', ['kvm_tdp_mmu_map', 'call_rcu', 'tdp_mmu_free_sp_rcu_callback']],
    ['frozen-not-checked', ['tdp_mmu_zap_spte_atomic', 'kvm_tdp_mmu_map', 'tdp_mmu_link_sp']],
    ['link-not-compared', ['kvm_tdp_mmu_map', 'linkWithoutComparing', 'linkWithoutComparing']],
    ['leaf-not-compared', ['try_step_down', 'handle_removed_pt', 'mapWithoutComparing']],
  ])('%s have what differs, among these steps in this order', (variant, steps) => {
    for (const claim of tdpMmuSuite.violated[variant] as string[]) {
      const inOrder = race(tdpMmuSuite, variant, claim).reduce((met, step) => (step === steps[met] ? met + 1 : met), 0);
      expect(steps.slice(0, inOrder)).toEqual(steps);
    }
  });
});

testFindings('tdp-mmu');
