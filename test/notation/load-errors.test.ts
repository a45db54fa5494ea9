// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import {
  array,
  atomically,
  cond_resched,
  either,
  exit,
  fair,
  forAny,
  forEvery,
  holding,
  instantiate,
  model,
  type Next,
  once,
  range,
  read,
  spinlock,
  suite,
  symmetric,
  thread,
  upTo,
} from '#notation';
import { Page, tiny, tinyOf } from '../tiny.ts';

function a(): void {}
function b(): void {}
function c(): void {}
function toB(): Next {
  return b;
}
function toMissing(): Next {
  return missing;
}
function missing(): void {}
function pick(): void {}

const Cpu = range('cpu');
const Other = symmetric('other');
const about = 'Something that is wrong.';
const state = { x: upTo(3), cpu: thread(Cpu, {}) };
const bounds = { cpu: 1 };
const variants = { only: { cpu: [a] } };
const right = model({ name: 'right', about, state, bounds, variants });

/** Loads what the types would refuse. */
function load(source: object, variant = 'only', overrides: Record<string, number> = {}): void {
  const made = model({ name: 'wrong', about, state, bounds, variants, ...source } as never);
  instantiate(made as never, variant, overrides);
}

describe('a list that cannot be run is refused when it is loaded', () => {
  test.each<[string, unknown, string]>([
    ['an empty list', [], 'cpu has an empty list; a thread needs at least one step'],
    ['nothing in it but empty lists', [[], []], 'cpu has an empty list; a thread needs at least one step'],
    [
      'fair around a lock',
      [fair(holding('lock', a)[0] as never)],
      'cpu has fair(...) around something else than a step; write it around its first step',
    ],
    ['something that is no step', [a, 3], 'cpu lists 3, which is neither a step nor made by a word of the notation'],
    [
      'nothing where a step should be',
      [a, undefined],
      'cpu lists undefined, which is neither a step nor made by a word of the notation',
    ],
    ['a step without a name', [() => {}], 'cpu lists a step without a name; write it as a named function'],
    [
      'a step that cannot be read',
      [a.bind(null)],
      'cpu has the step bound a, whose source cannot be read; write it as a function',
    ],
    [
      'a goto to a function that is not in the list',
      [a, toMissing, b],
      'cpu lists toMissing, which returns missing, and missing is not in the list; a step returns blocked, exit, or a step of its list by name',
    ],
    [
      'a goto to what the list has twice',
      [b, toB, b],
      'cpu lists b twice, and toB goes on with it; name the two differently',
    ],
    [
      'a goto to what the list has twice, in branches',
      [either([b], [a, b]), toB],
      'cpu lists b twice, and toB goes on with it; name the two differently',
    ],
    [
      'a goto into a holding',
      [...holding('lock', b), toB],
      'cpu goes from toB to b across the edge of a holding(...); leave with exit',
    ],
    [
      'a goto out of a holding',
      [b, ...holding('lock', toB)],
      'cpu goes from toB to b across the edge of a holding(...); leave with exit',
    ],
    [
      'a goto out of the inner of two holdings',
      holding('outer', b, ...holding('lock', toB)),
      'cpu goes from toB to b across the edge of a holding(...); leave with exit',
    ],
    [
      'a goto from where a lock is written to where it is read',
      [...holding(read('rw'), b), ...holding('rw', a, toB)],
      'cpu goes from toB to b across the edge of a holding(...); leave with exit',
    ],
    [
      'a goto out of an atomically',
      [b, atomically(a, toB)],
      'cpu lists toB, which returns b, and b is not in the list; a step returns blocked, exit, or a step of its list by name',
    ],
    [
      'a goto into an atomically',
      [atomically(a, b), toB],
      'cpu lists toB, which returns b, and b is not in the list; a step returns blocked, exit, or a step of its list by name',
    ],
    [
      'a goto into a called list',
      [[a, b], toB],
      'cpu lists toB, which returns b, and b is not in the list; a step returns blocked, exit, or a step of its list by name',
    ],
    [
      'a lock that the state does not have',
      holding('no_lock' as 'lock', a),
      'cpu takes no_lock, which is no lock of the state',
    ],
    ['a lock taken twice', holding('lock', ...holding('lock', a)), 'cpu takes lock while it holds it'],
    [
      'a lock taken twice, in a called list',
      holding('lock', [...holding('lock', a)]),
      'cpu takes lock while it holds it',
    ],
    ['a lock read by who writes it', holding('rw', ...holding(read('rw'), a)), 'cpu takes rw while it holds it'],
    [
      'a spinlock taken for reading',
      holding(read('lock'), a),
      'cpu takes the spinlock lock for reading; declare it rwlock',
    ],
    [
      'a mutex taken for reading',
      holding(read('sleeping'), a),
      'cpu takes the mutex sleeping for reading; declare it rwlock',
    ],
    [
      'a mutex taken where one must not sleep',
      holding('lock', ...holding('sleeping', a)),
      'cpu takes the mutex sleeping, for which it may sleep, while it holds lock; take it first',
    ],
    [
      'a yield of a lock that is not held',
      [a, cond_resched('lock'), b],
      'cpu has cond_resched(lock) where it does not hold it',
    ],
    ['once inside a list', [a, once(b)], 'cpu has once(...) inside its list; it may only stand around the whole of it'],
    [
      'once inside a called list',
      [[once(b)]],
      'cpu has once(...) inside its list; it may only stand around the whole of it',
    ],
    [
      'an optional branch at the end',
      [a, either([b], [])],
      'cpu ends with an optional branch; put it before the last step',
    ],
    [
      'two ways on that cannot be told apart',
      [either([a, b], [a, c])],
      'cpu has two ways to go on that both start with a; nothing tells them apart',
    ],
    [
      'an optional step before itself',
      [either([a], []), a, b],
      'cpu has two ways to go on that both start with a; nothing tells them apart',
    ],
    [
      'two branches that take the same lock',
      either([...holding('lock', a)], [...holding('lock', b)]),
      'cpu has two ways to go on that both start with spin_lock(lock); nothing tells them apart',
    ],
  ])('%s', (_, list, sentence) => {
    expect(() => tinyOf(list)).toThrow(new Error(`tiny/only: ${sentence}`));
  });

  test('a yield for reading of a lock that is held for writing', () => {
    expect(() => tinyOf(holding('rw', a, cond_resched(read('rw')), b))).toThrow(
      /^tiny\/only: cpu .*cond_resched\(rw\)/,
    );
  });

  test('a yield for reading of a spinlock', () => {
    expect(() => tinyOf(holding('lock', a, cond_resched(read('lock')), b))).toThrow(
      /^tiny\/only: cpu .*cond_resched\(lock\)/,
    );
  });

  test('an either without branches, after which nothing could ever happen', () => {
    expect(() => tinyOf([a, either(), b])).toThrow(/^tiny\/only: cpu .*either/);
  });

  test('a step quantified over a set that has no bound', () => {
    expect(() => tinyOf([forAny(Other, pick as never)])).toThrow(/^tiny\/only: .*other.* no bound/);
  });

  test('an action quantified over a set that has no bound', () => {
    expect(() => tiny(a, { actions: [forAny(Other, pick as never)] })).toThrow(/^tiny\/only: .*other.* no bound/);
  });
});

