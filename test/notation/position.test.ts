import { describe, expect, test } from 'vitest';
import {
  ahead,
  at,
  atomically,
  either,
  exit,
  forAny,
  holding,
  idle,
  type Instance,
  type Next,
  once,
  passed,
  viewOf,
} from '#notation';
import { type Cpu, Page, type Tiny, tiny } from '../tiny.ts';
import { after } from './by-name.ts';

function a(): void {}
function b(): void {}
function c(): void {}
function d(): void {}
function leave(): Next {
  return exit;
}
function pick(_: Tiny, cpu: Cpu, page: Page): void {
  cpu.page = page;
}
function toB(): Next {
  return b;
}

const steps = { a, b, c, d, leave, pick };

/** The names of the steps of which something is true after transitions of the first thread. */
function those(
  what: (thread: Tiny['cpu'][0], step: () => Next) => boolean,
  instance: Instance,
  ...names: string[]
): string {
  const { cpu } = viewOf(instance, after(instance, ...names.map((name) => `cpu0.${name}`))) as Tiny;
  return Object.entries(steps)
    .filter(([, step]) => what(cpu[0], step as () => Next))
    .map(([name]) => name)
    .join(' ');
}

describe('ahead and passed', () => {
  const plain = tiny([a, b, c]);

  test('a thread that is idle owes nothing and has nothing behind it', () => {
    expect(those(ahead, plain)).toBe('');
    expect(those(passed, plain)).toBe('');
  });

  test('a step is ahead until it has been taken, and then it is passed', () => {
    expect(those(ahead, plain, 'a')).toBe('b c');
    expect(those(passed, plain, 'a')).toBe('a');
    expect(those(ahead, plain, 'a', 'b')).toBe('c');
    expect(those(passed, plain, 'a', 'b')).toBe('a b');
  });

  test('nothing is ahead or passed when the function has returned', () => {
    expect(those(ahead, plain, 'a', 'b', 'c')).toBe('');
    expect(those(passed, plain, 'a', 'b', 'c')).toBe('');
  });

  test('of a list of hundreds of steps too', () => {
    const many = Array.from({ length: 400 }, () => () => {});
    const list = many.map((step, i) => Object.defineProperty(step, 'name', { value: `step${i}` }));
    const instance = tiny([a, ...list, b]);
    expect(those(ahead, instance, 'a', 'step0')).toBe('b');
    expect(those(passed, instance, 'a', 'step0')).toBe('a');
    const most = list.slice(0, -1).map(({ name }) => name);
    expect([those(ahead, instance, 'a', ...most), those(passed, instance, 'a', ...most)]).toEqual(['b', 'a']);
  });

  test('a step that cannot carry a number is told apart all the same', () => {
    const [first, second] = [Object.freeze(() => {}), Object.freeze(() => {})];
    const { cpu } = viewOf(tiny([a, b]), after(tiny([a, b]), 'cpu0.a')) as Tiny;
    expect([ahead(cpu[0], first), ahead(cpu[0], second), ahead(cpu[0], b)]).toEqual([false, false, true]);
  });

  test('several steps are ahead if any of them is', () => {
    const { cpu } = viewOf(plain, after(plain, 'cpu0.a', 'cpu0.b')) as Tiny;
    expect([ahead(cpu[0], a, c), ahead(cpu[0], a, b), ahead(cpu[0])]).toEqual([true, false, false]);
  });

  test('a called list is seen through, from inside and from outside', () => {
    const instance = tiny([a, [b, c], d]);
    expect(those(ahead, instance, 'a', 'b')).toBe('c d');
    expect(those(passed, instance, 'a', 'b')).toBe('a b');
  });

  test('holding is seen through', () => {
    const instance = tiny([a, ...holding('lock', b, c), d]);
    expect(those(ahead, instance, 'a', 'spin_lock(lock)')).toBe('b c d');
    expect(those(passed, instance, 'a', 'spin_lock(lock)', 'b', 'c')).toBe('a b c');
    expect(those(passed, instance, 'a', 'spin_lock(lock)', 'b', 'c', 'spin_unlock(lock)')).toBe('a b c');
  });

  test('a branch that is not taken is neither ahead nor passed', () => {
    const instance = tiny([a, either([b], [c, leave]), d]);
    expect(those(ahead, instance, 'a')).toBe('b c d leave');
    expect(those(ahead, instance, 'a', 'c')).toBe('d leave');
    expect(those(passed, instance, 'a', 'c')).toBe('a c');
  });

  test('atomically is ahead and passed with all that is in it', () => {
    const instance = tiny([a, atomically(b, c), d]);
    expect(those(ahead, instance, 'a')).toBe('b c d');
    expect(those(passed, instance, 'a', 'b')).toBe('a b c');
  });

  test('a step that is quantified is asked for by its function', () => {
    const instance = tiny([a, forAny(Page, pick), b]);
    expect(those(ahead, instance, 'a')).toBe('b pick');
    expect(those(passed, instance, 'a', 'pick(1)')).toBe('a pick');
  });

  test('on the way out of a lock nothing but the release is ahead, and what was done is passed', () => {
    const instance = tiny([a, ...holding('lock', b, leave, c), d]);
    const out = ['a', 'spin_lock(lock)', 'b', 'leave'];
    expect(those(ahead, instance, ...out)).toBe('');
    expect(those(passed, instance, ...out)).toBe('a b leave');
  });

  test('a called list that exits out of a lock still has its caller ahead', () => {
    const instance = tiny([a, [...holding('lock', b, leave), c], d]);
    expect(those(ahead, instance, 'a', 'spin_lock(lock)', 'b', 'leave')).toBe('d');
  });

  test('after a goto back the steps between are ahead again', () => {
    const instance = tiny([a, b, c, toB, d]);
    expect(those(ahead, instance, 'a', 'b', 'c', 'toB')).toBe('b c d');
    expect(those(passed, instance, 'a', 'b', 'c', 'toB')).toBe('a');
  });

  test('a step that stands twice is both ahead and passed between', () => {
    const instance = tiny([a, b, a, c]);
    expect(those(ahead, instance, 'a')).toBe('a b c');
    expect(those(passed, instance, 'a')).toBe('a');
    expect(those(ahead, instance, 'a', 'b', 'a')).toBe('c');
  });

  test('a list that runs once has nothing ahead when it has ended', () => {
    const instance = tiny(once(a, b));
    expect(those(ahead, instance, 'a')).toBe('b');
    expect(those(ahead, instance, 'a', 'b')).toBe('');
  });
});

