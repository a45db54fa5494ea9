// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import { atomically, blocked, either, exit, holding, type Next, once } from '#notation';
import { type Cpu, type Tiny, tiny } from '../tiny.ts';
import { after, enabled } from './by-name.ts';

function a(s: Tiny): void {
  s.x = 1;
}
function b(s: Tiny): void {
  s.x = 2;
}
function c(s: Tiny): void {
  s.x = 3;
}
function d(s: Tiny): void {
  s.y = 4;
}
function untilFlag(s: Tiny): Next {
  if (!s.flag) return blocked;
  s.flag = false;
}
function setFlag(s: Tiny): Next {
  if (s.flag) return blocked;
  s.flag = true;
}
function leave(s: Tiny): Next {
  s.y = 1;
  return exit;
}
function leaveOrGoOn(s: Tiny): Next {
  if (s.flag) return exit;
}
function again(s: Tiny): Next {
  s.y = s.y + 1;
  if (s.y < 3) return b;
}
function setLocal(_: Tiny, cpu: Cpu): void {
  cpu.i = 2;
}
function useLocal(s: Tiny, cpu: Cpu): void {
  s.x = cpu.i;
}
function backToStart(_: Tiny, cpu: Cpu): Next {
  cpu.i = 3;
  return keepLocal;
}
function keepLocal(_: Tiny, cpu: Cpu): void {
  cpu.done = true;
}

describe('the order of a list', () => {
  test('steps follow one another, and after the last comes the first', () => {
    const instance = tiny([a, b, c]);
    expect(enabled(instance)).toEqual(['cpu0.a']);
    expect(enabled(instance, after(instance, 'cpu0.a'))).toEqual(['cpu0.b']);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b', 'cpu0.c'))).toEqual(['cpu0.a']);
  });

  test('two threads interleave', () => {
    const instance = tiny([a, b], { bounds: { cpu: 2 } });
    expect(enabled(instance, after(instance, 'cpu1.a'))).toEqual(['cpu0.a', 'cpu1.b']);
  });

  test('a single step is a list', () => {
    const instance = tiny(a);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.a'))).toEqual(['cpu0.a']);
  });

  test('a list within a list is as good as its elements in place', () => {
    const instance = tiny([a, [b, c], d]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b'))).toEqual(['cpu0.c']);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b', 'cpu0.c'))).toEqual(['cpu0.d']);
  });

  test('an empty list within a list is nothing', () => {
    expect(enabled(tiny([[], a]))).toEqual(['cpu0.a']);
  });

  test('the same step may stand twice in a list', () => {
    const instance = tiny([a, b, a, c]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b', 'cpu0.a'))).toEqual(['cpu0.c']);
  });

  test('an arrow function is a step', () => {
    const setY = (s: Tiny) => {
      s.y = 5;
    };
    expect(after(tiny(setY), 'cpu0.setY').y).toBe(5);
  });
});

describe('blocked', () => {
  test('a step that returns it is not enabled, until it no longer does', () => {
    const instance = tiny([untilFlag], { actions: [setFlag] });
    expect(enabled(instance)).toEqual(['hardware.setFlag']);
    expect(enabled(instance, after(instance, 'hardware.setFlag'))).toEqual(['cpu0.untilFlag']);
  });

  test('an action that returns it is not enabled', () => {
    const instance = tiny([a], { actions: [setFlag] });
    expect(enabled(instance, after(instance, 'hardware.setFlag'))).toEqual(['cpu0.a']);
  });
});

