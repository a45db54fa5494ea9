// oxlint-disable unicorn/consistent-function-scoping -- a claim stands beside the example that explains it
import { describe, expect, test } from 'vitest';
import { checkVariant, executed, whyFalse, whyStuck } from '#explorer';
import { dirtyLogSuite, pteListSuite, vmReferenceSuite } from '#invariants';
import { ahead, blocked, holding, holds, idle, implies, NULL, type Plain, type Suite } from '#notation';
import { type Cpu, type Tiny, tiny } from '../tiny.ts';

function set(s: Tiny, cpu: Cpu): void {
  s.bits[1 as never] = 1;
  s.head = 0 as never;
  cpu.i = 2;
}
function rest(): void {}
function never(): typeof blocked {
  return blocked;
}

const two = tiny([set, rest], { bounds: { cpu: 2, page: 2, cell: 2 } });
const state = executed(two, undefined, [{ thread: 'cpu0', step: 'set', args: [] }]).states.at(-1) as Plain;
const why = (claim: (s: Tiny) => boolean) => whyFalse(two, state, claim as never);

describe('what makes a claim false is told', () => {
  test('as what it read, where it asks of no row', () => {
    expect(why((s) => s.x === 1 || s.head === NULL)).toEqual(['x = 0, head = 0']);
    expect(why((s) => s.cell.every(({ next }) => next !== NULL))).toEqual([
      'cell 0: cell[0].next = NULL',
      'cell 1: cell[1].next = NULL',
    ]);
  });
  test('for each element that is not as every one should be, and no other', () => {
    expect(why((s) => s.bits.every((each, page) => each === 0 || s.spte[page].writable))).toEqual([
      'page 1: bits[1] = 1, spte[1].writable = false',
    ]);
    expect(why((s) => s.cell.every(({ allocated }) => allocated))).toEqual([
      'cell 0: cell[0].allocated = false',
      'cell 1: cell[1].allocated = false',
    ]);
  });
  test('for the element inside the element', () => {
    expect(why((s) => s.cpu.every((cpu) => cpu.mine.every((each) => each === 0) && cpu.i === 1))).toEqual([
      'cpu0.i = 2',
    ]);
    expect(why((s) => s.cell.every((cell) => s.bits.every((each) => each === 0 || cell.value === 1)))).toEqual([
      'cell 0, page 1: bits[1] = 1, cell[0].value = 0',
      'cell 1, page 1: bits[1] = 1, cell[1].value = 0',
    ]);
  });
  test('for every element, where none is as some one should be', () => {
    expect(why((s) => s.flag || s.bits.some((each) => (each as number) > 1))).toEqual([
      'flag = false',
      '  no page: bits[0] = 0; bits[1] = 1',
    ]);
    expect(why((s) => s.spte.some(() => false))).toEqual(['no page: page 0; page 1']);
  });
  test('for the element there should not be', () => {
    expect(why((s) => !s.bits.some((each) => each === 1))).toEqual(['page 1: bits[1] = 1']);
    expect(why((s) => !s.bits.every((each) => each < 2))).toEqual(['page 0: bits[0] = 0', 'page 1: bits[1] = 1']);
  });
  test('with where a thread is, and who holds a lock', () => {
    expect(why((s) => s.cpu.every((cpu) => idle(cpu) || s.lock.held || ahead(cpu, never as never)))).toEqual([
      'cpu0 is at rest, lock = free',
    ]);
    expect(why((s) => s.cpu.some((cpu) => holds(s.rw, cpu)))).toEqual([
      'no cpu: rw = free, cpu0 is at rest; rw = free, cpu1 is idle',
    ]);
  });
  test('once, though it is read twice', () => {
    expect(why((s) => implies(s.x === 0, () => s.bits.every((each) => each === s.x && s.x === 0)))).toEqual([
      'x = 0',
      'page 1: bits[1] = 1',
    ]);
  });
});

test('what else a claim calls on a row works as ever, and counts as read', () => {
  expect(why((s) => s.bits.includes(1) && s.bits.indexOf(1) === NULL)).toEqual(['bits[0] = 0, bits[1] = 1']);
  expect(why((s) => s.bits.reduce((sum, each) => sum + each, 0) === 0)).toEqual(['bits[0] = 0, bits[1] = 1']);
  expect(why((s) => [...s.bits].length === 3)).toEqual(['bits[0] = 0, bits[1] = 1']);
});

