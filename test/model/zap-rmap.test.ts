import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { zapRmapSuite } from '#invariants';
import { listHolds, type ZapRmap, zapRmap } from '#model';
import { claim, initialStates, instantiate, NULL, type Plain, transitionsOf } from '#notation';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

const right = Object.keys(zapRmap.variants).filter((variant) => zapRmapSuite.violated[variant]?.length === 0);

test.each(Object.keys(zapRmap.variants))('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(zapRmapSuite, variant))).toEqual(onlyViolated(zapRmapSuite.violated[variant]));
});

test.each(right)('%s is right in more than 10,000 states', (variant) => {
  expect(checked(zapRmapSuite, variant).states).toBeGreaterThan(10_000);
});

/** The steps of a zap of a list that faults have made, one after the other. */
function zapOf(variant: string, entries: number): string[] {
  const instance = instantiate(zapRmap, variant, { spte: entries });
  const [vcpu, notifier] = ['vcpu', 'notifier'].map((row) => instance.threads.find((thread) => thread.row === row));
  const [start] = initialStates(instance);
  let state = start?.state as Plain;
  const steps: string[] = [];
  const go = (thread: number, wanted: (label: string) => boolean): boolean => {
    const found = transitionsOf(instance, state).find(
      ({ transition, applied }) =>
        transition.thread === thread && applied.kind === 'next' && wanted(transition.edge.label),
    );
    if (found?.applied.kind !== 'next') return false;
    state = found.applied.state;
    steps.push(found.transition.edge.label);
    return true;
  };
  while (go(vcpu?.number as number, (label) => label !== 'drop_spte'));
  steps.length = 0;
  while (go(notifier?.number as number, (label) => label !== 'kvm_mmu_invalidate_end'));
  return steps;
}

describe('a zap of a list', () => {
  test.each([2, 3, 4, 5])('of %i entries moves as many when it removes them one by one, and none in one pass', (n) => {
    const moves = (variant: string) => zapOf(variant, n).filter((step) => step === 'fill_hole').length;
    const cleared = (variant: string) =>
      zapOf(variant, n).filter((step) => step === 'mmu_spte_clear_track_bits').length;
    for (const policy of ['', 'tail-count-']) {
      expect([moves(`${policy}repeated-remove`), moves(`${policy}one-pass`)]).toEqual([n, 0]);
      expect([cleared(`${policy}repeated-remove`), cleared(`${policy}one-pass`)]).toEqual([n, n]);
    }
  });

  test.each([
    ['repeated-remove', 'holds'],
    ['tail-count-repeated-remove', 'holds'],
    ['one-pass', 'violated'],
    ['tail-count-one-pass', 'violated'],
  ])('%s: that one entry at most is listed without its SPTE %s', (variant, outcome) => {
    const oneAtMost = claim('one entry at most is in the list without its SPTE', (s: ZapRmap) => {
      const stale = s.spte.reduce(
        (count, { rmap }, spte) =>
          count + Number(rmap === NULL && s.rmap_head.some((_, list) => listHolds(s, list, spte))),
        0,
      );
      return stale <= 1;
    });
    const { claims } = checkVariant({ ...zapRmapSuite, invariants: { oneAtMost } }, variant, { bounds: { spte: 3 } });
    expect(claims.find(({ name }) => name === 'oneAtMost')?.outcome).toBe(outcome);
  });
});

describe('the races of', () => {
  test.each([
    ['one-pass-yields', ['mmu_spte_clear_track_bits', 'mmu_free_pte_list_desc', 'cond_resched(mmu_lock)']],
    ['not-restarted', ['kvm_zap_rmapp', 'fill_hole', 'clear_slot', 'another_entry']],
    ['tail-count-not-restarted', ['kvm_zap_rmapp', 'fill_hole', 'clear_slot', 'another_entry']],
    ['freed-before-more', ['mmu_spte_clear_track_bits', 'free_before_more', 'reset_rmap_head']],
    ['descriptors-kept', ['mmu_spte_clear_track_bits', 'keep_desc', 'reset_rmap_head']],
    ['repeated-remove-read-without-lock', ['kvm_mmu_rmaps_stat_show']],
    ['one-pass-read-without-lock', ['kvm_mmu_rmaps_stat_show']],
  ])('%s have what differs, among these steps in this order', (variant, steps) => {
    for (const claim of zapRmapSuite.violated[variant] as string[]) {
      const inOrder = race(zapRmapSuite, variant, claim).reduce(
        (met, step) => (step === steps[met] ? met + 1 : met),
        0,
      );
      expect(steps.slice(0, inOrder)).toEqual(steps);
    }
  });

  test('readers without mmu_lock have nobody take it for them', () => {
    for (const zap of ['repeated-remove', 'one-pass']) {
      const steps = race(zapRmapSuite, `${zap}-read-without-lock`, 'countsPresent');
      expect(steps.slice(-2)).toEqual(['mmu_spte_clear_track_bits', 'kvm_mmu_rmaps_stat_show']);
      expect(steps).not.toContain('write_unlock(mmu_lock)');
    }
  });
});

testFindings('zap-rmap');
