// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import {
  alloc,
  array,
  bit,
  BUG_ON,
  either,
  free,
  type Id,
  instantiate,
  model,
  type Next,
  NULL,
  pointer,
  pool,
  range,
  type StateOf,
  symmetric,
  thread,
  upTo,
} from '#notation';
import { Cell, type Cpu, type Tiny, tiny } from '../tiny.ts';
import { after, enabled, failure } from './by-name.ts';

function take(s: Tiny, cpu: Cpu): void {
  cpu.cell = alloc(s.cell);
}
function push(s: Tiny): void {
  const cell = alloc(s.cell);
  if (cell === NULL) return;
  s.cell[cell].next = s.head;
  s.head = cell;
}
function pop(s: Tiny): void {
  const cell = s.head;
  if (cell === NULL) return;
  s.head = s.cell[cell].next;
  s.cell[cell].next = NULL;
  free(s.cell, cell);
}
function popDirty(s: Tiny): void {
  const cell = s.head;
  if (cell === NULL) return;
  s.head = NULL;
  s.cell[cell].value = 3;
  free(s.cell, cell);
}
function freeButKeep(s: Tiny): void {
  if (s.head !== NULL) free(s.cell, s.head);
}
function never(s: Tiny): void {
  BUG_ON(s.head === NULL, 'nothing on the list');
}
function nothing(): void {}

const allocated = (state: unknown) => (state as { cell: { allocated: boolean }[] }).cell.map((cell) => cell.allocated);

describe('alloc', () => {
  test('takes one of the free members, of which one stands for all that are fresh', () => {
    const instance = tiny([take, nothing], { bounds: { cell: 3 } });
    expect(enabled(instance)).toEqual(['cpu0.take']);
    expect(allocated(after(instance, 'cpu0.take'))).toEqual([true, false, false]);
  });

  test('returns NULL when none is free', () => {
    const instance = tiny([take, nothing], { bounds: { cell: 1, cpu: 2 } });
    expect(after(instance, 'cpu0.take', 'cpu1.take').cpu).toMatchObject([{ cell: 0 }, { cell: -1 }]);
  });

  test('branches over free members that something still points to', () => {
    const instance = tiny([either([push], [freeButKeep], [take])], { bounds: { cell: 3 } });
    const dangling = after(instance, 'cpu0.push', 'cpu0.freeButKeep');
    expect(dangling).toMatchObject({ head: 0 });
    expect(enabled(instance, dangling)).toEqual(expect.arrayContaining(['cpu0.take(0)', 'cpu0.take(1)']));
    expect(enabled(instance, dangling)).not.toContain('cpu0.take(2)');
  });

  test('branches over free members whose fields are not zero', () => {
    const instance = tiny([either([push], [popDirty], [take])], { bounds: { cell: 2 } });
    const names = ['cpu0.push', 'cpu0.popDirty'];
    expect(enabled(instance, after(instance, ...names)).filter((name) => name.includes('take'))).toEqual([
      'cpu0.take(0)',
      'cpu0.take(1)',
    ]);
  });

  test('sees what a local points to', () => {
    const instance = tiny([take, freeMine, take2, nothing], { bounds: { cell: 2 } });
    expect(enabled(instance, after(instance, 'cpu0.take', 'cpu0.freeMine'))).toEqual([
      'cpu0.take2(0)',
      'cpu0.take2(1)',
    ]);
  });
  function freeMine(s: Tiny, cpu: Cpu): void {
    if (cpu.cell !== NULL) free(s.cell, cpu.cell);
  }
  function take2(s: Tiny): void {
    s.head = alloc(s.cell);
  }

  test('twice in a step makes two choices where there are two', () => {
    const instance = tiny([either([push], [popDirty], [takeTwo])], { bounds: { cell: 2 } });
    const names = enabled(instance, after(instance, 'cpu0.push', 'cpu0.popDirty'));
    expect(names.filter((name) => name.includes('takeTwo'))).toEqual(['cpu0.takeTwo(0)', 'cpu0.takeTwo(1)']);
  });
  function takeTwo(s: Tiny): void {
    alloc(s.cell);
    alloc(s.cell);
  }
});

describe('free', () => {
  test('makes a member free, which keeps its fields', () => {
    const instance = tiny([either([push], [popDirty])]);
    expect(after(instance, 'cpu0.push', 'cpu0.popDirty').cell).toMatchObject([
      { allocated: false, value: 3 },
      { allocated: false },
    ]);
  });

  test('of what is free already is a kernel bug', () => {
    const instance = tiny([either([push], [freeButKeep])]);
    expect(failure(instance, 'cpu0.push', 'cpu0.freeButKeep', 'cpu0.freeButKeep')).toBe(
      'BUG_ON: double free of cell[0]',
    );
  });

  test('of a member that was zeroed makes it as fresh as any', () => {
    const instance = tiny([either([push], [pop])], { bounds: { cell: 2 } });
    expect(enabled(instance, after(instance, 'cpu0.push', 'cpu0.push', 'cpu0.pop', 'cpu0.pop'))).toEqual([
      'cpu0.push',
      'cpu0.pop',
    ]);
  });
});

test('fresh members that something else of the state tells apart do not stand for one another', () => {
  const Cpu = range('cpu');
  const Obj = symmetric('obj');
  type Obj = Id<typeof Obj>;
  const state = {
    obj: pool(Obj, { owner: upTo(1) }),
    ghost: { freedOnce: array(Obj, bit) },
    last: pointer(Obj),
    cpu: thread(Cpu, {}),
  };
  interface State extends StateOf<typeof state> {}
  function get(s: State): Next {
    s.last = alloc(s.obj);
  }
  function put(s: State): void {
    if (s.last === NULL) return;
    free(s.obj, s.last);
    s.ghost.freedOnce[s.last] = 1;
    s.last = NULL;
  }
  const variants = { only: { cpu: [get, put] } };
  const about = 'A row beside the pool remembers who was freed.';
  const instance = instantiate(model({ name: 'ghosts', about, state, bounds: { cpu: 1, obj: 2 }, variants }), 'only');
  // One member has been freed once and the other never: whoever looks at the ghost sees which is handed out.
  expect(enabled(instance, after(instance, 'cpu0.get', 'cpu0.put'))).toEqual(['cpu0.get(0)', 'cpu0.get(1)']);
});

test('a failing assertion about the pool is the failure of its step', () => {
  expect(failure(tiny([never]), 'cpu0.never')).toBe('BUG_ON: nothing on the list');
  expect(Cell.symmetric).toBe(true);
});