test('elements after the one that decides may fail where the claim would not have looked', () => {
  expect(why((s) => s.cpu.every((cpu) => cpu.i === 1))).toEqual(['cpu0.i = 2']);
});

test('nothing is told of a claim that is true, or does not do the same twice', () => {
  expect(why(() => true)).toEqual([]);
  expect(
    why(() => {
      throw new Error('not this time');
    }),
  ).toEqual([]);
});

test('what would be long is cut, and says so', () => {
  const large = tiny([set], { bounds: { page: 20 } });
  const zero = executed(large, undefined, []).states[0] as Plain;
  const long = whyFalse(large, zero, ((s: Tiny) => s.bits.every((each) => each === 1)) as never);
  expect([long.length, long[0], long.at(-1)]).toEqual([8, 'page 0: bits[0] = 0', 'and 13 more lines']);
  const wide = whyFalse(large, zero, ((s: Tiny) => s.bits.includes(1)) as never);
  expect(wide).toEqual([expect.stringMatching(/^bits\[0\] = 0, .*bits\[6\] = 0, and 13 more$/)]);
});

test('where no thread can step, each that is inside its function is told of, with the lock it waits for', () => {
  const stuck = tiny([...holding('lock', rest, never)], { bounds: { cpu: 2 } });
  const steps = ['spin_lock(lock)', 'rest'].map((step) => ({ thread: 'cpu1', step, args: [] }));
  const { states } = executed(stuck, undefined, steps);
  expect(whyStuck(stuck, states.at(-1) as Plain)).toEqual(['cpu1 is at never']);
  const both = tiny([rest, ...holding('lock', rest, never)], { bounds: { cpu: 2 } });
  const more = [...steps.map((step) => ({ ...step, thread: 'cpu0' })), { thread: 'cpu1', step: 'rest', args: [] }];
  const waiting = executed(both, undefined, [{ thread: 'cpu0', step: 'rest', args: [] }, ...more]).states.at(
    -1,
  ) as Plain;
  expect(whyStuck(both, waiting)).toEqual(['cpu0 is at never', 'cpu1 is at spin_lock(lock), lock = cpu0']);
});

describe('a shipped race says why', () => {
  const bounds = { gfn: 1, vcpu: 1 };
  const of = (suite: Suite, variant: string, claim: string, sizes: Record<string, number>) =>
    checkVariant(suite, variant, { bounds: sizes }).claims.find(({ name }) => name === claim)?.why;

  test.each([
    [dirtyLogSuite, 'dirty-then-rmap', 'noLostWrite', bounds, ['gfn 0: ghost.unsent[0] = 1, dirty_bitmap[0] = 0']],
    [
      dirtyLogSuite,
      'dirty-then-rmap',
      'dirtyNeverVisibleBeforeRmap',
      bounds,
      ['mmu_lock = free', 'vcpu0 is at rmap_add'],
    ],
    [
      dirtyLogSuite,
      'dirty-then-rmap',
      'dirtyCovered',
      bounds,
      [
        'gfn 0: spte[0].writable = true, dirty_bitmap[0] = 0',
        '  no vcpu: vcpu0 is at rmap_add',
        '  no ioctl: ioctl0 is idle',
      ],
    ],
    [
      pteListSuite,
      'first-fit',
      'countExact',
      { head: 1, spte: 3, desc: 2, tail: 3 },
      ['ghost.miscounted.returned = 0, ghost.miscounted.had = 2'],
    ],
    [vmReferenceSuite, 'plain-get', 'handleKeepsVm', {}, ['opener0 is at kvm_put_kvm, kvm.freed = true']],
  ])('of $1: $2', (suite, variant, claim, sizes, lines) => {
    expect(of(suite, variant, claim, sizes)).toEqual(lines);
  });
  test('and none where a step failed', () => {
    expect(of(vmReferenceSuite, 'plain-get', 'BUG_ON', {})).toEqual([]);
  });
});
