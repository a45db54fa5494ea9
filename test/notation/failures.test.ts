// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import { BUG_ON, blocked, choose, exit, forAny, type Next, NULL, transitionsOf, WARN_ON_ONCE } from '#notation';
import { type Cell, type Cpu, Page, Slot, type Tiny, tiny, tinyOf } from '../tiny.ts';
import { after, enabled, failure, start } from './by-name.ts';

const zero = 0 as never as Page;

/** The failure of a step that does one thing. */
function failureOf(what: (s: Tiny, cpu: Cpu) => unknown): string {
  function step(s: Tiny, cpu: Cpu): void {
    what(s, cpu);
  }
  return failure(tiny([step]), 'cpu0.step');
}

describe('BUG_ON', () => {
  test('fails the step when its condition is true', () => {
    expect(failureOf((s) => BUG_ON(s.x === 0))).toBe('BUG_ON: BUG_ON');
    expect(failureOf((s) => BUG_ON(s.x === 0, 'x is still 0'))).toBe('BUG_ON: x is still 0');
  });

  test('does nothing when it is false', () => {
    expect(failureOf((s) => BUG_ON(s.x === 1))).toBe('next');
  });
});

describe('WARN_ON_ONCE', () => {
  function warn(s: Tiny): Next {
    if (WARN_ON_ONCE(s.x === 0, 'x is 0')) s.y = 1;
    WARN_ON_ONCE(true, 'a second warning');
    s.x = 2;
  }

  test('reports the first condition that is true, returns it, and the step goes on', () => {
    const [found] = transitionsOf(tiny([warn]), start(tiny([warn])));
    expect(found?.applied).toMatchObject({ kind: 'next', warning: 'x is 0', state: { x: 2, y: 1 } });
  });

  test('of a step that is blocked in the end is not reported', () => {
    function warnAndWait(s: Tiny): Next {
      WARN_ON_ONCE(s.x === 0);
      return blocked;
    }
    expect(enabled(tiny([warnAndWait]))).toEqual([]);
  });

  test('does not stick to the next step', () => {
    function quiet(): void {}
    const applied = transitionsOf(tiny([warn], { actions: [quiet] }), start(tiny([warn]))).map((each) => each.applied);
    expect(applied).toMatchObject([{ warning: 'x is 0' }, { warning: undefined }]);
  });
});

describe('a value out of the range of its field', () => {
  test.each<[string, (s: Tiny, cpu: Cpu) => void, string]>([
    ['above an upTo', (s) => void (s.x = 10), 'x to 10, and its range is 0..9'],
    ['below an upTo', (s) => void (s.x = s.x - 1), 'x to -1, and its range is 0..9'],
    ['that is a fraction', (s) => void (s.x = 0.5), 'x to 0.5, and its range is 0..9'],
    ['that is NaN', (s) => void (s.x = Number.NaN), 'x to NaN, and its range is 0..9'],
    ['beyond 2^53', (s) => void (s.x = 2 ** 53), 'x to 9007199254740992, and its range is 0..9'],
    ['that wraps to 0 in 32 bits', (s) => void (s.x = 2 ** 32), 'x to 4294967296, and its range is 0..9'],
    ['undefined', (s) => void (s.x = undefined as never), 'x to undefined, and its range is 0..9'],
    [
      'null, which is how none is written down',
      (_, cpu) => void (cpu.i = null as never),
      'cpu0.i to null, and its range is 0..3',
    ],
    ['in a local, below', (_, cpu) => void (cpu.i = -1), 'cpu0.i to -1, and its range is 0..3'],
    ['in a row, above', (s) => void (s.counts[1] = 4), 'counts[1] to 4, and its range is 0..3'],
    ['in a row, below', (s) => void (s.counts[0] = s.counts[0] - 1), 'counts[0] to -1, and its range is 0..3'],
    ['in a row, NaN', (s) => void (s.counts[0] = Number.NaN), 'counts[0] to NaN, and its range is 0..3'],
    ['in a row, a fraction', (s) => void (s.counts[0] = 1.5), 'counts[0] to 1.5, and its range is 0..3'],
    [
      'in a row, undefined',
      (s) => void (s.counts[0] = undefined as never),
      'counts[0] to undefined, and its range is 0..3',
    ],
    ['in a row, beyond 32 bits', (s) => void (s.counts[0] = 2 ** 32), 'counts[0] to 4294967296, and its range is 0..3'],
    ['in a row, beyond 8 bits', (s) => void (s.counts[0] = 256), 'counts[0] to 256, and its range is 0..3'],
    ['of a bit', (s) => void (s.bits[zero] = 2 as never), 'bits[0] to 2, and its range is 0..1'],
    ['of a bit: a bool', (s) => void (s.bits[zero] = true as never), 'bits[0] to true, and its range is 0..1'],
    ['of a bool: a number', (s) => void (s.flag = 1 as never), 'flag to 1, and its range is true, false'],
    ['of a name', (s) => void (s.color = 'pink' as never), 'color to pink, and its range is red, green, blue'],
    ['of a pointer', (s) => void (s.head = 2 as never as Cell), 'head to 2, and its range is NULL, 0..1'],
    ['of a member: NULL', (s) => void (s.best = NULL as never), 'best to -1, and its range is 0..1'],
    [
      'of a local pointer',
      (_, cpu) => void (cpu.cell = -2 as never as Cell),
      'cpu0.cell to -2, and its range is NULL, 0..1',
    ],
  ])('%s', (_, what, sentence) => {
    expect(failureOf(what)).toBe(`range: set ${sentence}`);
  });

  test('for a moment, inside one step, is out of range too', () => {
    expect(
      failureOf((s) => {
        s.x = 10;
        s.x = 0;
      }),
    ).toBe('range: set x to 10, and its range is 0..9');
  });

  test('the ends of a range are in it', () => {
    expect(
      failureOf((s, cpu) => {
        s.x = 9;
        s.x = 0;
        s.counts[1] = 3;
        s.head = NULL;
        cpu.cell = NULL;
        cpu.i = 3;
        s.color = 'blue';
      }),
    ).toBe('next');
  });

  test('minus zero is zero', () => {
    function setMinusZero(s: Tiny): void {
      s.x = -0;
      s.counts[0] = -0;
    }
    expect(JSON.stringify(after(tiny([setMinusZero]), 'cpu0.setMinusZero'))).toBe(
      JSON.stringify(start(tiny([setMinusZero]))),
    );
  });
});

