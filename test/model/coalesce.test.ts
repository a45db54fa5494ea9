import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { coalesceSuite } from '#invariants';
import { type Coalesce, coalesce } from '#model';
import {
  array,
  initialStates,
  instantiate,
  member,
  model,
  NULL,
  once,
  type Plain,
  type StateOf,
  suite,
  thread,
  transitionsOf,
  viewOf,
} from '#notation';
import { coalescing } from '../../model/coalesce/model.ts';
import { Leaf } from '../../model/kernel/stage2.ts';
import { freeFollow, installBlock, kvm_set_invalid_pte, unmapLeaf } from '../../model/kernel/stage2-walk.ts';
import {
  flushAddress,
  flushAddressAtLevel,
  flushRange,
  flushRangeOfStage2,
  flushVmid,
  tlb,
  tlbi,
  Vcpu,
  type VcpuId,
} from '../../model/kernel/tlb.ts';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

type VariantName = keyof typeof coalesce.variants;
const every = Object.keys(coalesce.variants) as VariantName[];

function violated(variant: VariantName): string[] {
  const { claims } = checked(coalesceSuite, variant);
  return claims.flatMap(({ name, outcome }) => (outcome === 'violated' ? [name] : []));
}

describe('what the suite says of each variant', () => {
  test.each(every)('%s breaks exactly what is expected of it, and every step of a right one fires', (variant) => {
    expect(broken(checked(coalesceSuite, variant))).toEqual(onlyViolated(coalesceSuite.violated[variant]));
  });
});

/** Claims about safety, and not about what happens while the entry is invalid. */
const safety = ['noConflict', 'breakBeforeMake', 'tableLife', 'refExact', 'cleanBeforeMap', 'noRefaultStorm'];

function unsafe(variant: VariantName): string[] {
  return violated(variant).filter((name) => safety.includes(name));
}

describe('the orders that were found in kernels and on the list', () => {
  test.each([
    ['A0', 'install-after-unmap', []],
    ['A1', 'install-before-unmap', []],
    ['A2', 'no-break', ['noConflict', 'breakBeforeMake']],
    ['A3', 'flush-one-address', ['noConflict', 'breakBeforeMake']],
    ['A4', 'free-before-flush', ['tableLife']],
    ['A5', 'flush-with-level-hint', ['noConflict', 'breakBeforeMake', 'tableLife']],
    ['A6', 'no-follow', ['refExact']],
    ['A7', 'walk-on', ['tableLife', 'refExact']],
    ['A8', 'reload-before-unmap', ['refExact']],
    ['A9', 'no-put', ['refExact']],
    ['A10', 'no-last-put', ['refExact']],
    ['A11', 'no-clean-when-coalescing', ['cleanBeforeMap']],
    ['A12', 'nt-bit', []],
    ['block before TLBI completes', 'install-before-flush', ['noConflict', 'breakBeforeMake']],
    ['parallel faults', 'parallel', []],
  ] as const)('%s: %s breaks %j', (_, variant, claims) => {
    expect(unsafe(variant)).toEqual(claims);
  });

  test('the entry is never invalid in the two that do not break it, of which one is safe', () => {
    expect(every.filter((variant) => !violated(variant).includes('noInvalidWindow'))).toEqual(['nt-bit', 'no-break']);
    expect(unsafe('nt-bit')).toEqual([]);
  });

  test('the patch takes the unmapping out of the window, and to clean in the map step puts the cleaning in', () => {
    const during = (claim: string) => every.filter((variant) => violated(variant).includes(claim));
    expect(during('neverUnmappedWhileInvalid')).toEqual(['install-after-unmap', 'free-before-flush']);
    expect(during('neverCleanedWhileInvalid')).toEqual([
      'clean-in-map',
      ...every.filter((name) => name.startsWith('parallel')),
    ]);
  });

  test('RCU hides that the walker goes on into a table that its callback has taken out', () => {
    expect(unsafe('walk-on')).toContain('tableLife');
    expect(unsafe('parallel-walk-on')).toEqual([]);
  });
});

test('nothing that is to be reached is so at the start, where no claim is violated', () => {
  for (const variant of every) {
    const instance = instantiate(coalesce, variant);
    for (const { state } of initialStates(instance)) {
      const view = viewOf(instance, state) as never;
      for (const met of Object.values(coalesceSuite.reachable)) expect(met(view)).toBe(false);
      for (const holds of Object.values(coalesceSuite.invariants)) expect(holds(view)).toBe(true);
    }
  }
});