describe('an action that cannot be run', () => {
  function leave(): Next {
    return exit;
  }
  test.each<[string, unknown, string]>([
    ['a list', [a], 'action 2 is neither a function nor forAny(…, function), nor one of them fair'],
    ['an atomically', atomically(a), 'action 2 is neither a function nor forAny(…, function), nor one of them fair'],
    ['something that is no step', 3, 'action 2 is neither a function nor forAny(…, function), nor one of them fair'],
    ['one that exits', leave, 'action leave returns exit or another step; an action returns blocked or nothing'],
    [
      'one that goes on with itself',
      itself,
      'action itself returns exit or another step; an action returns blocked or nothing',
    ],
    [
      'one that goes on with another',
      toB,
      'actions lists toB, which returns b, and b is not in the list; a step returns blocked, exit, or a step of its list by name',
    ],
  ])('%s', (_, action, sentence) => {
    expect(() => tiny(a, { actions: [b, action as never] })).toThrow(new Error(`tiny/only: ${sentence}`));
  });
  function itself(): Next {
    return itself;
  }

  test('two of the same name, which a trace could not tell apart', () => {
    const other = { b: () => {} };
    expect(() => tiny(a, { actions: [b, other.b] })).toThrow(/^tiny\/only: .*b\b/);
  });
});

