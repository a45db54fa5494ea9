import { describe, expect, test } from 'vitest';
import { bit, model, range, suite, thread, upTo } from '#notation';

const Cpu = range('cpu');
const state = { x: upTo(3), cpu: thread(Cpu, {}) };
function step(): void {}
const source = { name: 'm', about: 'a', state, bounds: { cpu: 1 }, variants: { v: { cpu: [step] } } };
const right = model(source);

const made = (more: object) => () => model({ ...source, ...more } as never);
const parts = 'a part is a word such as bit or upTo(3), or { … } of parts';

function cyclic(): object {
  const part: Record<string, unknown> = { b: bit };
  part.c = part;
  return part;
}

describe('a state that is not made of the words of the notation is refused', () => {
  test.each<[string, object, string]>([
    ['a Map', { z: new Map() }, `z is a Map; ${parts}`],
    ['a Date', { z: new Date(0) }, `z is a Date; ${parts}`],
    ['a BigInt', { z: 5n }, `z is 5; ${parts}`],
    ['null', { z: null }, `z is null; ${parts}`],
    ['undefined', { z: undefined }, `z is undefined; ${parts}`],
    ['a string', { z: 'bit' }, `z is "bit"; ${parts}`],
    ['a word that was not called', { z: upTo }, `z is the function upTo; ${parts}`],
    ['a list', { z: [bit] }, `z is a list; ${parts}`],
    ['a struct without fields', { z: {} }, 'z has no fields; declare some, or leave it out'],
    ['a part that contains itself', { z: cyclic() }, 'z.c contains itself; a state is finite'],
    [
      'a getter',
      {
        z: {
          get a() {
            return bit;
          },
        },
      },
      'z.a is a getter; write the part itself',
    ],
    ['__proto__', { ['__proto__']: bit }, 'no field can be called "__proto__", as in __proto__; choose another name'],
    [
      'a field that every object has',
      { z: { constructor: bit } },
      'no field can be called "constructor", as in z.constructor; choose another name',
    ],
    ['a symbol', { [Symbol('q')]: bit }, 'no field can be called Symbol(q), as in Symbol(q); choose another name'],
    ['a field with a space', { 'a b': bit }, 'no field can be called "a b", as in a b; choose another name'],
    ['a local that is no part', { cpu: thread(Cpu, { seen: 5 } as never) }, `cpu.seen is 5; ${parts}`],
  ])('%s', (_, more, sentence) => {
    expect(made({ state: { ...state, ...more } })).toThrow(new Error(`model m: ${sentence}`));
  });
});

describe('a model whose parts are something else is refused', () => {
  test.each<[string, object, string]>([
    ['no state', { state: undefined }, `the state is undefined; ${parts}`],
    ['bounds that are null', { bounds: null }, 'bounds is null; write the size of each set, as in { vcpu: 2 }'],
    ['variants that are null', { variants: null }, 'variants is null; write { name: { thread: [step, …] } }'],
    [
      'a variant that is null',
      { variants: { v: null } },
      'variant v is null; write a list of steps for each thread, as in { vcpu: [step, …] }',
    ],
    ['actions that are a number', { actions: 5 }, 'actions is 5; write a list of steps, as in [tlb_fill]'],
    ['an initial state that is no function', { initial: [5] }, 'an initial state is 5; write a function of the state'],
    [
      'an async one',
      { initial: [async () => {}] },
      'an initial state is async or a generator; it answers at once: write a plain function',
    ],
  ])('%s', (_, more, sentence) => {
    expect(made(more)).toThrow(new Error(`model m: ${sentence}`));
  });
});

describe('a suite whose parts are something else is refused', () => {
  const none = { v: [] };
  test.each<[string, object, string]>([
    ['no invariants', { violated: none }, 'what is given as an invariant is undefined; write { name: claim }'],
    ['a claim that is a number', { invariants: { odd: 5 }, violated: none }, 'odd is 5; write a function of the state'],
    [
      'an async claim',
      { invariants: { odd: async () => true }, violated: none },
      'odd is async or a generator; it answers at once: write a plain function',
    ],
    [
      'no verdicts',
      { invariants: {} },
      'violated is undefined; write what each variant violates, as in { right: [], wrong: [claim] }',
    ],
    [
      'a verdict that is a string',
      { invariants: {}, violated: { v: 'deadlock' } },
      'what v violates is "deadlock"; write a list of claims, as in [claim], or []',
    ],
  ])('%s', (_, claims, sentence) => {
    expect(() => suite(right as never, claims as never)).toThrow(new Error(`suite of m: ${sentence}`));
  });

  test('no model', () => {
    expect(() => suite(undefined as never, { invariants: {}, violated: {} })).toThrow(
      new Error('suite: its model is undefined; write what model(…) returns'),
    );
  });
});