describe('at', () => {
  test('says what the thread does next, the first step of its function included', () => {
    const instance = tiny([a, either([b], [c]), d]);
    expect(those(at, instance)).toBe('a');
    expect(those(at, instance, 'a')).toBe('b c');
    expect(those(at, instance, 'a', 'b')).toBe('d');
  });

  test('finds a step by its function when it is quantified', () => {
    expect(those(at, tiny([forAny(Page, pick)]))).toBe('pick');
  });

  test('finds an atomically by its first step', () => {
    expect(those(at, tiny([atomically(a, b)]))).toBe('a');
  });
});

function idleAfter(instance: Instance, ...names: string[]): boolean {
  return those(idle, instance, ...names) !== '';
}

describe('idle', () => {
  test('is a thread before its first step, and again after its last', () => {
    const instance = tiny([a, b]);
    expect([idleAfter(instance), idleAfter(instance, 'a'), idleAfter(instance, 'a', 'b')]).toEqual([true, false, true]);
  });

  test('is a thread that has ended', () => {
    const instance = tiny(once(a, b));
    expect([idleAfter(instance, 'a'), idleAfter(instance, 'a', 'b')]).toEqual([false, true]);
  });

  test('is no thread that went back to its first step without returning', () => {
    function toA(): Next {
      return a;
    }
    expect(idleAfter(tiny([a, toA, b]), 'a', 'toA')).toBe(false);
    expect(idleAfter(tiny(once(a, toA, b)), 'a', 'toA')).toBe(false);
  });
});
