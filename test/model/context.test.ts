/** Where in the kernel the steps of the shipped models stand. */
import { describe, expect, test } from 'vitest';
import { dirtyLogSuite, shadowPageLifeSuite } from '#invariants';
import { instantiate, placesIn, placesOf, stepsOf } from '#notation';
import { shippedSuites } from '../shipped.ts';

/** Those of the museum are of many commits, each told in its header, and litmus tests are of no kernel function. */
const suites = shippedSuites.filter(({ model: { name } }) => !name.startsWith('museum/') && name !== 'litmus');

/** The names of all steps that threads take in any variant of a model. */
function stepsIn({ model }: (typeof suites)[number]): Set<string> {
  return new Set(
    Object.keys(model.variants).flatMap((variant) =>
      instantiate(model, variant).threads.flatMap(({ program }) => program.points.flat().flatMap(stepsOf)),
    ),
  );
}

describe.each(suites.map((suite) => [suite.model.name, suite] as const))('%s', (_, suite) => {
  const { source } = suite.model;
  const steps = stepsIn(suite);

  test('says of each step where it stands, or that it is no kernel’s', () => {
    expect(source?.commit).toBeTruthy();
    const unsaid = [...steps].filter(
      (step) => source && placesIn(source, step).length === 0 && !source.elsewhere?.includes(step),
    );
    expect(unsaid).toEqual([]);
  });

  test('says so of no step that it does not have', () => {
    expect(source?.elsewhere?.filter((step) => !steps.has(step)) ?? []).toEqual([]);
    const both = source?.elsewhere?.filter((step) => placesIn(source, step).length > 0) ?? [];
    expect(both).toEqual([]);
  });
});

test('a step stands in the function of its name, or in those that it is listed in', () => {
  const instance = instantiate(dirtyLogSuite.model, 'rmap-then-dirty');
  expect(placesOf(instance, 'vcpu0', 'rmap_add')).toEqual([{ file: 'arch/x86/kvm/mmu.c', function: 'rmap_add' }]);
  expect(placesOf(instance, 'ioctl0', 'clear_dirty_bit')).toEqual([
    { file: 'arch/x86/kvm/x86.c', function: 'kvm_vm_ioctl_get_dirty_log' },
  ]);
  const life = instantiate(shadowPageLifeSuite.model, 'irq-off');
  expect(placesOf(life, 'vcpu0', 'smp_mb_after_mode').map((place) => place.function)).toEqual([
    'walk_shadow_page_lockless_begin',
    'vcpu_enter_guest',
  ]);
});

test('locks, and what the hardware does, stand nowhere', () => {
  const instance = instantiate(dirtyLogSuite.model, 'mmu-lock');
  expect(placesOf(instance, 'vcpu0', 'spin_lock(mmu_lock)')).toEqual([]);
  expect(placesOf(instance, 'hardware', 'tlb_fill')).toEqual([]);
});
