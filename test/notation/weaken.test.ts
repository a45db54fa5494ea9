// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { dirtyLogSuite, litmusSuite } from '#invariants';
import {
  claim,
  cmpxchg,
  derived,
  ended,
  instantiate,
  memory,
  model,
  type Next,
  once,
  outlines,
  range,
  smp_load_acquire,
  smp_mb,
  smp_rmb,
  type StateOf,
  type Suite,
  suite,
  thread,
  upTo,
  xchg,
} from '#notation';
import { reference } from '../reference.ts';

/** What a variant violates: by the fast execution and by the reference, which agree. */
function violated(of: Suite, variant: string): string[] {
  const source = derived(of, variant);
  const { claims, states } = checkVariant(source, variant);
  const found = reference(instantiate(source.model, variant), source);
  const names = claims.filter(({ outcome }) => outcome === 'violated').map(({ name }) => name);
  expect(Object.keys(found.violated).toSorted()).toEqual(names.toSorted());
  expect(found.states).toBe(states);
  return names;
}

/** The steps that are weakened in the outlines of a variant, and which accesses they are about. */
function offered(of: Suite, variant: string): string[] {
  return outlines(of, variant).flatMap(({ thread: name, rows }) =>
    rows.flatMap(({ edit }) => (edit?.kind === 'weakened' ? [`${name}.${edit.of.join()} ${edit.orders}`] : [])),
  );
}

describe('a step that is weakened', () => {
  test('is a barrier no more, where that can be seen', () => {
    expect(violated(litmusSuite, 'mp-wmb-rmb-pso:weaken=P0.smp_wmb')).toEqual(['noRelaxedOutcome']);
    expect(violated(litmusSuite, 'mp-wmb-rmb-tso:weaken=P0.smp_wmb')).toEqual([]);
    expect(violated(litmusSuite, 'sb-mbs-tso:weaken=P1.smp_mb')).toEqual(['noRelaxedOutcome']);
    expect(violated(litmusSuite, 'sb-mbs-tso:weaken=P1.smp_mb@sc')).toEqual([]);
  });

  test('releases nothing', () => {
    expect(violated(litmusSuite, 'mp-release-acquire-pso:weaken=P0.smp_store_release_y_1')).toEqual([
      'noRelaxedOutcome',
    ]);
  });

  test('exchanges by a load and a store that waits', () => {
    expect(violated(litmusSuite, 'sb-xchgs-tso:weaken=P0.xchg_x_1')).toEqual(['noRelaxedOutcome']);
    expect(violated(litmusSuite, 'mp-xchg-pso:weaken=P0.xchg_y_1')).toEqual(['noRelaxedOutcome']);
  });

  test('can be weakened beside another edit', () => {
    const both = 'r-wmb-mb-pso:weaken=P0.smp_wmb:without=P1.smp_mb';
    expect(violated(litmusSuite, both)).toEqual(['noRelaxedOutcome']);
  });
});

test('only steps that call a word themselves are offered, only once, and only where there are store buffers', () => {
  expect(offered(litmusSuite, 'mp-wmb-rmb-pso')).toEqual(['P0.smp_wmb stores', 'P1.smp_rmb loads']);
  expect(offered(litmusSuite, 'mp-wmb-rmb-pso:weaken=P0.smp_wmb')).toEqual(['P1.smp_rmb loads']);
  expect(offered(litmusSuite, 'mp-wmb-rmb-sc')).toEqual([]);
  expect(offered(litmusSuite, 'mp-wmb-rmb-sc@pso')).toEqual(['P0.smp_wmb stores', 'P1.smp_rmb loads']);
  expect(offered(dirtyLogSuite, 'store-barrier')).toEqual([
    'vcpu.smp_wmb_before_dirty stores',
    'ioctl.clear_dirty_bit stores',
    'ioctl.spte_write_protect stores',
  ]);
});

test('a weakened step is the same step to those that go on with it and to claims, and goes on as before', () => {
  const Cpu = range('cpu');
  const state = { x: memory(upTo(3)), cpu: thread(Cpu, {}) };
  interface State extends StateOf<typeof state> {}
  function start(): void {}
  function take(s: State): Next {
    if (cmpxchg(s, 'x', 0, 1) === 1) return last;
  }
  function back(s: State): Next {
    if (smp_load_acquire(s, 'x') === 1) return take;
  }
  function last(s: State): void {
    xchg(s, 'x', 3);
  }
  const neverThree = claim('nobody has ended with 3', (s: State) => !(s.x === 3 && s.cpu.every(ended)));
  const toy = model({
    name: 'toy',
    about: 'a step that others go on with',
    state,
    bounds: { cpu: 2 },
    variants: { round: { cpu: once(start, take, back, last), memoryOrder: 'tso' } },
  });
  const toySuite = suite(toy, { invariants: { neverThree }, violated: { round: ['neverThree'] } });
  for (const step of ['take', 'back', 'last'])
    expect(violated(toySuite, `round:weaken=cpu.${step}`)).toEqual(['neverThree']);
});

test('what a step orders is told by the words that it calls', () => {
  const Cpu = range('cpu');
  const state = { x: memory(upTo(1)), cpu: thread(Cpu, {}) };
  interface State extends StateOf<typeof state> {}
  function loads(s: State): void {
    smp_rmb();
    smp_load_acquire(s, 'x');
  }
  function both(): void {
    smp_rmb();
    smp_mb();
  }
  function mentioned(s: State): void {
    s.x = 1; // no smp_mb()
  }
  const toy = model({
    name: 'toy',
    about: 'words',
    state,
    bounds: { cpu: 1 },
    variants: { all: { cpu: [loads, both, mentioned], memoryOrder: 'pso' } },
  });
  const toySuite = suite(toy, { invariants: {}, violated: { all: [] } });
  expect(offered(toySuite, 'all')).toEqual(['cpu.loads loads', 'cpu.both stores']);
});
