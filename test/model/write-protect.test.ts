import { describe, expect, test } from 'vitest';
import { checkVariant, type ClaimResult, type VariantResult } from '#explorer';
import { writeProtectSuite } from '#invariants';
import { writeProtect } from '#model';
import { initialStates, instantiate, type Plain, transitionsOf, viewOf } from '#notation';
import { flushTests } from '../../model/kernel/write-protect.ts';
import { testFindings } from '../findings/written.ts';

type VariantName = keyof typeof writeProtect.variants;
const variants = Object.keys(writeProtect.variants) as VariantName[];

const one = { gfn: 1, vcpu: 1 };
/** One page, but for what needs a page beside the one that a small SPTE takes from a large one. */
const enough = (variant: VariantName) => (variant === 'small-page-drop-no-flush' ? { gfn: 2, vcpu: 1 } : one);

const checked = new Map<VariantName, VariantResult>();

function check(variant: VariantName): VariantResult {
  const result = checked.get(variant) ?? checkVariant(writeProtectSuite, variant, { bounds: enough(variant) });
  checked.set(variant, result);
  return result;
}

function claimOf(variant: VariantName, name: string): ClaimResult {
  return check(variant).claims.find((claim) => claim.name === name) as ClaimResult;
}

/** The steps of the shortest race, without who takes them. */
function race(variant: VariantName, name: string): string[] {
  return claimOf(variant, name).trace?.steps.map(({ step }) => step) ?? [];
}

function verdict(variant: VariantName): 'ok' | 'violates WriteTracked' {
  return claimOf(variant, 'writeTracked').outcome === 'holds' ? 'ok' : 'violates WriteTracked';
}

describe('where the dirty log flushes, and when write tracking does', () => {
  test.each([
    ['inside', 'W was set', 'inside-if-writable', 'ok'],
    ['outside', 'W was set', 'outside-if-writable', 'violates WriteTracked'],
    ['outside', 'MMU-writable was set', 'outside-if-mmu-writable', 'ok'],
    ['outside', 'MMU-writable is cleared now', 'outside-if-mmu-writable-cleared', 'ok'],
    ['inside', 'MMU-writable was set', 'inside-if-mmu-writable', 'ok'],
    ['inside', 'MMU-writable is cleared now', 'inside-if-mmu-writable-cleared', 'ok'],
  ] as const)('%s mmu_lock, and if %s: %s is %s', (_, __, variant, expected) => {
    expect(verdict(variant)).toBe(expected);
    expect(check(variant).asExpected).toBe(true);
  });

  test('the race: W is cleared, mmu_lock is let go, and tracking has nothing to flush for', () => {
    const steps = race('outside-if-writable', 'writeTracked');
    expect(steps.slice(-6)).toEqual([
      'slot_rmap_write_protect',
      'spin_unlock(mmu_lock)',
      'spin_lock(mmu_lock)',
      '__kvm_write_track_add_gfn',
      'kvm_mmu_slot_gfn_write_protect',
      'spin_unlock(mmu_lock)',
    ]);
    expect(steps).not.toContain('kvm_flush_remote_tlbs');
  });

  test('the tests agree when tracking meets a writable SPTE, and differ for one that is write-protected', () => {
    const bits = { present: true, writable: true, mmu_writable: true };
    const logged = { ...bits, writable: false };
    const tracked = { ...logged, mmu_writable: false };
    const verdicts = (was: typeof bits, is: typeof bits) =>
      Object.values(flushTests).map((flushIf) => flushIf(was, is));
    expect(verdicts(bits, tracked)).toEqual([true, true, true]);
    expect(verdicts(logged, tracked)).toEqual([false, true, true]);
    expect(verdicts(bits, logged)).toEqual([true, true, false]);
    expect(verdicts(tracked, tracked)).toEqual([false, false, false]);
  });

  test('GET can ask the SPTEs whether to flush by the test of 2013, and loses pages by that of today', () => {
    expect(claimOf('log-flushes-if-mmu-writable', 'noLostWrite').outcome).toBe('holds');
    expect(race('log-flushes-if-mmu-writable-cleared', 'noLostWrite')).toContain('kvm_mmu_write_protect_pt_masked');
  });
});