describe('faults that do not cease', () => {
  /** Who takes which of these steps in the part that is repeated. */
  function round(variant: VariantName, ...names: string[]): string[] {
    const { trace } = checked(coalesceSuite, variant).claims.find(({ name }) => name === 'faultsCease') ?? {};
    const steps = trace?.steps.slice(trace.loopFrom) ?? [];
    return steps.flatMap(({ thread, step }) => (names.includes(step) ? [`${thread} ${step}`] : []));
  }

  test('are a storm when each finds the block and breaks it all the same', () => {
    const [first, ...others] = round('update-anyway', 'kvm_set_invalid_pte', 'installBlock');
    expect(new Set([first, ...others])).toEqual(
      new Set(['vcpu0 kvm_set_invalid_pte', 'vcpu0 installBlock', 'vcpu1 kvm_set_invalid_pte', 'vcpu1 installBlock']),
    );
  });

  test('come of a table that is freed and cached still, and change nothing', () => {
    expect(round('flush-with-level-hint', 'stage2_map_walker_try_leaf')).toHaveLength(2);
    expect(round('flush-with-level-hint', 'installBlock', 'firstBlock', 'tlbi_vmalle1is')).toEqual([]);
  });

  test('are none when a block that is broken by two is made by two, and no more', () => {
    expect(violated('parallel-plain-store')).toContain('noRefaultStorm');
    expect(violated('parallel-plain-store')).not.toContain('faultsCease');
  });
});

describe('the shortest race', () => {
  test.each([
    ['no-break', 'noConflict', ['installBlock', 'walk_table', 'walk_entry']],
    ['install-before-flush', 'noConflict', ['kvm_set_invalid_pte', 'installBlock', 'walk_table', 'walk_entry']],
    ['flush-one-address', 'noConflict', ['tlbi_ipas2e1is', 'installBlock', 'walk_entry']],
    ['flush-stage-2-only', 'noConflict', ['combine_stages', 'tlbi_ripas2e1is', 'installBlock', 'combine_stages']],
    ['flush-with-level-hint', 'tableLife', ['walk_entry', 'tlbi_ipas2e1is_level', 'freeFollow']],
    ['free-before-flush', 'tableLife', ['walk_entry', 'kvm_set_invalid_pte', 'unmapLeaf', 'freeFollow']],
    ['no-follow', 'refExact', ['installBlock', 'unmapLeaf', 'freeChild']],
    ['walk-on', 'tableLife', ['unmapLeaf', 'freeFollow']],
    ['reload-before-unmap', 'refExact', ['installBlock', 'reloadEntry', 'spin_unlock(mmu_lock)']],
    ['no-put', 'refExact', ['breakWithoutPut', 'kvm_set_table_pte']],
    ['no-last-put', 'refExact', ['unmapLeaf', 'reloadEntry']],
    ['no-clean-when-coalescing', 'cleanBeforeMap', ['skipIfCoalescing', 'installBlock']],
    ['no-clean-on-permission-fault', 'cleanBeforeMap', ['permission_fault', 'installBlock']],
    ['update-anyway', 'noRefaultStorm', ['updateAnyway', 'spin_unlock(mmu_lock)', 'updateAnyway']],
    ['parallel-plain-store', 'BUG_ON', ['installBlock', 'call_rcu', 'breakByStore', 'call_rcu']],
    ['parallel-break-to-zero', 'breakBeforeMake', ['breakToZero', 'stage2_try_break_pte', 'firstBlock']],
    ['parallel-free-at-once', 'tableLife', ['stage2_map_walk_leaf', 'installBlock', 'freeFollow']],
  ] as const)('of %s to %s has the steps that make it, in this order: %j', (variant, claim, steps) => {
    const taken = race(coalesceSuite, variant, claim);
    let at = 0;
    for (const step of taken) if (step === steps[at]) at++;
    expect(steps.slice(at), taken.join(' ')).toEqual([]);
  });

  test('of a flush of one address leaves the other page cached', () => {
    const { trace } =
      checked(coalesceSuite, 'flush-one-address').claims.find(({ name }) => name === 'noConflict') ?? {};
    const last = trace?.states.at(-1) as unknown as {
      tlb: { stage2: { block: number; pages: number[] } }[];
      vcpu: { addr: number }[];
    };
    const cpu = last.tlb.find(({ stage2 }) => stage2.block === 1);
    const flushed = last.vcpu.find(({ addr }) => addr >= 0)?.addr as number;
    expect([cpu?.stage2.pages[flushed], cpu?.stage2.pages[1 - flushed]]).toEqual([0, 1]);
  });
});

