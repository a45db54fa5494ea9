// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import {
  atomically,
  blocked,
  BUG_ON,
  either,
  exit,
  forAny,
  holding,
  initialStates,
  instantiate,
  type Next,
  transitionsOf,
  WARN_ON_ONCE,
} from '#notation';
import { type Cpu, Page, type Tiny, tiny } from '../tiny.ts';
import { after, enabled, failure, start } from './by-name.ts';

function a(s: Tiny): void {
  s.x = 1;
}
function b(s: Tiny): void {
  s.y = s.x + 1;
}
function c(s: Tiny): void {
  s.flag = true;
}
function ifFlag(s: Tiny): Next {
  if (!s.flag) return blocked;
}
function setFlag(s: Tiny): Next {
  if (s.flag) return blocked;
  s.flag = true;
}
function round(): Next {
  return turn;
}
function turn(): Next {
  return round;
}
function warns(s: Tiny): void {
  WARN_ON_ONCE(s.x === 1, 'x is 1');
}
function breaks(s: Tiny): void {
  BUG_ON(s.x === 1, 'x is 1');
}
function setI(_: Tiny, cpu: Cpu): void {
  cpu.i = 3;
}
function useI(s: Tiny, cpu: Cpu): void {
  s.x = cpu.i;
}
function pick(s: Tiny, _: Cpu, page: Page): Next {
  if (s.bits[page]) return blocked;
  s.bits[page] = 1;
}

describe('steps folded into one transition', () => {
  test('are seen by nobody in between, and named by the first', () => {
    const instance = tiny([atomically(a, b), c]);
    expect(enabled(instance)).toEqual(['cpu0.a']);
    expect(after(instance, 'cpu0.a')).toMatchObject({ x: 1, y: 2 });
    expect(enabled(instance, after(instance, 'cpu0.a'))).toEqual(['cpu0.c']);
  });

  test('are enabled only when all of them are', () => {
    const instance = tiny([atomically(a, ifFlag)], { actions: [setFlag] });
    expect(enabled(instance)).toEqual(['hardware.setFlag']);
    expect(enabled(instance, after(instance, 'hardware.setFlag'))).toEqual(['cpu0.a']);
  });

  test('that are blocked leave nothing of what the first of them wrote', () => {
    const instance = tiny([atomically(a, ifFlag)], { actions: [setFlag] });
    expect(start(instance)).toMatchObject({ x: 0 });
    expect(transitionsOf(instance, start(instance)).map(({ applied }) => applied.kind)).toEqual(['next']);
  });

  test('may enable what stands later in the list', () => {
    expect(enabled(tiny([atomically(c, ifFlag)]))).toEqual(['cpu0.c']);
  });

  test('take and release a lock without anybody seeing it held', () => {
    const instance = tiny([atomically(...holding('lock', a)), c]);
    expect(enabled(instance)).toEqual(['cpu0.a']);
    expect(after(instance, 'cpu0.a')).toMatchObject({ lock: { owner: 0 }, x: 1 });
  });

  test('are not enabled while another thread holds the lock they take', () => {
    const instance = tiny(either([atomically(...holding('lock', a))], [...holding('lock', b), c]), {
      bounds: { cpu: 2 },
    });
    expect(enabled(instance, after(instance, 'cpu1.spin_lock(lock)'))).toEqual(['cpu1.b']);
  });

  test('exit out of a lock they took', () => {
    function leave(): Next {
      return exit;
    }
    const instance = tiny([atomically(a, ...holding('lock', leave, b), c)]);
    expect(after(instance, 'cpu0.a')).toMatchObject({ lock: { owner: 0 }, x: 1, y: 0, flag: false });
  });

  test('one inside another is one transition', () => {
    expect(after(tiny([atomically(a, atomically(b, c))]), 'cpu0.a')).toMatchObject({ x: 1, y: 2, flag: true });
  });

  test('set locals, which live on after them', () => {
    const instance = tiny([atomically(setI, a), useI, b]);
    expect(after(instance, 'cpu0.setI', 'cpu0.useI').x).toBe(3);
  });

  test('at the end of a function leave no locals', () => {
    expect(after(tiny([atomically(setI, useI)]), 'cpu0.setI')).toMatchObject({ x: 3, cpu: [{ i: null }] });
  });
});

describe('choices inside atomically', () => {
  test('are arguments of the one transition, the branch of an either among them', () => {
    const instance = tiny([atomically(a, either([b], [c]), forAny(Page, pick))]);
    expect(enabled(instance)).toEqual(['cpu0.a(0, 0)', 'cpu0.a(0, 1)', 'cpu0.a(1, 0)', 'cpu0.a(1, 1)']);
    expect(after(instance, 'cpu0.a(1, 1)')).toMatchObject({ x: 1, y: 0, flag: true, bits: [0, 1] });
  });

  test('of which one is blocked leave the others', () => {
    const instance = tiny([atomically(forAny(Page, pick), a)]);
    expect(enabled(instance, after(instance, 'cpu0.pick(1)'))).toEqual(['cpu0.pick(0)']);
    expect(enabled(instance, after(instance, 'cpu0.pick(1)', 'cpu0.pick(0)'))).toEqual([]);
  });

  test('each start from the same state', () => {
    const instance = tiny([atomically(forAny(Page, pick), b)]);
    const after0 = transitionsOf(instance, start(instance)).map(
      ({ applied }) => applied.kind === 'next' && applied.state,
    );
    expect(after0).toMatchObject([{ bits: [1, 0] }, { bits: [0, 1] }]);
  });
});

describe('a failure inside atomically', () => {
  test('is the failure of the transition', () => {
    expect(failure(tiny([atomically(a, breaks, b)]), 'cpu0.a')).toBe('BUG_ON: x is 1');
  });

  test('is none when a step after it would have been blocked, for it comes first', () => {
    expect(failure(tiny([atomically(a, breaks, ifFlag)]), 'cpu0.a')).toBe('BUG_ON: x is 1');
  });

  test('that is a warning is reported and the transition goes on', () => {
    const [found] = transitionsOf(tiny([atomically(a, warns, b)]), start(tiny([a])));
    expect(found?.applied).toMatchObject({ kind: 'next', warning: 'x is 1', state: { y: 2 } });
  });

  test('that is a warning does not count when the whole is not enabled', () => {
    expect(enabled(tiny([atomically(a, warns, ifFlag)]))).toEqual([]);
  });

  test('is one that goes round for ever', () => {
    expect(failure(tiny([atomically(round, turn)]), 'cpu0.round')).toBe(
      'throws: atomically(round …) took 100000 steps without coming to its end',
    );
  });
});

test('an unfolded list and the same list folded end in the same states when nobody else runs', () => {
  const list = [setI, either([useI], [a]), b, forAny(Page, pick)];
  const unfolded = tiny(list);
  const folded = tiny([atomically(...list)]);
  const ends = new Set<string>();
  const walk = (states = initialStates(unfolded).map(({ state }) => state)): void => {
    for (const state of states) {
      for (const { applied } of transitionsOf(unfolded, state)) {
        if (applied.kind !== 'next') continue;
        const { cpu } = applied.state as { cpu: { point: number }[] };
        if (cpu[0]?.point === 0) ends.add(JSON.stringify(applied.state));
        else walk([applied.state]);
      }
    }
  };
  walk();
  const inOne = transitionsOf(folded, start(folded)).map(
    ({ applied }) => applied.kind === 'next' && JSON.stringify(applied.state),
  );
  expect(inOne).toHaveLength(4);
  expect(new Set(inOne)).toEqual(ends);
  expect(instantiate(folded.model, 'only').threads).toHaveLength(1);
});
