import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { dirtyLogSuite } from '#invariants';
import { type DirtyLogVariant, dirtyLog } from '#model';
import { initialStates, instantiate, type Plain, suite, transitionsOf, viewOf } from '#notation';
import { fastOrders, orders } from '../../model/dirty-log/model.ts';
import { testFindings } from '../findings/written.ts';
import { type Reference, reference } from '../reference.ts';
import { checked, metInOrder, race } from './checked.ts';

const onePage = { gfn: 1, vcpu: 2 };
const every = Object.keys(dirtyLog.variants) as DirtyLogVariant[];
/** Those under sc, which the reference search looks at. */
const ordered = every.filter((variant) => dirtyLog.variants[variant].memoryOrder === undefined);

const searched = new Map<DirtyLogVariant, Reference>();

function search(variant: DirtyLogVariant): Reference {
  const found = searched.get(variant) ?? reference(instantiate(dirtyLog, variant, onePage), dirtyLogSuite);
  searched.set(variant, found);
  return found;
}

function verdict({ violated }: Reference): 'ok' | 'lost page' {
  return 'noLostWrite' in violated ? 'lost page' : 'ok';
}

describe('the order of writable SPTE (W), rmap entry (R) and dirty bit (B)', () => {
  test.each([
    ['W R B', 'mmu-lock-rmap-then-dirty', 'ok', 'rmap-then-dirty', 'ok'],
    ['R W B', 'mmu-lock-rmap-then-spte-then-dirty', 'ok', 'rmap-then-spte-then-dirty', 'ok'],
    ['W B R', 'mmu-lock', 'ok', 'dirty-then-rmap', 'lost page'],
    ['R B W', 'mmu-lock-rmap-then-dirty-then-spte', 'ok', 'rmap-then-dirty-then-spte', 'lost page'],
    ['B W R', 'mmu-lock-dirty-then-spte-then-rmap', 'ok', 'dirty-then-spte-then-rmap', 'lost page'],
    ['B R W', 'mmu-lock-dirty-then-rmap-then-spte', 'ok', 'dirty-then-rmap-then-spte', 'lost page'],
  ] as const)('%s: %s gives %s, and %s gives %s', (_, underMmuLock, ifLocked, lockless, ifLockless) => {
    expect(verdict(search(underMmuLock))).toBe(ifLocked);
    expect(verdict(search(lockless))).toBe(ifLockless);
  });

  test('a fast page fault loses a page exactly when it sets the dirty bit before the SPTE', () => {
    expect(verdict(search('fast-spte-then-dirty'))).toBe('ok');
    expect(verdict(search('fast-dirty-then-spte'))).toBe('lost page');
  });

  test('swapping two steps of a right order loses a page, and swapping them back does not', () => {
    const { vcpu, ...rest } = dirtyLog.variants['rmap-then-dirty'] as { vcpu: readonly unknown[] };
    const [fault, set_spte, rmap_add, mark_page_dirty] = vcpu;
    const inOrder = (...steps: unknown[]) => {
      const changed = { ...dirtyLog, variants: { ...dirtyLog.variants, 'rmap-then-dirty': { ...rest, vcpu: steps } } };
      return verdict(reference(instantiate(changed, 'rmap-then-dirty', onePage), dirtyLogSuite));
    };
    expect(inOrder(fault, set_spte, mark_page_dirty, rmap_add)).toBe('lost page');
    expect(inOrder(fault, set_spte, rmap_add, mark_page_dirty)).toBe('ok');
  });

  test('a name spells the order of its steps, but for an SPTE that comes first', () => {
    const words: Record<string, string> = {
      set_spte: 'spte',
      fast_pf_fix_direct_spte: 'spte',
      rmap_add: 'rmap',
      mark_page_dirty: 'dirty',
    };
    const spelled = (steps: readonly { name: string }[]) => steps.map(({ name }) => words[name]).join('-then-');
    for (const [name, steps] of Object.entries(orders)) expect(name).toBe(spelled(steps).replace(/^spte-then-/, ''));
    for (const [name, steps] of Object.entries(fastOrders)) expect(name).toBe(`fast-${spelled(steps)}`);
    expect(Object.keys(orders)).toHaveLength(6);
  });
});

describe('under an order of memory, the dirty bit', () => {
  const verdictOf = (variant: string, bounds = {}) => {
    const { claims } = checkVariant(dirtyLogSuite, variant, { bounds: { gfn: 1, ...bounds } });
    return claims.find(({ name }) => name === 'noLostWrite')?.outcome;
  };

  test('needs no barrier before it where stores are seen in order, and one where they are not', () => {
    expect(verdictOf('stores-in-order')).toBe('holds');
    expect(verdictOf('store-barrier')).toBe('holds');
    expect(verdictOf('no-store-barrier')).toBe('violated');
    expect(verdictOf('no-store-barrier@tso')).toBe('holds');
    expect(race(dirtyLogSuite, 'no-store-barrier', 'noLostWrite')).toContain('commit_vcpu0');
  });

  test('needs none after a compare-and-exchange', () => {
    expect(verdictOf('fast-without-barrier')).toBe('holds');
  });

  test('is to be taken by an exchange: a store is seen after the walk that it should precede', () => {
    expect(verdictOf('cleared-by-store@sc')).toBe('holds');
    const steps = race(dirtyLogSuite, 'cleared-by-store', 'noLostWrite');
    expect(metInOrder(steps, ['store_clear_bit', 'rmap_get_first', 'commit_ioctl0'])).toHaveLength(3);
  });

  test('keeps its verdicts with room for a third store', () => {
    expect(verdictOf('stores-in-order', { vcpu: 1, store_buffer: 3 })).toBe('holds');
    expect(verdictOf('store-barrier', { vcpu: 1, store_buffer: 3 })).toBe('holds');
  });
});