describe('what the state does not have', () => {
  test.each<[string, (s: never, cpu: never) => unknown, string]>([
    ['a field that is read', (s: { z: number }) => s.z, 'read z, which the state does not have'],
    ['a field that is set', (s: { z: number }) => (s.z = 1), 'set z, which the state does not have'],
    [
      'a field of a struct that is read',
      (s: Tiny) => (s.spte[zero] as never as { w: 1 }).w,
      'read spte[0].w, which the state does not have',
    ],
    [
      'a field of a struct that is set',
      (s: Tiny) => ((s.spte[zero] as never as { w: 1 }).w = 1),
      'set spte[0].w, which the state does not have',
    ],
    ['a local that is read', (_, cpu: { z: 1 }) => cpu.z, 'read cpu0.z, which the state does not have'],
    ['an element beyond the end that is read', (s: Tiny) => s.counts[2], 'read counts[2], and counts has 2 elements'],
    [
      'an element beyond the end that is set',
      (s: Tiny) => (s.counts[2] = 1),
      'set counts.2, which the state does not have',
    ],
    ['an element before the beginning', (s: Tiny) => s.counts[-1], 'read counts[-1], and counts has 2 elements'],
    ['the element at NULL', (s: Tiny) => s.cell[s.head as Cell].value, 'read cell[-1], and cell has 2 elements'],
    [
      'the element at NULL, set',
      (s: Tiny) => (s.bits[NULL as never as Page] = 1),
      'set bits.-1, which the state does not have',
    ],
    [
      'a struct beyond the end',
      (s: Tiny) => s.spte[7 as never as Page].writable,
      'read spte[7], and spte has 2 elements',
    ],
  ])('%s', (_, what, sentence) => {
    expect(failureOf(what as never)).toBe(`throws: ${sentence}`);
  });
});

test('a part of the state cannot be assigned as a whole', () => {
  expect(failureOf((s) => Object.assign(s, { bits: s.bits }))).toBe(
    'throws: set the whole of bits; assign its fields one by one',
  );
  expect(failureOf((s) => Object.assign(s.spte, { 0: s.spte[zero] }))).toBe(
    'throws: set the whole of spte[0]; assign its fields one by one',
  );
  expect(failureOf((s) => Object.assign(s, { lock: s.lock }))).toBe(
    'throws: set the whole of lock; assign its fields one by one',
  );
});

