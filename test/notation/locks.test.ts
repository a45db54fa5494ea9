// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import {
  atomically,
  blocked,
  cond_resched,
  holding,
  initialStates,
  type Instance,
  lockdep_assert_held,
  might_sleep,
  type Next,
  read,
  viewOf,
} from '#notation';
import { type Cpu, type Tiny, tiny } from '../tiny.ts';
import { after, enabled, failure } from './by-name.ts';

function a(s: Tiny): void {
  s.x = 1;
}
function b(s: Tiny): void {
  s.x = 2;
}
function c(s: Tiny): void {
  s.x = 3;
}
function assertLock(s: Tiny): void {
  lockdep_assert_held(s.lock);
}
function assertRw(s: Tiny): void {
  lockdep_assert_held(s.rw);
}
function sleeps(): void {
  might_sleep();
}

const two = { bounds: { cpu: 2 } };

function view(instance: Instance, ...names: string[]): Tiny {
  return viewOf(instance, after(instance, ...names)) as Tiny;
}

describe('a spinlock', () => {
  test('is taken, held while the steps run, and released, each a transition', () => {
    const instance = tiny([a, ...holding('lock', b), c]);
    const names = ['cpu0.a', 'cpu0.spin_lock(lock)', 'cpu0.b', 'cpu0.spin_unlock(lock)', 'cpu0.c'];
    const seen = names.map((_, i) => view(instance, ...names.slice(0, i + 1)).lock.held);
    expect(seen).toEqual([false, true, true, false, false]);
  });

  test('keeps others out until it is released', () => {
    const instance = tiny([...holding('lock', b), c], two);
    expect(enabled(instance)).toEqual(['cpu0.spin_lock(lock)', 'cpu1.spin_lock(lock)']);
    expect(enabled(instance, after(instance, 'cpu1.spin_lock(lock)'))).toEqual(['cpu1.b']);
    const released = after(instance, 'cpu1.spin_lock(lock)', 'cpu1.b', 'cpu1.spin_unlock(lock)');
    expect(enabled(instance, released)).toEqual(['cpu0.spin_lock(lock)', 'cpu1.c']);
  });

  test('around nothing is still taken and released', () => {
    const instance = tiny([...holding('lock'), c]);
    expect(enabled(instance, after(instance, 'cpu0.spin_lock(lock)'))).toEqual(['cpu0.spin_unlock(lock)']);
  });

  test('two of them, one inside the other, are released from the inside', () => {
    const instance = tiny([...holding('outer', ...holding('lock', b)), c]);
    const names = ['cpu0.spin_lock(outer)', 'cpu0.spin_lock(lock)', 'cpu0.b', 'cpu0.spin_unlock(lock)'];
    expect(enabled(instance, after(instance, ...names))).toEqual(['cpu0.spin_unlock(outer)']);
    expect(view(instance, ...names).outer.held).toBe(true);
    expect(view(instance, ...names).lock.held).toBe(false);
  });

  test('is held alone', () => {
    const instance = tiny([...holding('lock', b)]);
    expect(view(instance, 'cpu0.spin_lock(lock)').lock.heldForWrite).toBe(true);
  });
});

describe('a mutex', () => {
  const instance = tiny([...holding('sleeping', a, b), c], two);

  test('is taken, held while the steps run, and released, in its own words', () => {
    const names = ['cpu0.mutex_lock(sleeping)', 'cpu0.a', 'cpu0.b', 'cpu0.mutex_unlock(sleeping)'];
    const seen = names.map((_, i) => view(instance, ...names.slice(0, i + 1)).sleeping.heldForWrite);
    expect(seen).toEqual([true, true, true, false]);
  });

  test('keeps others out until it is released', () => {
    expect(enabled(instance)).toEqual(['cpu0.mutex_lock(sleeping)', 'cpu1.mutex_lock(sleeping)']);
    expect(enabled(instance, after(instance, 'cpu1.mutex_lock(sleeping)'))).toEqual(['cpu1.a']);
  });
});

