// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import { executed, type NamedStep, ReplayError, search, type Trace } from '#explorer';
import {
  alloc,
  BUG_ON,
  blocked,
  choose,
  either,
  exit,
  forAny,
  holding,
  type Instance,
  type Next,
  NULL,
  once,
  read,
  WARN_ON_ONCE,
} from '#notation';
import { type Cpu, type Extras, Page, type Tiny, tiny } from '../tiny.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';
import { traceOf } from './trace-of.ts';

function a(s: Tiny): void {
  s.x = 1;
}
function b(s: Tiny): void {
  s.y = 2;
}
function nothing(): void {}
function untilFlag(s: Tiny): Next {
  if (!s.flag) return blocked;
}
function setFlag(s: Tiny): Next {
  if (s.flag) return blocked;
  s.flag = true;
}
function pick(s: Tiny, cpu: Cpu, page: Page): Next {
  if (s.bits[page]) return blocked;
  cpu.page = page;
}
function setBit(s: Tiny, cpu: Cpu): void {
  s.bits[cpu.page] = 1;
}
function roll(s: Tiny): void {
  s.y = choose(3);
}
function breaks(s: Tiny): void {
  BUG_ON(s.x === 1, 'x is 1');
}
function warns(s: Tiny): void {
  WARN_ON_ONCE(s.x === 1, 'x is 1');
}
function overflows(s: Tiny): void {
  s.x = s.x + 8;
}
function throws(s: Tiny): void {
  if (s.x === 1) throw new Error('x is 1');
}

/** Steps as a replay line has them: `cpu0.pick(1)`. */
function steps(...calls: readonly string[]): NamedStep[] {
  return calls.map((call) => {
    const [, thread = '', step = '', args = ''] = /^(\w+)\.(\w+lock\(\w+\)|\w+)(?:\(([-\d., ]*)\))?$/.exec(call) ?? [];
    return { thread, step, args: args === '' ? [] : args.split(',').map(Number) };
  });
}

function refusal(instance: Instance, ...calls: readonly string[]): { at: number; message: string } {
  try {
    executed(instance, undefined, steps(...calls));
  } catch (error) {
    expect(error).toBeInstanceOf(ReplayError);
    const { at, message } = error as ReplayError;
    return { at, message };
  }
  throw new Error('it applies');
}

/** A trace as calls, and what each changed. */
function told({ steps: all }: Trace): string[] {
  return all.map(({ thread, step, args, changed }) =>
    [`${thread}.${step}(${args.join(', ')})`, ...changed.map(({ path, value }) => `${path} = ${String(value)}`)].join(
      '; ',
    ),
  );
}

describe('every trace that a search finds can be executed again, and ends in what was found', () => {
  test.each(Object.entries(tinyModels))('%s', (_, instance) => {
    const searched = search(instance, tinyClaims);
    for (const name of searched.violations.keys()) {
      const trace = traceOf(searched, name, tinyClaims);
      expect(trace.steps).toHaveLength(trace.length);
      expect(trace.states).toHaveLength(trace.length + (trace.failure === undefined ? 1 : 0));
    }
  });
});