describe('initial states that a trace could not name', () => {
  test('two of the same name', () => {
    const other = { a: () => {} };
    expect(() => tiny(b, { initial: [a, other.a] })).toThrow(/^tiny\/only: .*a\b/);
  });

  test('one of several without a name', () => {
    expect(() => tiny(b, { initial: [a, () => {}] })).toThrow(/^tiny\/only: .*name/);
  });
});

describe('a model that cannot be', () => {
  test.each<[string, object, string]>([
    ['no variant', { variants: {} }, 'model wrong: it has no variant; give it at least one'],
    [
      'a name with an upper-case letter',
      { name: 'Wrong' },
      'model Wrong: the name "Wrong" needs lower-case letters, digits and dashes only',
    ],
    [
      'a variant whose name has a blank',
      { variants: { 'no flush': { cpu: [a] } } },
      'model wrong: the name "no flush" needs lower-case letters, digits and dashes only',
    ],
    [
      'a thread called as a part of a variant',
      { state: { actions: thread(Cpu, {}) } },
      'model wrong: no field of the state can be called actions; choose another name',
    ],
    ['no list for a thread', { variants: { only: {} } }, 'wrong/only: thread cpu has no list of steps; give it one'],
    [
      'a list for no thread',
      { variants: { only: { cpu: [a], gpu: [a] } } },
      'wrong/only: gpu is no thread of the state; its threads are cpu',
    ],
    [
      'a set without a bound',
      { state: { ...state, row: array(Other, upTo(3)) } },
      'wrong/only: row uses the set other, which has no bound; add it to bounds',
    ],
    [
      'a thread without a bound',
      { bounds: {} },
      'wrong/only: cpu uses the set cpu, which has no bound; add it to bounds',
    ],
    [
      'a lock inside a struct',
      { state: { ...state, kvm: { mmu_lock: spinlock } } },
      'wrong/only: kvm.mmu_lock is a spinlock inside another part; declare it at the top of the state',
    ],
    [
      'a thread inside a struct',
      { state: { ...state, kvm: { vcpu: thread(Cpu, {}) } } },
      'wrong/only: kvm.vcpu is a thread inside another part; declare it at the top of the state',
    ],
    [
      'an upTo nothing',
      { state: { ...state, y: upTo(0) } },
      'wrong/only: y is upTo(0); the largest value is a whole number from 1 to 1048576',
    ],
    [
      'an upTo too large',
      { state: { ...state, y: upTo(2 ** 20 + 1) } },
      'wrong/only: y is upTo(1048577); the largest value is a whole number from 1 to 1048576',
    ],
  ])('%s', (_, source, sentence) => {
    expect(() => load(source)).toThrow(new Error(sentence));
  });

  test('an unknown variant is answered with those there are', () => {
    expect(() => load({}, 'none')).toThrow(new Error('wrong has no variant none; it has only'));
  });

  test.each(['constructor', 'toString', '__proto__'])('%s is as unknown a variant as any', (name) => {
    expect(() => load({}, name)).toThrow(new Error(`wrong has no variant ${name}; it has only`));
  });

  test('an unknown bound is answered with those there are', () => {
    expect(() => load({}, 'only', { gfn: 2 })).toThrow(new Error('wrong/only has no bound gfn; its bounds are cpu'));
  });

  test('constructor is as unknown a bound as any', () => {
    expect(() => load({}, 'only', { constructor: 2 } as never)).toThrow(/^wrong\/only has no bound constructor/);
  });

  test.each([0, -1, 1.5, Number.NaN, 4097, Number.POSITIVE_INFINITY, '2' as never])(
    'a bound of %s is refused',
    (size) => {
      expect(() => load({}, 'only', { cpu: size })).toThrow(
        new Error(`wrong/only: bound cpu=${size} must be a whole number from 1 to 4096`),
      );
    },
  );

  test('the largest bound is as large as it says', () => {
    expect(instantiate(right, 'only', { cpu: 4096 }).threads).toHaveLength(4096);
  });
});