describe('break, flush and make', () => {
  const orders = [
    [kvm_set_invalid_pte, flushVmid, installBlock],
    [kvm_set_invalid_pte, installBlock, flushVmid],
    [flushVmid, kvm_set_invalid_pte, installBlock],
    [flushVmid, installBlock, kvm_set_invalid_pte],
    [installBlock, kvm_set_invalid_pte, flushVmid],
    [installBlock, flushVmid, kvm_set_invalid_pte],
  ] as const;

  test('have one order in which no CPU is left with what the entry was', () => {
    const variants = Object.fromEntries(
      orders.map((order, i) => [`order-${i}`, coalescing(...order, unmapLeaf, freeFollow)]),
    );
    const { noConflict, breakBeforeMake, tableLife } = coalesceSuite.invariants as Record<
      string,
      (s: Coalesce) => boolean
    >;
    const violated = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
    const all = suite(
      { ...coalesce, variants } as never,
      { invariants: { noConflict, breakBeforeMake, tableLife }, violated } as never,
    );
    const holds = orders.map((_, i) => {
      const { claims } = checkVariant(all, `order-${i}`, { limits: { depth: 30 } });
      return claims.every(({ kind, outcome }) => kind !== 'invariant' || outcome !== 'violated');
    });
    expect(holds).toEqual([true, false, false, false, false, false]);
  });
});

describe('of a CPU that has everything cached', () => {
  const state = { tlb: array(Vcpu, tlb), vcpu: thread(Vcpu, { addr: member(Leaf), tlbi }) };
  type Flushing = StateOf<typeof state>;
  function forFirstPage(_: Flushing, vcpu: Flushing['vcpu'][VcpuId]) {
    vcpu.addr = 0;
  }
  function everythingCached(s: Flushing) {
    s.tlb.forEach((of) => {
      for (const cached of [of.stage2, of.combined]) {
        cached.block = 1;
        cached.pages[0] = 1;
        cached.pages[1] = 1;
      }
      of.walk_cache = 0 as never;
    });
  }
  const all = { block: 1, pages: [1, 1] };
  const nothing = { block: 0, pages: [0, 0] };

  test.each([
    ['__kvm_tlb_flush_vmid', flushVmid, { stage2: nothing, combined: nothing, walk_cache: NULL }],
    [
      '__kvm_tlb_flush_vmid_ipa',
      flushAddress,
      { stage2: { block: 0, pages: [0, 1] }, combined: nothing, walk_cache: NULL },
    ],
    [
      '__kvm_tlb_flush_vmid_ipa with a level',
      flushAddressAtLevel,
      { stage2: { block: 0, pages: [1, 1] }, combined: nothing, walk_cache: 0 },
    ],
    ['kvm_tlb_flush_vmid_range', flushRange, { stage2: nothing, combined: nothing, walk_cache: NULL }],
    [
      'kvm_tlb_flush_vmid_range without stage 1',
      flushRangeOfStage2,
      { stage2: nothing, combined: all, walk_cache: NULL },
    ],
  ])('%s leaves this', (_, flush, left) => {
    const flushing = model({
      name: 'flushing',
      about: 'one CPU flushes',
      state,
      bounds: { vcpu: 1, leaf: 2, table: 1 },
      initial: [everythingCached],
      variants: { flush: { vcpu: once(forFirstPage, flush) } },
    });
    const instance = instantiate(flushing, 'flush');
    let end = initialStates(instance)[0]?.state as Plain;
    for (;;) {
      const [next] = transitionsOf(instance, end);
      if (next?.applied.kind !== 'next') break;
      end = next.applied.state;
    }
    expect((end as unknown as { tlb: unknown[] }).tlb).toEqual([left]);
  });
});

testFindings('coalesce');
