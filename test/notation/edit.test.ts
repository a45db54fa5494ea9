// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import {
  atomically,
  cond_resched,
  either,
  exit,
  forAny,
  holding,
  type Id,
  type Item,
  type ListRow,
  model,
  type Next,
  once,
  outline,
  range,
  read,
  reordered,
  rwlock,
  spinlock,
  type StateOf,
  stepsIn,
  suite,
  thread,
  upTo,
  derived,
  instantiate,
  outlines,
  inOrder,
} from '#notation';

const Cpu = range('cpu');
const state = { lock: spinlock, mmu_lock: rwlock, x: upTo(9), cpu: thread(Cpu, {}) };
interface State extends StateOf<typeof state> {}
type List = readonly Item<State, State['cpu'][0], 'lock' | 'mmu_lock'>[];

function a(): void {}
function b(): void {}
function c(): void {}
function d(): Next {
  return exit;
}
function each(_: State, cpu: State['cpu'][0], id: Id<typeof Cpu>): Next {
  if (cpu.id === id) return exit;
}
function back(s: State): Next {
  if (s.x < 9) return a;
}

const kindOf = (lock: string) => (lock === 'lock' ? 'spinlock' : 'rwlock');
const rowsOf = (...list: List): ListRow[] => outline(list as never, kindOf);

/** The lines of a list as text; between two of them `<>`. */
function text(list: unknown): string {
  return outline(list as never, kindOf)
    .flatMap(({ text: line }) => (line === '' ? [] : [line.replace('()', '')]))
    .join(' ');
}

/** What each edit of one kind makes of a list. */
function made(kind: string, list: List): Record<string, string> {
  const edits = outline(list as never, kindOf).flatMap(({ edit }) => (edit?.kind === kind ? [edit] : []));
  return Object.fromEntries(edits.map(({ of, list: result }) => [of.join(','), text(result)]));
}

test('a list is read from top to bottom, with the ends of its critical sections, and each line but those has an edit', () => {
  const rows = rowsOf(
    a,
    ...holding(read('mmu_lock'), b, cond_resched(read('mmu_lock'))),
    either([c], forAny(Cpu, each)),
  );
  expect(rows.map(({ depth, text: line, edit }) => `${'  '.repeat(depth)}${line} ${edit?.of.join(',') ?? ''}`)).toEqual(
    [
      'a() a',
      ' a,mmu_lock',
      'read_lock(mmu_lock) mmu_lock',
      ' mmu_lock,b',
      '  b() b',
      '   b,cond_resched',
      '  cond_resched(mmu_lock) cond_resched',
      'read_unlock(mmu_lock) ',
      ' mmu_lock,c',
      'either ',
      '  c() c',
      'or ',
      '  each(cpu) each',
    ],
  );
});

describe('each step can be dropped', () => {
  test('of a plain list', () => {
    expect(made('step dropped', [a, b, c])).toEqual({ a: 'b c', b: 'a c', c: 'a b' });
  });
  test('wherever it stands, and nothing else changes', () => {
    const list: List = [once(a, atomically(b, [c, a]), either([b], [...holding('lock', c)]))];
    expect(text(list)).toBe('a atomically b c a either b or spin_lock(lock) c spin_unlock(lock)');
    expect(made('step dropped', list)).toEqual({
      a: 'atomically b c a either b or spin_lock(lock) c spin_unlock(lock)',
      b: 'a atomically c a either b or spin_lock(lock) c spin_unlock(lock)',
      c: 'a atomically b a either b or spin_lock(lock) c spin_unlock(lock)',
      'a@2': 'a atomically b c either b or spin_lock(lock) c spin_unlock(lock)',
      'b@2': 'a atomically b c a either or spin_lock(lock) c spin_unlock(lock)',
      'c@2': 'a atomically b c a either b or spin_lock(lock) spin_unlock(lock)',
    });
  });
});

test('a lock can be dropped, and the steps that it was held for stay', () => {
  expect(made('lock dropped', [a, ...holding('mmu_lock', b, ...holding('lock', c)), d])).toEqual({
    mmu_lock: 'a b spin_lock(lock) c spin_unlock(lock) d',
    lock: 'a write_lock(mmu_lock) b c write_unlock(mmu_lock) d',
  });
});

describe('two neighbours can be swapped', () => {
  test('of a plain list', () => {
    expect(made('swapped', [a, b, c])).toEqual({ 'a,b': 'b a c', 'b,c': 'a c b' });
  });
  test('as a whole, where one is a choice, a fold or a called function', () => {
    expect(made('swapped', [a, either([b], [c]), atomically(d)])).toEqual({
      'a,b': 'either b or c a atomically d',
      'b,d': 'a atomically d either b or c',
    });
    expect(made('swapped', [a, [b, c]])).toEqual({ 'a,b': 'b c a', 'b,c': 'a c b' });
  });
  test('across either end of a critical section, in both directions', () => {
    expect(made('swapped', [a, ...holding('lock', b, c), d])).toEqual({
      'a,lock': 'spin_lock(lock) a b c spin_unlock(lock) d',
      'lock,b': 'a b spin_lock(lock) c spin_unlock(lock) d',
      'b,c': 'a spin_lock(lock) c b spin_unlock(lock) d',
      'c,lock': 'a spin_lock(lock) b spin_unlock(lock) c d',
      'lock,d': 'a spin_lock(lock) b c d spin_unlock(lock)',
    });
  });
  test('but not one with itself, nor out of a lock what only stands under it', () => {
    expect(made('swapped', [a, a])).toEqual({});
    expect(made('swapped', holding('lock', cond_resched('lock')))).toEqual({});
    expect(made('swapped', holding('mmu_lock', ...holding('lock', a)))).toEqual({
      'lock,a': 'write_lock(mmu_lock) a spin_lock(lock) spin_unlock(lock) write_unlock(mmu_lock)',
      'a,lock': 'write_lock(mmu_lock) spin_lock(lock) spin_unlock(lock) a write_unlock(mmu_lock)',
    });
  });
});