describe('a trace tells', () => {
  test('who did what with which members and outcomes, and what that changed', () => {
    const instance = tiny([forAny(Page, pick), setBit, roll], { bounds: { cpu: 2 }, actions: [setFlag] });
    const trace = executed(
      instance,
      undefined,
      steps('cpu1.pick(1)', 'hardware.setFlag', 'cpu1.setBit', 'cpu1.roll(2)'),
    );
    expect(told(trace)).toEqual([
      'cpu1.pick(1); cpu1.page = 1',
      'hardware.setFlag(); flag = true',
      'cpu1.setBit(); bits[1] = 1',
      'cpu1.roll(2); y = 2',
    ]);
    expect(trace).toMatchObject({
      model: 'tiny',
      variant: 'only',
      length: 4,
      switches: 2,
      failure: undefined,
      initial: undefined,
    });
    expect(trace.steps[0]?.changed).toEqual([{ path: 'cpu1.page', value: 1, local: true }]);
    expect(trace.steps[2]?.changed).toEqual([{ path: 'bits[1]', value: 1, local: false }]);
  });

  test('who took a lock, and that it is free again', () => {
    const instance = tiny([...holding('lock', a), nothing], { bounds: { cpu: 2 } });
    const trace = executed(instance, undefined, steps('cpu1.spin_lock(lock)', 'cpu1.a', 'cpu1.spin_unlock(lock)'));
    expect(told(trace)).toEqual([
      'cpu1.spin_lock(lock)(); lock = cpu1',
      'cpu1.a(); x = 1',
      'cpu1.spin_unlock(lock)(); lock = null',
    ]);
  });

  test('who reads a read/write lock', () => {
    const instance = tiny([...holding(read('rw'), a)], { bounds: { cpu: 2 } });
    expect(told(executed(instance, undefined, steps('cpu1.read_lock(rw)')))).toEqual([
      'cpu1.read_lock(rw)(); rw.readers[1] = 1',
    ]);
  });

  test('NULL by its name, and nothing of locals that die', () => {
    function setHead(s: Tiny, cpu: Cpu): void {
      s.head = alloc(s.cell);
      cpu.cell = s.head;
    }
    function dropHead(s: Tiny): Next {
      s.head = NULL;
      return exit;
    }
    const trace = executed(tiny([setHead, dropHead]), undefined, steps('cpu0.setHead', 'cpu0.dropHead'));
    expect(told(trace)).toEqual([
      'cpu0.setHead(); head = 0; cell[0].allocated = true; cpu0.cell = 0',
      'cpu0.dropHead(); head = NULL',
    ]);
  });

  test('the states it passes through, the first and the last included', () => {
    const trace = executed(tiny([a, b]), undefined, steps('cpu0.a', 'cpu0.b'));
    expect(trace.states).toMatchObject([
      { x: 0, y: 0 },
      { x: 1, y: 0 },
      { x: 1, y: 2 },
    ]);
  });

  test('nothing, when there is nothing to do', () => {
    expect(executed(tiny([a]), undefined, [])).toMatchObject({ steps: [], length: 0, switches: 0, states: [{ x: 0 }] });
  });

  test('in which of several initial states it begins', () => {
    function low(): void {}
    function high(s: Tiny): void {
      s.x = 9;
    }
    const instance = tiny([a], { initial: [low, high] });
    const searched = search(instance, { invariants: { never9: ((s: Tiny) => s.x !== 9) as never }, reachable: {} });
    expect(traceOf(searched, 'never9')).toMatchObject({ initial: 'high', length: 0 });
    expect(executed(instance, 'high', []).states).toMatchObject([{ x: 9 }]);
  });
});

describe('steps that do not apply are refused, the first of them named', () => {
  const instance = tiny([a, forAny(Page, pick), setBit, roll], { bounds: { cpu: 2 }, actions: [setFlag] });

  test('a thread that is not there', () => {
    expect(refusal(instance, 'cpu0.a', 'cpu2.a')).toEqual({
      at: 2,
      message: 'step 2, cpu2.a(): tiny/only has no thread cpu2; it has cpu0, cpu1, hardware',
    });
  });

  test('a step that is not what the thread does next', () => {
    expect(refusal(instance, 'cpu0.setBit')).toEqual({ at: 1, message: 'step 1, cpu0.setBit(): cpu0 would do a' });
    expect(refusal(instance, 'cpu0.a', 'cpu1.pick(0)')).toEqual({
      at: 2,
      message: 'step 2, cpu1.pick(0): cpu1 would do a',
    });
  });

  test('a step of a thread that has ended', () => {
    expect(refusal(tiny(once(a)), 'cpu0.a', 'cpu0.a')).toEqual({
      at: 2,
      message: 'step 2, cpu0.a(): cpu0 would do nothing: it has ended',
    });
  });

  test('an action that is not there', () => {
    expect(refusal(instance, 'hardware.tick')).toEqual({ at: 1, message: 'step 1, tick(): the actions are setFlag' });
  });

  test('a step that is not enabled', () => {
    expect(refusal(instance, 'hardware.setFlag', 'hardware.setFlag')).toEqual({
      at: 2,
      message: 'step 2, setFlag(): it is not enabled there',
    });
    expect(
      refusal(tiny([...holding('lock', a)], { bounds: { cpu: 2 } }), 'cpu0.spin_lock(lock)', 'cpu1.spin_lock(lock)'),
    ).toMatchObject({
      at: 2,
    });
  });

  test.each([
    ['none where there should be one', 'cpu0.pick', 'pick makes 1 choices, and 0 were given'],
    ['too many', 'cpu0.pick(0, 0)', 'pick makes 1 choices, and 2 were given'],
  ])('arguments: %s', (_, call, sentence) => {
    const { at, message } = refusal(instance, 'cpu0.a', call);
    expect(at).toBe(2);
    expect(message).toContain(sentence);
  });

  test.each(['cpu0.pick(2)', 'cpu0.pick(-1)', 'cpu0.pick(0.5)'])('arguments out of range: %s', (call) => {
    expect(refusal(instance, 'cpu0.a', call)).toMatchObject({ at: 2 });
  });

  test('an outcome that choose does not have', () => {
    expect(refusal(instance, 'cpu0.a', 'cpu0.pick(0)', 'cpu0.setBit', 'cpu0.roll(3)')).toMatchObject({ at: 4 });
  });

  test('anything after a step that fails', () => {
    expect(refusal(tiny([a, breaks]), 'cpu0.a', 'cpu0.breaks', 'cpu0.a')).toEqual({
      at: 3,
      message: 'step 2 failed (x is 1); nothing can follow it',
    });
  });

  test('an initial state that is not there, or is not named', () => {
    function low(): void {}
    function high(): void {}
    const two = tiny([a], { initial: [low, high] });
    const message = (initial: string | undefined) => {
      try {
        executed(two, initial, []);
      } catch (error) {
        return [(error as ReplayError).at, (error as Error).message];
      }
      return [];
    };
    expect(message('middle')).toEqual([0, 'tiny/only has no initial state middle; it has low, high']);
    expect(message(undefined)).toEqual([0, 'tiny/only has no initial state (none is named); it has low, high']);
  });
});