describe('a suite that does not fit its model', () => {
  const none = { only: [] };
  const make = (source: object) => () => suite(right, { invariants: {}, violated: none, ...source } as never);
  test.each<[string, object, string]>([
    ['no verdict', { violated: {} }, 'suite of right: variant only has no verdict; add it to violated'],
    [
      'a verdict on no variant',
      { violated: { ...none, other: [] } },
      'suite of right: violated names other, which is no variant',
    ],
    [
      'a verdict on no claim',
      { invariants: { xIsSmall: () => true }, violated: { only: ['xIsLarge'] } },
      'suite of right: only is to violate xIsLarge, which is no claim; the claims are xIsSmall',
    ],
    [
      'a verdict on no claim, where there are some on executions',
      { leadsTo: { ends: [() => true, () => true] }, eventually: { done: () => true }, violated: { only: ['end'] } },
      'suite of right: only is to violate end, which is no claim; the claims are ends, done',
    ],
    [
      'one name for two claims',
      { invariants: { moves: () => true }, reachable: { moves: () => true } },
      'suite of right: moves is both an invariant and a reachable; rename one',
    ],
    [
      'a claim called as a word of the notation',
      { invariants: { deadlock: () => true } },
      'suite of right: deadlock is a word of the notation; give the claim another name',
    ],
    [
      'one name for a claim on states and one on executions',
      { invariants: { moves: () => true }, leadsTo: { moves: [() => true, () => true] } },
      'suite of right: moves is both an invariant and a leadsTo; rename one',
    ],
    [
      'a leadsTo of one predicate',
      { leadsTo: { moves: () => true } },
      'suite of right: moves under leadsTo needs two predicates, as in [faulting, mapped]',
    ],
    [
      'a leadsTo of one predicate for every member',
      { leadsTo: { moves: forEvery(Cpu, () => true) } },
      'suite of right: moves under leadsTo needs two predicates, as in [faulting, mapped]',
    ],
    [
      'an eventually of two',
      { eventually: { moves: [() => true, () => true] } },
      'suite of right: moves under eventually needs one predicate; two belong under leadsTo',
    ],
    [
      'one name for two claims on executions',
      { leadsTo: { moves: [() => true, () => true] }, eventually: { moves: () => true } },
      'suite of right: moves is both a leadsTo and an eventually; rename one',
    ],
    [
      'a claim for every member of a set that the model does not have',
      { eventually: { moves: forEvery(Other, () => true) } },
      'suite of right: moves is for every other, which has no bound in the model',
    ],
    [
      'a reachable called as a word of the notation',
      { reachable: { range: () => true } },
      'suite of right: range is a word of the notation; give the claim another name',
    ],
  ])('%s', (_, source, sentence) => {
    expect(make(source)).toThrow(new Error(sentence));
  });

  test('reserved words may be expected of any model', () => {
    expect(make({ violated: { only: ['deadlock', 'BUG_ON', 'WARN_ON_ONCE', 'range', 'throws'] } })).not.toThrow();
  });
});

test('a right list is loaded', () => {
  expect(tinyOf([a, forAny(Page, pick as never), ...holding('lock', b, toB), c]).threads).toHaveLength(1);
});