describe('steps can be put in another order', () => {
  const list: List = [a, ...holding('lock', b), either([c], [forAny(Cpu, each)])];
  const order = (...steps: string[]) => text(reordered(list as never, steps).list);

  test('in the places where they stand, locks and choices included', () => {
    expect(stepsIn(list as never)).toEqual(['a', 'b', 'c', 'each']);
    expect(order('c', 'b', 'a')).toBe('c spin_lock(lock) b spin_unlock(lock) either a or each(cpu)');
    expect(order('each', 'b')).toBe('a spin_lock(lock) each(cpu) spin_unlock(lock) either c or b');
  });
  test.each([
    ['a step that is not there', ['a', 'e'], 'there is no step e; the steps are a, b, c, each'],
    ['a lock', ['lock', 'a'], 'there is no step lock; the steps are a, b, c, each'],
    ['the same twice', ['a', 'a'], 'a is named twice'],
  ])('%s is refused', (_, steps, sentence) => {
    expect(() => order(...steps)).toThrow(sentence);
  });
});

describe('a derived variant', () => {
  const small = (s: State) => s.x < 3;
  const known = suite(
    model({
      name: 'edits',
      about: 'lists to edit',
      state,
      bounds: { cpu: 1 },
      variants: { plain: { cpu: [a, ...holding('lock', b, c)] }, jumps: { cpu: [a, b, back] } },
    }),
    { invariants: { small }, violated: { plain: ['small'], jumps: [] } },
  );
  const listOf = (variant: string) => text(derived(known, variant).model.variants[variant]?.cpu);

  test('is made by its name, one edit after the other', () => {
    expect(listOf('plain:without=cpu.b')).toBe('a spin_lock(lock) c spin_unlock(lock)');
    expect(listOf('plain:without=cpu.lock')).toBe('a b c');
    expect(listOf('plain:swap=cpu.lock,b')).toBe('a b spin_lock(lock) c spin_unlock(lock)');
    expect(listOf('plain:order=cpu.c,a')).toBe('c spin_lock(lock) b a spin_unlock(lock)');
    expect(listOf('plain:without=cpu.lock:swap=cpu.b,c:without=cpu.a')).toBe('c b');
    expect(inOrder('plain', 'cpu', ['c', 'a'])).toBe('plain:order=cpu.c,a');
  });
  test('is expected to violate what the one it is derived from does, which stays as it was', () => {
    expect(derived(known, 'plain:without=cpu.b').violated).toMatchObject({
      plain: ['small'],
      'plain:without=cpu.b': ['small'],
    });
    expect(Object.keys(known.model.variants)).toEqual(['plain', 'jumps']);
    expect(derived(known, 'plain')).toBe(known);
  });
  test('has a name for every edit of every line of a variant', () => {
    const names = outlines(known, 'plain').flatMap(({ rows }) => rows.flatMap(({ derived: name }) => name ?? []));
    expect(names).toEqual([
      'plain:without=cpu.a',
      'plain:swap=cpu.a,lock',
      'plain:without=cpu.lock',
      'plain:swap=cpu.lock,b',
      'plain:without=cpu.b',
      'plain:swap=cpu.b,c',
      'plain:without=cpu.c',
      'plain:swap=cpu.c,lock',
    ]);
    expect(names.map((name) => listOf(name)).filter((each) => each === listOf('plain'))).toEqual([]);
  });
  test('that lacks the step another goes on with does not compile', () => {
    const { model: edited } = derived(known, 'jumps:without=cpu.a');
    expect(() => instantiate(edited, 'jumps:without=cpu.a')).toThrow(
      'edits/jumps:without=cpu.a: cpu lists back, which returns a, and a is not in the list',
    );
  });
  test.each([
    ['an unknown variant', 'other:without=cpu.a', 'edits has no variant other; it has plain, jumps'],
    [
      'an unknown word',
      'plain:drop=cpu.a',
      '"drop=cpu.a" is no edit; an edit is without=thread.step, weaken=thread.step, swap=',
    ],
    ['an unknown thread', 'plain:without=gpu.a', 'there is no thread gpu; the threads are cpu'],
    [
      'an unknown step',
      'plain:without=cpu.e',
      'the list of cpu has no without=cpu.e; it has without=cpu.a, without=cpu.lock, without=cpu.b, without=cpu.c',
    ],
    ['no neighbours', 'plain:swap=cpu.a,c', 'the list of cpu has no swap=cpu.a,c; it has swap=cpu.a,lock'],
    ['an order of what is no step', 'plain:order=cpu.a,e', 'plain:order=cpu.a,e: there is no step e'],
  ])('%s is refused with what there is', (_, name, sentence) => {
    expect(() => derived(known, name)).toThrow(sentence);
  });
});