test('leaving out the flush loses pages in every right order', () => {
  const right = ordered.filter((variant) => dirtyLogSuite.violated[variant]?.length === 0);
  expect(right).toHaveLength(9);
  for (const variant of right) {
    const flushless = variant === 'rmap-then-dirty' ? 'no-flush' : (`${variant}-no-flush` as DirtyLogVariant);
    expect([flushless, verdict(search(flushless))]).toEqual([flushless, 'lost page']);
  }
});

test.each(every.filter((variant) => !ordered.includes(variant)))(
  '%s violates exactly what its suite says',
  (variant) => {
    expect(checked(dirtyLogSuite, variant).asExpected).toBe(true);
  },
);

test.each(ordered)('%s violates exactly what its suite says', (variant) => {
  const { violated, reached } = search(variant);
  expect(Object.keys(violated).toSorted()).toEqual([...(dirtyLogSuite.violated[variant] ?? [])].toSorted());
  expect([...reached].toSorted()).toEqual(Object.keys(dirtyLogSuite.reachable).toSorted());
});

test('nothing that is to be reached is so at the start, and dirty bits of the start violate nothing', () => {
  for (const variant of every) {
    const instance = instantiate(dirtyLog, variant);
    for (const { state } of initialStates(instance)) {
      const view = viewOf(instance, state) as never;
      for (const met of Object.values(dirtyLogSuite.reachable)) expect(met(view)).toBe(false);
      for (const holds of Object.values(dirtyLogSuite.invariants)) expect(holds(view)).toBe(true);
    }
  }
});

test('the race of dirty-then-rmap is the one that the patch tells of', () => {
  const instance = instantiate(dirtyLog, 'dirty-then-rmap');
  const race = [
    'vcpu0 page_fault 0',
    'vcpu0 set_spte',
    'vcpu0 mark_page_dirty',
    'ioctl0 get_dirty_log 0',
    'ioctl0 clear_dirty_bit',
    'ioctl0 rmap_write_protect',
    'vcpu0 rmap_add',
    'ioctl0 kvm_flush_remote_tlbs 0',
    'ioctl0 kvm_flush_remote_tlbs 1',
    'ioctl0 copy_to_user',
    'hardware tlb_fill 0 0',
    'hardware guest_write 0 0',
  ];
  const noLostWrite = dirtyLogSuite.invariants.noLostWrite as (view: never) => boolean;
  const changed: Record<string, string[]> = {};
  let state = initialStates(instance)[0]?.state as Plain;
  for (const line of race) {
    expect(noLostWrite(viewOf(instance, state) as never)).toBe(true);
    const taken = transitionsOf(instance, state).find(({ transition: { thread, edge, choices } }) => {
      const who = instance.threads[thread]?.path ?? 'hardware';
      return [who, edge.label, ...choices].join(' ') === line;
    });
    if (taken?.applied.kind !== 'next') throw new Error(`${line} cannot be taken`);
    state = taken.applied.state;
    const paths = taken.applied.patches.map(({ path }) => path.join('.'));
    changed[line] = paths.filter((path) => !path.endsWith('.point'));
  }
  expect(noLostWrite(viewOf(instance, state) as never)).toBe(false);
  expect(changed['vcpu0 set_spte']).toEqual(['spte.0.writable']);
  expect(changed['ioctl0 rmap_write_protect']).toEqual([]);
  expect(search('dirty-then-rmap').violated.noLostWrite).toBe(race.length);
});

describe('a fault', () => {
  const faultCompletes = (variant: DirtyLogVariant, locks: 'strong' | 'weak') =>
    checkVariant(dirtyLogSuite, variant, { locks }).claims.find(({ name }) => name === 'faultCompletes');

  test('under mmu_lock completes, however the other vCPU and the ioctl go round', () => {
    expect(faultCompletes('mmu-lock', 'strong')?.outcome).toBe('holds');
  });

  test('waits for ever for an mmu_lock that the others get each time', () => {
    const { outcome, trace } = faultCompletes('mmu-lock', 'weak') ?? {};
    expect(outcome).toBe('violated');
    const round = trace?.steps.slice(trace.loopFrom) ?? [];
    expect(round.map(({ step }) => step)).toContain('spin_lock(mmu_lock)');
    expect(round.map(({ thread }) => thread)).not.toContain(trace?.steps[0]?.thread);
  });

  test('that takes no lock needs none to be fair', () => {
    expect(faultCompletes('fast-spte-then-dirty', 'weak')?.outcome).toBe('holds');
  });
});

test('a suite that lacks the verdict of an order does not compile, and does not load', () => {
  const { 'no-flush': _, ...lacking } = Object.fromEntries(every.map((variant) => [variant, []])) as unknown as Record<
    DirtyLogVariant,
    readonly never[]
  >;
  // @ts-expect-error: there is no verdict for no-flush
  expect(() => suite(dirtyLog, { invariants: {}, violated: lacking })).toThrow('variant no-flush has no verdict');
});

testFindings('dirty-log');