describe('exit', () => {
  test('a function that exits starts again', () => {
    const instance = tiny([a, leave, b]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.leave'))).toEqual(['cpu0.a']);
    expect(after(instance, 'cpu0.a', 'cpu0.leave').y).toBe(1);
  });

  test('a called list that exits returns to what follows it in its caller', () => {
    const instance = tiny([a, [leave, b], c]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.leave'))).toEqual(['cpu0.c']);
  });

  test('a list called by a called list returns to that one', () => {
    const instance = tiny([a, [[leave, b], c], d]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.leave'))).toEqual(['cpu0.c']);
  });

  test('a called list at the end of its caller, when it exits, ends the caller', () => {
    const instance = tiny([a, [leave, b]]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.leave'))).toEqual(['cpu0.a']);
  });

  test('inside holding it releases the lock first', () => {
    const instance = tiny([a, ...holding('lock', leave, b), c]);
    const left = after(instance, 'cpu0.a', 'cpu0.spin_lock(lock)', 'cpu0.leave');
    expect(enabled(instance, left)).toEqual(['cpu0.spin_unlock(lock)']);
    expect(left.lock).toMatchObject({ owner: 1 });
    const returned = after(instance, 'cpu0.a', 'cpu0.spin_lock(lock)', 'cpu0.leave', 'cpu0.spin_unlock(lock)');
    expect(returned.lock).toMatchObject({ owner: 0 });
    expect(enabled(instance, returned)).toEqual(['cpu0.a']);
  });

  test('inside two holdings it releases the inner lock, then the outer one', () => {
    const instance = tiny([...holding('outer', ...holding('lock', leave, b), c), d]);
    const taken = ['cpu0.spin_lock(outer)', 'cpu0.spin_lock(lock)', 'cpu0.leave'];
    expect(enabled(instance, after(instance, ...taken))).toEqual(['cpu0.spin_unlock(lock)']);
    expect(enabled(instance, after(instance, ...taken, 'cpu0.spin_unlock(lock)'))).toEqual(['cpu0.spin_unlock(outer)']);
    const out = after(instance, ...taken, 'cpu0.spin_unlock(lock)', 'cpu0.spin_unlock(outer)');
    expect(enabled(instance, out)).toEqual(['cpu0.spin_lock(outer)']);
  });

  test('a called list inside holding that exits returns to the caller, lock held', () => {
    const instance = tiny([...holding('lock', [leave, b], c), d]);
    const left = after(instance, 'cpu0.spin_lock(lock)', 'cpu0.leave');
    expect(enabled(instance, left)).toEqual(['cpu0.c']);
    expect(left.lock).toMatchObject({ owner: 1 });
  });

  test('a called list that holds a lock releases it on its way back to the caller', () => {
    const instance = tiny([a, [...holding('lock', leave, b), c], d]);
    const out = after(instance, 'cpu0.a', 'cpu0.spin_lock(lock)', 'cpu0.leave', 'cpu0.spin_unlock(lock)');
    expect(enabled(instance, out)).toEqual(['cpu0.d']);
  });

  test('a step that exits in one state goes on in another', () => {
    const instance = tiny([leaveOrGoOn, b], { actions: [setFlag] });
    expect(enabled(instance, after(instance, 'cpu0.leaveOrGoOn'))).toEqual(['cpu0.b', 'hardware.setFlag']);
    expect(enabled(instance, after(instance, 'hardware.setFlag', 'cpu0.leaveOrGoOn'))).toEqual(['cpu0.leaveOrGoOn']);
  });

  test('inside atomically it returns from the function around it', () => {
    const instance = tiny([a, atomically(b, leave, c), d]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b'))).toEqual(['cpu0.a']);
    expect(after(instance, 'cpu0.a', 'cpu0.b')).toMatchObject({ x: 2, y: 1 });
  });

  test('inside a list called by atomically it returns to what follows in there', () => {
    const instance = tiny([a, atomically([leave, b], c), d]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.leave'))).toEqual(['cpu0.d']);
    expect(after(instance, 'cpu0.a', 'cpu0.leave')).toMatchObject({ x: 3, y: 1 });
  });

  test('inside atomically inside holding it leaves the lock to be released', () => {
    const instance = tiny([...holding('lock', atomically(b, leave), c), d]);
    expect(enabled(instance, after(instance, 'cpu0.spin_lock(lock)', 'cpu0.b'))).toEqual(['cpu0.spin_unlock(lock)']);
  });
});

describe('goto', () => {
  test('a step that returns another goes on there', () => {
    const instance = tiny([a, b, again, d]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b', 'cpu0.again'))).toEqual(['cpu0.b']);
    const twice = ['cpu0.a', 'cpu0.b', 'cpu0.again', 'cpu0.b', 'cpu0.again', 'cpu0.b', 'cpu0.again'];
    expect(enabled(instance, after(instance, ...twice))).toEqual(['cpu0.d']);
  });

  test('a called list may go on with a step of its caller', () => {
    function toD(): Next {
      return d;
    }
    const instance = tiny([a, [toD, b], c, d]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.toD'))).toEqual(['cpu0.d']);
  });

  test('a name that is in the innermost list is looked for there, even if the caller has it too', () => {
    const instance = tiny([b, [a, b, again, c], d]);
    expect(enabled(instance, after(instance, 'cpu0.b', 'cpu0.a', 'cpu0.b', 'cpu0.again'))).toEqual(['cpu0.b']);
    const around = ['cpu0.b', 'cpu0.a', 'cpu0.b', 'cpu0.again', 'cpu0.b', 'cpu0.again', 'cpu0.b', 'cpu0.again'];
    expect(enabled(instance, after(instance, ...around))).toEqual(['cpu0.c']);
  });

  test('inside holding it stays inside', () => {
    const instance = tiny([a, ...holding('lock', b, again), d]);
    const state = after(instance, 'cpu0.a', 'cpu0.spin_lock(lock)', 'cpu0.b', 'cpu0.again');
    expect(enabled(instance, state)).toEqual(['cpu0.b']);
    expect(state.lock).toMatchObject({ owner: 1 });
  });

  test('inside atomically it is part of the one transition', () => {
    const instance = tiny([a, atomically(b, again, d)]);
    expect(after(instance, 'cpu0.a', 'cpu0.b')).toMatchObject({ x: 2, y: 4 });
  });

  test('an atomically is named by its first step', () => {
    function toB(): Next {
      return b;
    }
    const instance = tiny([a, atomically(b, c), toB]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b', 'cpu0.toB'))).toEqual(['cpu0.b']);
  });

  test('back to the first step is no return: the locals live on', () => {
    const instance = tiny([keepLocal, backToStart, useLocal]);
    expect(after(instance, 'cpu0.keepLocal', 'cpu0.backToStart').cpu).toMatchObject([{ done: true, i: 3 }]);
  });

  test('back to the first step of a list that runs once is no return either', () => {
    const instance = tiny(once(keepLocal, backToStart, useLocal));
    expect(after(instance, 'cpu0.keepLocal', 'cpu0.backToStart').cpu).toMatchObject([{ done: true, i: 3 }]);
  });
});

describe('once', () => {
  test('a thread whose list runs once has ended after its last step', () => {
    const instance = tiny(once(a, b));
    expect(enabled(instance, after(instance, 'cpu0.a'))).toEqual(['cpu0.b']);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b'))).toEqual([]);
  });

  test('it has ended after exit', () => {
    const instance = tiny([once(a, leave, b)]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.leave'))).toEqual([]);
  });

  test('it releases its lock before it ends', () => {
    const instance = tiny(once(...holding('lock', leave, b)));
    const ended = after(instance, 'cpu0.spin_lock(lock)', 'cpu0.leave', 'cpu0.spin_unlock(lock)');
    expect(enabled(instance, ended)).toEqual([]);
    expect(ended.lock).toMatchObject({ owner: 0 });
  });

  test('its locals die with it', () => {
    const instance = tiny(once(setLocal, useLocal));
    expect(after(instance, 'cpu0.setLocal').cpu).toMatchObject([{ i: 2 }]);
    expect(after(instance, 'cpu0.setLocal', 'cpu0.useLocal').cpu).toMatchObject([{ i: null }]);
  });
});

describe('either', () => {
  test('offers the first step of each branch, and goes on in that branch', () => {
    const instance = tiny([a, either([b, d], [c]), leave]);
    expect(enabled(instance, after(instance, 'cpu0.a'))).toEqual(['cpu0.b', 'cpu0.c']);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b'))).toEqual(['cpu0.d']);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b', 'cpu0.d'))).toEqual(['cpu0.leave']);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.c'))).toEqual(['cpu0.leave']);
  });

  test('a branch may be a single step', () => {
    expect(enabled(tiny(either(a, b)))).toEqual(['cpu0.a', 'cpu0.b']);
  });

  test('an empty branch may be passed over', () => {
    const instance = tiny([a, either([b], []), c]);
    expect(enabled(instance, after(instance, 'cpu0.a'))).toEqual(['cpu0.b', 'cpu0.c']);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b'))).toEqual(['cpu0.c']);
  });

  test('two optional branches in a row may both be passed over', () => {
    const instance = tiny([a, either([b], []), either([], [c]), d]);
    expect(enabled(instance, after(instance, 'cpu0.a'))).toEqual(['cpu0.b', 'cpu0.c', 'cpu0.d']);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.b'))).toEqual(['cpu0.c', 'cpu0.d']);
  });

  test('an optional branch at the end of a holding goes on with the release', () => {
    const instance = tiny([...holding('lock', a, either([b], [])), c]);
    expect(enabled(instance, after(instance, 'cpu0.spin_lock(lock)', 'cpu0.a'))).toEqual([
      'cpu0.b',
      'cpu0.spin_unlock(lock)',
    ]);
  });

  test('an optional branch at the beginning makes two first steps', () => {
    const instance = tiny([either([a], []), b]);
    expect(enabled(instance)).toEqual(['cpu0.a', 'cpu0.b']);
    expect(enabled(instance, after(instance, 'cpu0.b'))).toEqual(['cpu0.a', 'cpu0.b']);
  });

  test('a branch that is blocked leaves the others', () => {
    expect(enabled(tiny(either([untilFlag], [b])))).toEqual(['cpu0.b']);
  });

  test('a branch may hold a lock', () => {
    const instance = tiny([either([...holding('lock', a)], [b]), c]);
    expect(enabled(instance)).toEqual(['cpu0.spin_lock(lock)', 'cpu0.b']);
    expect(enabled(instance, after(instance, 'cpu0.spin_lock(lock)', 'cpu0.a', 'cpu0.spin_unlock(lock)'))).toEqual([
      'cpu0.c',
    ]);
  });

  test('exit in a branch returns from the function around it', () => {
    const instance = tiny([a, either([leave, b], [c]), d]);
    expect(enabled(instance, after(instance, 'cpu0.a', 'cpu0.leave'))).toEqual(['cpu0.a']);
  });

  test('one inside another offers all of their branches', () => {
    const instance = tiny([either([either([a], [b])], [c]), d]);
    expect(enabled(instance)).toEqual(['cpu0.a', 'cpu0.b', 'cpu0.c']);
  });
});