describe('a step that fails is the last of the shortest trace', () => {
  test.each<[string, string, (s: Tiny) => Next | void, string]>([
    ['BUG_ON', 'BUG_ON', breaks, 'x is 1'],
    ['a value out of range', 'range', overflows, 'set x to 16, and its range is 0..9'],
    ['a step that throws', 'throws', throws, 'threw Error: x is 1'],
  ])('%s', (_, name, step, sentence) => {
    const searched = search(tiny(name === 'range' ? [overflows] : [a, step]));
    const trace = traceOf(searched, name);
    expect(trace).toMatchObject({ length: 2, failure: sentence });
    expect(trace.states).toHaveLength(2);
    expect(searched.violations.get(name)).toMatchObject({ inStep: true, message: sentence });
  });

  test('a warning goes on, and its trace ends in the step that warned', () => {
    const searched = search(tiny([a, warns, b]));
    expect(told(traceOf(searched, 'WARN_ON_ONCE'))).toEqual(['cpu0.a(); x = 1', 'cpu0.warns()']);
    expect(searched.violations.get('WARN_ON_ONCE')).toMatchObject({ inStep: true });
  });

  test('a step that wrote and then returned blocked', () => {
    function writesAndBlocks(s: Tiny): Next {
      if (s.x === 1) s.y = 1;
      return blocked;
    }
    const trace = traceOf(search(tiny([a, writesAndBlocks])), 'throws');
    expect(trace.failure).toMatch(/wrote .* and then returned blocked/);
  });

  test('a claim that throws is told with its name', () => {
    const searched = search(tiny([a]), {
      invariants: { reads: ((s: Tiny) => s.cpu[0].i === 1) as never },
      reachable: {},
    });
    expect(searched.violations.get('throws')).toMatchObject({ index: 0, inStep: false });
    expect(searched.violations.get('throws')?.message).toMatch(/^claim reads read cpu0\.i, which is none there/);
  });

  test('a claim that throws sooner than a step does is the one that is told', () => {
    function left(s: Tiny): void {
      s.x = 1;
    }
    function right(s: Tiny): void {
      s.x = 2;
    }
    // Both states are one step away; the step that fails is found first, and is one step more.
    const searched = search(tiny([either([left], [right]), throws]), {
      invariants: {
        reads: ((s: Tiny) => {
          if (s.x === 2) throw new Error('x is 2');
          return true;
        }) as never,
      },
      reachable: {},
    });
    expect(traceOf(searched, 'throws')).toMatchObject({ length: 1, failure: undefined });
  });

  test('a claim that returns no boolean is told with its name', () => {
    const searched = search(tiny([a]), { invariants: { count: ((s: Tiny) => s.x) as never }, reachable: {} });
    expect(searched.violations.get('throws')?.message).toBe('claim count returned 0; a claim returns true or false');
  });
});