describe('what a step returns', () => {
  test('blocked after it wrote is an error that names what it wrote', () => {
    function writeAndWait(s: Tiny): Next {
      s.x = 1;
      s.spte[zero].writable = true;
      return blocked;
    }
    const sentence = failure(tiny([writeAndWait]), 'cpu0.writeAndWait');
    expect(sentence).toMatch(/^throws: wrote .* and then returned blocked; look before writing$/);
    expect(sentence).toContain('x');
    expect(sentence).toContain('spte.0.writable');
  });

  test('blocked after it put everything back is blocked', () => {
    function writeAndTakeBack(s: Tiny): Next {
      s.x = 1;
      s.x = 0;
      return blocked;
    }
    expect(enabled(tiny([writeAndTakeBack]))).toEqual([]);
  });

  test.each([
    [1, '1'],
    [null, 'null'],
    [true, 'true'],
    ['blocked', 'blocked'],
    [Promise.resolve(), '[object Promise]'],
    [function unheard() {}, 'the function unheard'],
  ])('%s is an error that says so', (value, text) => {
    const holder = { get: () => value };
    function garbage(): unknown {
      return holder.get();
    }
    expect(failure(tinyOf([garbage]), 'cpu0.garbage')).toBe(
      `throws: returned ${text}; a step returns nothing, blocked, exit, or a step of its list by name`,
    );
  });

  test('a step of its list that its source does not name is an error', () => {
    function toOther(): Next {
      return other();
    }
    const other = () => later;
    function later(): void {}
    expect(failure(tinyOf([toOther, later]), 'cpu0.toOther')).toMatch(
      /^throws: returned the function later; a step returns/,
    );
  });

  test('exit from a helper, which its source does not name, is an error', () => {
    const helper = (): Next => exit;
    function viaHelper(): Next {
      return helper();
    }
    expect(failure(tiny([viaHelper]), 'cpu0.viaHelper')).toMatch(/^throws: returned Symbol\(mmucheck\.exit\)/);
  });

  test('blocked from a helper is blocked', () => {
    const helper = (): Next => blocked;
    function viaHelper(): Next {
      return helper();
    }
    expect(enabled(tiny([viaHelper]))).toEqual([]);
  });

  test('the return of a callback is not its own', () => {
    function callback(s: Tiny): void {
      s.bits.forEach(() => {
        return;
      });
      s.flag = s.bits.some((each) => {
        return each === 1;
      });
    }
    expect(enabled(tiny([callback]))).toEqual(['cpu0.callback']);
  });
});

describe('what a step throws', () => {
  test('an error is told with its name', () => {
    expect(
      failureOf(() => {
        throw new TypeError('no');
      }),
    ).toBe('throws: threw TypeError: no');
  });

  test.each<[string, unknown, string]>([
    ['a string', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    ['an object without a text', Object.create(null), 'something that cannot be printed'],
    [
      'an object with a hostile text',
      {
        toString: () => {
          throw new Error('ha');
        },
      },
      'something that cannot be printed',
    ],
  ])('%s is told as well as can be', (_, thrown, text) => {
    expect(
      failureOf(() => {
        throw thrown;
      }),
    ).toBe(`throws: threw ${text}`);
  });

  test('endless recursion is a failure of the step', () => {
    const deeper = (n: number): number => deeper(n + 1) + 1;
    expect(failureOf(() => deeper(0))).toMatch(/^throws: threw RangeError/);
  });
});

describe('choices', () => {
  function pick(s: Tiny, _: Cpu, page: Page): void {
    s.bits[page] = 1;
  }
  function roll(s: Tiny): void {
    s.x = choose(3);
  }
  function pickAndRoll(s: Tiny, _: Cpu, page: Page, slot: Slot): Next {
    if (slot === 0 && s.bits[page]) return blocked;
    s.bits[page] = 1;
    s.x = slot === 1 ? choose(2) : 5;
  }

  test('the members of a set are arguments', () => {
    expect(enabled(tiny([forAny(Page, pick)], { bounds: { page: 3 } }))).toEqual([
      'cpu0.pick(0)',
      'cpu0.pick(1)',
      'cpu0.pick(2)',
    ]);
  });

  test('the outcomes of choose are arguments', () => {
    expect(enabled(tiny([roll]))).toEqual(['cpu0.roll(0)', 'cpu0.roll(1)', 'cpu0.roll(2)']);
    expect(after(tiny([roll]), 'cpu0.roll(2)').x).toBe(2);
  });

  test('members come first, then the outcomes, as many as the step asks for', () => {
    const names = enabled(tiny([forAny(Page, Slot, pickAndRoll)]));
    const expected = ['(0, 0)', '(0, 1, 0)', '(0, 1, 1)', '(1, 0)', '(1, 1, 0)', '(1, 1, 1)'];
    expect(names).toEqual(expected.map((args) => `cpu0.pickAndRoll${args}`));
  });

  test('an action makes them too', () => {
    function set(s: Tiny, page: Page): Next {
      if (s.bits[page]) return blocked;
      s.bits[page] = 1;
    }
    const instance = tiny([roll], { actions: [forAny(Page, set)] });
    expect(enabled(instance, after(instance, 'hardware.set(0)'))).toContain('hardware.set(1)');
    expect(enabled(instance, after(instance, 'hardware.set(0)'))).not.toContain('hardware.set(0)');
  });

  test('one among no outcomes fails the step', () => {
    expect(failureOf(() => choose(0))).toBe('throws: choose() among no outcomes');
  });
});