describe('a read/write lock', () => {
  const readers = tiny([...holding(read('rw'), a), ...holding('rw', b)], two);

  test('is shared by readers', () => {
    expect(enabled(readers, after(readers, 'cpu0.read_lock(rw)'))).toEqual(['cpu0.a', 'cpu1.read_lock(rw)']);
    expect(enabled(readers, after(readers, 'cpu0.read_lock(rw)', 'cpu1.read_lock(rw)'))).toEqual(['cpu0.a', 'cpu1.a']);
  });

  test('keeps a writer out while anybody reads', () => {
    const names = ['cpu0.read_lock(rw)', 'cpu0.a', 'cpu0.read_unlock(rw)', 'cpu1.read_lock(rw)'];
    expect(enabled(readers, after(readers, ...names))).toEqual(['cpu1.a']);
  });

  test('keeps readers out while somebody writes', () => {
    const names = ['cpu0.read_lock(rw)', 'cpu0.a', 'cpu0.read_unlock(rw)', 'cpu0.write_lock(rw)'];
    expect(enabled(readers, after(readers, ...names))).toEqual(['cpu0.b']);
    expect(view(readers, ...names).rw.heldForWrite).toBe(true);
  });

  test('is held, and not for writing, while it is read', () => {
    const { rw } = view(readers, 'cpu1.read_lock(rw)');
    expect([rw.held, rw.heldForWrite]).toEqual([true, false]);
  });
});

describe('cond_resched', () => {
  const instance = tiny([...holding('lock', a, cond_resched('lock'), b), c], two);
  const there = ['cpu0.spin_lock(lock)', 'cpu0.a'];

  test('may be passed over', () => {
    expect(enabled(instance, after(instance, ...there))).toEqual(['cpu0.cond_resched(lock)', 'cpu0.b']);
  });

  test('lets another thread in, and takes the lock again', () => {
    const yielded = [...there, 'cpu0.cond_resched(lock)'];
    expect(enabled(instance, after(instance, ...yielded))).toEqual(['cpu0.spin_lock(lock)', 'cpu1.spin_lock(lock)']);
    expect(enabled(instance, after(instance, ...yielded, 'cpu1.spin_lock(lock)'))).toEqual(['cpu1.a']);
    expect(enabled(instance, after(instance, ...yielded, 'cpu0.spin_lock(lock)'))).toEqual(['cpu0.b']);
  });

  test('yields a lock that is read', () => {
    const reading = tiny([...holding(read('rw'), a, cond_resched(read('rw')), b)]);
    const yielded = after(reading, 'cpu0.read_lock(rw)', 'cpu0.a', 'cpu0.cond_resched(rw)');
    expect(yielded.rw).toMatchObject({ readers: [0] });
    expect(enabled(reading, yielded)).toEqual(['cpu0.read_lock(rw)']);
  });

  test('yields the inner lock and keeps the outer', () => {
    const nested = tiny([...holding('outer', ...holding('lock', a, cond_resched('lock'), b))]);
    const yielded = after(nested, 'cpu0.spin_lock(outer)', 'cpu0.spin_lock(lock)', 'cpu0.a', 'cpu0.cond_resched(lock)');
    expect(yielded).toMatchObject({ outer: { owner: 1 }, lock: { owner: 0 } });
  });

  test('at the end of a holding comes before the release', () => {
    const last = tiny([...holding('lock', a, cond_resched('lock')), c]);
    expect(enabled(last, after(last, 'cpu0.spin_lock(lock)', 'cpu0.a'))).toEqual([
      'cpu0.cond_resched(lock)',
      'cpu0.spin_unlock(lock)',
    ]);
  });
});