describe('a large SPTE', () => {
  test('that is dropped, and not protected in place, must be flushed for under mmu_lock', () => {
    expect(verdict('large-dropped')).toBe('ok');
    expect(verdict('large-dropped-flush-outside')).toBe('violates WriteTracked');
    expect(verdict('large-read-only')).toBe('ok');
  });

  test('that a fault drops must be flushed for', () => {
    expect(race('small-page-drop-no-flush', 'writeTracked')).toContain('drop_large_spte');
  });

  test('that is in the way of a small one and stays there makes the same fault come again for ever', () => {
    const instance = instantiate(writeProtect, 'no-small-page-drop', one);
    const { trace } = claimOf('no-small-page-drop', 'faultMapsItsPage');
    const vcpu = instance.threads.findIndex(({ path }) => path === 'vcpu0');
    const step = (state: Plain, name: string): Plain => {
      const taken = transitionsOf(instance, state).find(
        ({ transition: { thread, edge } }) => thread === vcpu && edge.label === name,
      );
      if (taken?.applied.kind !== 'next') throw new Error(`${name} cannot be taken`);
      return taken.applied.state;
    };
    const again = [
      'mark_page_dirty',
      'spin_unlock(mmu_lock)',
      'srcu_read_unlock',
      'page_fault',
      'spin_lock(mmu_lock)',
      'mmu_set_spte',
    ];
    expect(trace?.steps.at(-1)).toMatchObject({ thread: 'vcpu0', step: 'mmu_set_spte' });
    const once = again.reduce(step, trace?.states.at(-1) as Plain);
    expect(again.reduce(step, once)).toEqual(once);
  });

  test('that the fast path makes writable in a logged slot loses the other pages', () => {
    const { claims } = checkVariant(writeProtectSuite, 'fast-large', { bounds: { gfn: 2, vcpu: 1 } });
    const steps = claims.find(({ name }) => name === 'noLostWrite')?.trace?.steps ?? [];
    const fix = steps.findIndex(({ step }) => step === 'fast_pf_fix_direct_spte');
    const fault = steps.slice(0, fix).findLast(({ step }) => step === 'page_fault');
    expect(steps[fix + 1]?.step).toBe('mark_page_dirty');
    expect(fault?.args).toEqual([0]);
    expect(steps.at(-1)).toMatchObject({ step: 'guest_write', args: [0, 1] });
  });

  test('that CLEAR protects is protected as by the log, or write tracking has nothing to flush for', () => {
    expect(verdict('initially-set')).toBe('ok');
    const steps = race('initially-set-mmu-writable-cleared', 'writeTracked');
    expect(steps.filter((name) => /write_protect|enable_log|flush/.test(name))).toEqual([
      'kvm_arch_mmu_enable_log_dirty_pt_masked',
      'kvm_mmu_write_protect_pt_masked',
      'kvm_mmu_slot_gfn_write_protect',
    ]);
  });
});

describe('a copy to userspace that fails', () => {
  test('loses the pages that a GET has reaped', () => {
    expect(race('copy-fails', 'noLostWrite').at(-1)).toBe('copyFails');
  });

  test('loses nothing when the GET has only copied', () => {
    expect(check('initially-set-copy-fails').outcome).toBe('holds');
  });
});

test.each(variants)('%s violates exactly what its suite says', (variant) => {
  const { claims, neverFired, stopped } = check(variant);
  expect(claims.filter(({ outcome, expected }) => outcome !== expected)).toEqual([]);
  expect([neverFired, stopped]).toEqual([[], undefined]);
});

test('nothing that is to be reached is so at the start', () => {
  for (const variant of variants) {
    const instance = instantiate(writeProtect, variant);
    for (const { state } of initialStates(instance)) {
      const view = viewOf(instance, state) as never;
      for (const met of Object.values(writeProtectSuite.reachable)) expect(met(view)).toBe(false);
    }
  }
});

testFindings('write-protect');