describe('deadlock', () => {
  const deadlock = (list: Parameters<typeof tiny>[0], extras?: Extras) => {
    const searched = search(tiny(list, extras));
    return searched.violations.has('deadlock') ? told(traceOf(searched, 'deadlock')) : undefined;
  };

  test('is two threads that take two locks in different orders', () => {
    const searched = search(tinyModels['two locks in both orders'] as Instance);
    const taken = traceOf(searched, 'deadlock').steps.map(({ step }) => step);
    expect(taken.toSorted()).toEqual(['spin_lock(lock)', 'spin_lock(outer)']);
  });

  test('is a thread that waits inside its function for what nobody does', () => {
    expect(deadlock([a, untilFlag])).toEqual(['cpu0.a(); x = 1']);
  });

  test('is none while the hardware can still wake the thread', () => {
    expect(deadlock([a, untilFlag], { actions: [setFlag] })).toBeUndefined();
  });

  test('is found among states that the hardware only goes round in, beside a way out of the one before', () => {
    function trap(s: Tiny): Next {
      if (s.flag || s.y !== 0) return blocked;
      s.y = 1;
    }
    function goRound(s: Tiny): Next {
      if (s.y === 0) return blocked;
      s.y = s.y === 1 ? 2 : 1;
    }
    function wayOut(s: Tiny): Next {
      if (s.flag || s.y !== 0) return blocked;
      s.flag = true;
    }
    expect(deadlock([a, untilFlag], { actions: [trap, goRound, wayOut] })).toEqual([
      'cpu0.a(); x = 1',
      'hardware.trap(); y = 1',
    ]);
  });

  test('is none while the hardware can wake the thread after several actions', () => {
    function one(s: Tiny): Next {
      if (s.y !== 0) return blocked;
      s.y = 1;
    }
    function two(s: Tiny): Next {
      if (s.y !== 1 || s.flag) return blocked;
      s.flag = true;
    }
    expect(deadlock([a, untilFlag], { actions: [one, two] })).toBeUndefined();
  });

  test('is one that the hardware keeps busy and does not end', () => {
    function tick(s: Tiny): void {
      s.y = s.y === 3 ? 0 : s.y + 1;
    }
    expect(deadlock([a, untilFlag], { actions: [tick] })).toEqual(['cpu0.a(); x = 1']);
  });

  test('is none where the hardware may also make it impossible, as long as it may not', () => {
    function spoil(s: Tiny): Next {
      if (s.flag || s.y === 1) return blocked;
      s.y = 1;
    }
    function wake(s: Tiny): Next {
      if (s.flag || s.y === 1) return blocked;
      s.flag = true;
    }
    // After `spoil` nothing wakes the thread: that state is the deadlock, one step later.
    expect(deadlock([a, untilFlag], { actions: [spoil, wake] })).toHaveLength(2);
  });

  test('is none for a thread that waits before its first step', () => {
    expect(deadlock([untilFlag, a])).toBeUndefined();
  });

  test('is none for threads that have ended', () => {
    expect(deadlock(once(a, b), { bounds: { cpu: 2 } })).toBeUndefined();
  });

  test('is one when another thread has ended and can never wake this one', () => {
    expect(deadlock(once(a, untilFlag), { bounds: { cpu: 2 } })).toHaveLength(2);
  });

  test('is none where a step changes nothing: the thread spins', () => {
    expect(deadlock([a, nothing])).toBeUndefined();
    function spin(s: Tiny): Next {
      if (!s.flag) return spin;
    }
    expect(deadlock([a, spin])).toBeUndefined();
  });

  test('is none where the only step that is left fails: that is its own violation', () => {
    const searched = search(tiny([a, breaks]));
    expect([...searched.violations.keys()]).toEqual(['BUG_ON']);
  });

  test('is one at the point a thread went back to by a goto and waits', () => {
    function waitForY(s: Tiny): Next {
      if (s.y === 1) return blocked;
      s.y = 1;
    }
    function back(): Next {
      return waitForY;
    }
    expect(deadlock([waitForY, back, b])).toHaveLength(2);
  });
});