describe('lockdep_assert_held', () => {
  test('is content with the holder', () => {
    const instance = tiny([...holding('lock', assertLock)]);
    expect(enabled(instance, after(instance, 'cpu0.spin_lock(lock)', 'cpu0.assertLock'))).toEqual([
      'cpu0.spin_unlock(lock)',
    ]);
  });

  test('fails when nobody holds the lock', () => {
    expect(failure(tiny([assertLock]), 'cpu0.assertLock')).toBe(
      'BUG_ON: lockdep_assert_held(lock): the thread does not hold it',
    );
  });

  test('fails when another thread holds it', () => {
    function takeOrAssert(s: Tiny, cpu: Cpu): Next {
      if (cpu.id === 0 || !s.lock.held) return blocked;
      lockdep_assert_held(s.lock);
    }
    const mixed = tiny([...holding('lock', a), takeOrAssert], two);
    const names = [
      'cpu1.spin_lock(lock)',
      'cpu1.a',
      'cpu1.spin_unlock(lock)',
      'cpu0.spin_lock(lock)',
      'cpu1.takeOrAssert',
    ];
    expect(failure(mixed, ...names)).toMatch(/^BUG_ON: lockdep_assert_held\(lock\)/);
  });

  test('is content with a reader of a read/write lock', () => {
    const instance = tiny([...holding(read('rw'), assertRw)]);
    expect(enabled(instance, after(instance, 'cpu0.read_lock(rw)', 'cpu0.assertRw'))).toEqual(['cpu0.read_unlock(rw)']);
  });

  test('fails in an action, which holds nothing, while the lock is free', () => {
    const instance = tiny([...holding('lock', a)], { actions: [assertLock] });
    expect(failure(instance, 'hardware.assertLock')).toMatch(/^BUG_ON: lockdep_assert_held\(lock\)/);
  });

  test('fails in an action while the first thread holds the lock', () => {
    const instance = tiny([...holding('lock', a)], { actions: [assertLock] });
    expect(failure(instance, 'cpu0.spin_lock(lock)', 'hardware.assertLock')).toMatch(
      /^BUG_ON: lockdep_assert_held\(lock\)/,
    );
  });
});

describe('might_sleep', () => {
  test('is content where no lock is held', () => {
    expect(
      after(
        tiny([...holding('lock', a), sleeps]),
        'cpu0.spin_lock(lock)',
        'cpu0.a',
        'cpu0.spin_unlock(lock)',
        'cpu0.sleeps',
      ).x,
    ).toBe(1);
  });

  test('fails under a lock, and names all that are held', () => {
    const instance = tiny([...holding('outer', ...holding(read('rw'), sleeps))]);
    expect(failure(instance, 'cpu0.spin_lock(outer)', 'cpu0.read_lock(rw)', 'cpu0.sleeps')).toBe(
      'BUG_ON: might_sleep() with outer, rw held',
    );
  });

  test('is content under a mutex', () => {
    const instance = tiny([...holding('sleeping', sleeps)]);
    expect(enabled(instance, after(instance, 'cpu0.mutex_lock(sleeping)', 'cpu0.sleeps'))).toEqual([
      'cpu0.mutex_unlock(sleeping)',
    ]);
  });

  test('fails under a lock that is taken under a mutex, and names only that', () => {
    const instance = tiny([...holding('sleeping', ...holding('lock', sleeps), a)]);
    expect(failure(instance, 'cpu0.mutex_lock(sleeping)', 'cpu0.spin_lock(lock)', 'cpu0.sleeps')).toBe(
      'BUG_ON: might_sleep() with lock held',
    );
  });

  test('fails under a lock that atomically takes', () => {
    const instance = tiny([atomically(a, ...holding('lock', sleeps))]);
    expect(failure(instance, 'cpu0.a')).toBe('BUG_ON: might_sleep() with lock held');
  });

  test('is content in an action while a thread holds a lock', () => {
    const instance = tiny([...holding('lock', a)], { actions: [sleeps] });
    expect(enabled(instance, after(instance, 'cpu0.spin_lock(lock)', 'hardware.sleeps'))).toContain('cpu0.a');
  });
});

test('every lock is free at first', () => {
  const instance = tiny([a]);
  const s = viewOf(instance, initialStates(instance)[0]?.state ?? null) as Tiny;
  expect([s.lock.held, s.outer.held, s.rw.held]).toEqual([false, false, false]);
});
