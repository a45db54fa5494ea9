// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import { executed, type NamedStep, ReplayError, sameSchedule } from '#explorer';
import { blocked, either, exit, forAny, holding, type Next } from '#notation';
import { type Cpu, Page, type Tiny, tiny } from '../tiny.ts';

function a(s: Tiny): Next {
  if (s.x === 9) return exit;
  s.x++;
}
function b(s: Tiny): Next {
  if (s.x === 0) return blocked;
  s.y = s.x;
}
function c(): void {}
function pick(_: Tiny, cpu: Cpu, page: Page): void {
  cpu.page = page;
}
function tick(s: Tiny): Next {
  if (s.flag) return blocked;
  s.flag = true;
}

const two = { bounds: { cpu: 2, page: 2 }, actions: [tick] };
const named = (calls: string): NamedStep[] =>
  calls.split(' ').map((call) => {
    const [thread = '', step = '', ...args] = call.split('.');
    return { thread, step, args: args.map(Number) };
  });
const told = (steps: readonly (NamedStep | undefined)[]) =>
  steps.map((step) => (step ? [step.thread, step.step, ...step.args].join('.') : '-')).join(' ');

/** What a schedule of one list becomes in another: what was done at each turn, and all that was done. */
function carried(from: Parameters<typeof tiny>[0], to: Parameters<typeof tiny>[0], calls: string): [string, string] {
  const { trace, instead } = sameSchedule(tiny(to, two), executed(tiny(from, two), undefined, named(calls)));
  return [told(instead), told(trace.steps)];
}

describe('a schedule is carried over to another variant', () => {
  test('as it is, where the lists are the same, with what was chosen', () => {
    const calls = 'cpu0.pick.1 hardware.tick cpu1.pick.0 cpu0.a';
    expect(carried([forAny(Page, pick), a], [forAny(Page, pick), a], calls)).toEqual([calls, calls]);
  });
  test('with each thread doing what is next for it', () => {
    const [instead, all] = carried([a, c], [c, a], 'cpu0.a cpu1.a cpu0.c');
    expect([instead, all]).toEqual(['cpu0.c cpu1.c cpu0.a', 'cpu0.c cpu1.c cpu0.a']);
  });
  test('past a thread that can do nothing, or more than one thing that the race did not', () => {
    expect(carried([a, c], [b, a], 'cpu0.a cpu0.c')).toEqual(['- -', '']);
    expect(carried([a, c], [either([b, c], [c]), a], 'cpu0.a')).toEqual(['cpu0.c', 'cpu0.c']);
    expect(carried([a, c], [forAny(Page, pick), a], 'cpu0.a')).toEqual(['-', '']);
    expect(carried([a], [a], 'hardware.tick')[0]).toEqual('hardware.tick');
  });
  test('but not into another round of a function that has ended early', () => {
    function leave(): Next {
      return exit;
    }
    expect(carried([a, b, c], [a, leave, c], 'cpu0.a cpu0.b cpu0.c cpu0.a')[0]).toBe('cpu0.a cpu0.leave - cpu0.a');
  });
  test('with what it takes a lock for at no cost, and what it releases it for at once', () => {
    const [instead, all] = carried([a, c], [...holding('lock', a), c], 'cpu0.a cpu1.a cpu0.c');
    expect(instead).toBe('cpu0.a cpu1.a cpu0.c');
    expect(all).toBe(
      'cpu0.spin_lock(lock) cpu0.a cpu0.spin_unlock(lock) cpu1.spin_lock(lock) cpu1.a cpu1.spin_unlock(lock) cpu0.c',
    );
    expect(carried([a, c], [...holding('lock', a, c)], 'cpu0.a cpu1.a cpu0.c')[0]).toBe('cpu0.a - cpu0.c');
  });
  test('but with the locks of the race where the race has them', () => {
    const calls = 'cpu0.spin_lock(lock) cpu0.a cpu1.c cpu0.spin_unlock(lock)';
    const list = [...holding('lock', a), c];
    const from = executed(tiny([either(list, [c])], two), undefined, named(calls));
    const { instead } = sameSchedule(tiny([either(list, [c])], two), from);
    expect(told(instead)).toBe(calls);
  });
});

test('a schedule that fails in the other variant goes no further', () => {
  function fails(s: Tiny): void {
    s.x = 99;
  }
  const { trace, instead } = sameSchedule(
    tiny([fails], two),
    executed(tiny([a], two), undefined, named('cpu0.a cpu1.a')),
  );
  expect(trace.failure).toContain('set x to 99');
  expect(told(instead)).toBe('cpu0.fails -');
});

test('a variant that does not start where the race does cannot take its schedule', () => {
  expect(() =>
    sameSchedule(tiny([a], two), { ...executed(tiny([a], two), undefined, []), initial: 'elsewhere' }),
  ).toThrow(ReplayError);
});
