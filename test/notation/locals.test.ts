// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import {
  blocked,
  exit,
  type Id,
  instantiate,
  model,
  type Next,
  range,
  type StateOf,
  symmetric,
  thread,
  upTo,
} from '#notation';
import { type Cpu, type Page, type Tiny, tiny } from '../tiny.ts';
import { after, enabled, failure, start } from './by-name.ts';

function setAll(_: Tiny, cpu: Cpu): void {
  cpu.i = 3;
  cpu.page = 1 as never as Page;
  cpu.mine[1 as never as Page] = 1;
  cpu.done = true;
}
function nothing(): void {}
function readI(s: Tiny, cpu: Cpu): void {
  s.x = cpu.i;
}
function readPage(s: Tiny, cpu: Cpu): void {
  s.best = cpu.page;
}
function readCell(s: Tiny, cpu: Cpu): void {
  s.head = cpu.cell;
}
function readDone(s: Tiny, cpu: Cpu): void {
  s.flag = cpu.done;
}
function leave(): Next {
  return exit;
}
function waitForI(_: Tiny, cpu: Cpu): Next {
  if (cpu.i > 0) return blocked;
}

describe('a local', () => {
  test('is none until a step sets it', () => {
    expect(start(tiny([setAll, nothing]))).toMatchObject({ cpu: [{ i: null, page: null, cell: null, done: null }] });
  });

  test('keeps its value while its function runs', () => {
    expect(after(tiny([setAll, nothing, readI]), 'cpu0.setAll', 'cpu0.nothing', 'cpu0.readI').x).toBe(3);
  });

  test('is none again when the function falls off its end', () => {
    expect(after(tiny([setAll, nothing]), 'cpu0.setAll', 'cpu0.nothing').cpu).toMatchObject([
      { i: null, page: null, cell: null, done: null },
    ]);
  });

  test('is none again after exit', () => {
    expect(after(tiny([setAll, leave, nothing]), 'cpu0.setAll', 'cpu0.leave').cpu).toMatchObject([
      { i: null, page: null },
    ]);
  });

  test('lives on when a called list returns', () => {
    expect(after(tiny([[setAll, leave], readI, nothing]), 'cpu0.setAll', 'cpu0.leave', 'cpu0.readI').x).toBe(3);
  });

  test('that is a row is zero, not none, outside its life', () => {
    const instance = tiny([setAll, nothing]);
    expect(start(instance)).toMatchObject({ cpu: [{ mine: [0, 0] }] });
    expect(after(instance, 'cpu0.setAll').cpu).toMatchObject([{ mine: [0, 1] }]);
    expect(after(instance, 'cpu0.setAll', 'cpu0.nothing').cpu).toMatchObject([{ mine: [0, 0] }]);
  });

  test('of one thread is not that of another', () => {
    const instance = tiny([setAll, nothing], { bounds: { cpu: 2 } });
    expect(after(instance, 'cpu1.setAll').cpu).toMatchObject([{ i: null }, { i: 3 }]);
    expect(after(instance, 'cpu0.setAll', 'cpu1.setAll', 'cpu0.nothing').cpu).toMatchObject([{ i: null }, { i: 3 }]);
  });
});

describe('reading a local that is none fails the step', () => {
  test.each([
    [readI, 'cpu0.i'],
    [readPage, 'cpu0.page'],
    [readCell, 'cpu0.cell'],
    [readDone, 'cpu0.done'],
  ])('%o', (step, path) => {
    expect(failure(tiny([step]), `cpu0.${step.name}`)).toBe(
      `throws: read ${path}, which is none there: no step has set it since its function began`,
    );
  });

  test('also where the step would have been blocked', () => {
    expect(failure(tiny([waitForI]), 'cpu0.waitForI')).toMatch(/^throws: read cpu0\.i, which is none there/);
  });

  test('in the second run of the function, when only the first set it', () => {
    const instance = tiny([readIfSecond, setAll, nothing]);
    expect(failure(instance, 'cpu0.readIfSecond', 'cpu0.setAll', 'cpu0.nothing', 'cpu0.readIfSecond')).toMatch(
      /^throws: read cpu0\.i/,
    );
  });
  function readIfSecond(s: Tiny, cpu: Cpu): void {
    if (s.flag) s.x = cpu.i;
    s.flag = true;
  }
});

test('a local cannot be set to none by counting down below zero', () => {
  function countDown(_: Tiny, cpu: Cpu): void {
    cpu.i = 0;
    cpu.i--;
  }
  expect(failure(tiny([countDown, nothing]), 'cpu0.countDown')).toBe('range: set cpu0.i to -1, and its range is 0..3');
});

describe('locals with names of their own', () => {
  const Cpu = range('cpu');
  const Page = symmetric('page');
  const about = 'Locals that are called as the notation calls something.';

  test.each(['id', 'point'])('a local may not be called %s, which the notation gives every thread', (name) => {
    const state = { cpu: thread(Cpu, { [name]: upTo(3) }) };
    const make = () =>
      instantiate(
        model({ name: 'named', about, state, bounds: { cpu: 1 }, variants: { only: { cpu: [nothing] } } }),
        'only',
      );
    expect(make).toThrow(new RegExp(`named.*cpu.*${name}`));
  });

  test('a struct among the locals has locals of its own', () => {
    const state = { x: upTo(3), cpu: thread(Cpu, { at: { level: upTo(3), pages: upTo(Page) } }) };
    interface Nested extends StateOf<typeof state> {}
    type NestedCpu = Nested['cpu'][Id<typeof Cpu>];
    function setLevel(_: Nested, { at }: NestedCpu): void {
      at.level = 2;
    }
    function useLevel(s: Nested, { at }: NestedCpu): void {
      s.x = at.level;
    }
    function usePages(s: Nested, { at }: NestedCpu): void {
      s.x = at.pages;
    }
    const variants = { only: { cpu: [setLevel, useLevel, usePages] } };
    const instance = instantiate(
      model({ name: 'nested', about, state, bounds: { cpu: 1, page: 2 }, variants }),
      'only',
    );
    expect(after(instance, 'cpu0.setLevel', 'cpu0.useLevel')).toMatchObject({
      x: 2,
      cpu: [{ at: { level: 2, pages: null } }],
    });
    expect(failure(instance, 'cpu0.setLevel', 'cpu0.useLevel', 'cpu0.usePages')).toMatch(
      /^throws: read cpu0\.at\.pages/,
    );
  });
});

test('a thread knows its number', () => {
  function tellId(s: Tiny, cpu: Cpu): void {
    s.x = cpu.id;
  }
  expect(after(tiny([tellId], { bounds: { cpu: 3 } }), 'cpu2.tellId').x).toBe(2);
  expect(enabled(tiny([tellId], { bounds: { cpu: 2 } }))).toEqual(['cpu0.tellId', 'cpu1.tellId']);
});
