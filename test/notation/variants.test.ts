// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import {
  forAny,
  type Id,
  initialStates,
  instantiate,
  model,
  type Next,
  range,
  type StateOf,
  symmetric,
  thread,
  upTo,
  array,
  bit,
  blocked,
} from '#notation';
import { type Tiny, tiny } from '../tiny.ts';
import { enabled, start } from './by-name.ts';

const Cpu = range('cpu');
const Page = symmetric('page');
type Page = Id<typeof Page>;
const state = { x: upTo(Page), free: upTo(5), bits: array(Page, bit), cpu: thread(Cpu, {}) };
interface State extends StateOf<typeof state> {}

function a(): void {}
function b(): void {}
function tick(s: State): void {
  s.free = 1;
}
function fill(s: State, page: Page): Next {
  if (s.bits[page]) return blocked;
  s.bits[page] = 1;
}
function two(s: State): void {
  s.free = 2;
}
function all(s: State): void {
  s.bits.forEach((_, page) => {
    s.bits[page] = 1;
  });
}
function none(): void {}

const source = model({
  name: 'variants',
  about: 'What a variant may say for itself.',
  state,
  bounds: { cpu: 1, page: 2 },
  actions: [tick],
  initial: [two],
  variants: {
    plain: { cpu: [a] },
    order: { cpu: [b, a] },
    hardware: { cpu: [a], actions: [forAny(Page, fill)] },
    'no-hardware': { cpu: [a], actions: [] },
    starts: { cpu: [a], initial: [none, all] },
    large: { cpu: [a], bounds: { page: 3 } },
  },
});

describe('a variant', () => {
  test('has the actions, the initial states and the bounds of its model', () => {
    const instance = instantiate(source, 'plain');
    expect(enabled(instance)).toEqual(['cpu0.a', 'hardware.tick']);
    expect(start(instance)).toMatchObject({ free: 2, bits: [0, 0] });
    expect(instance.bounds).toEqual({ cpu: 1, page: 2 });
  });

  test('is an order', () => {
    expect(enabled(instantiate(source, 'order'))).toContain('cpu0.b');
  });

  test('may have actions in place of them', () => {
    expect(enabled(instantiate(source, 'hardware'))).toEqual(['cpu0.a', 'hardware.fill(0)', 'hardware.fill(1)']);
    expect(enabled(instantiate(source, 'no-hardware'))).toEqual(['cpu0.a']);
  });

  test('may have initial states in place of them, each by its name', () => {
    expect(initialStates(instantiate(source, 'starts'))).toMatchObject([
      { name: 'none', state: { free: 0, bits: [0, 0] } },
      { name: 'all', state: { free: 0, bits: [1, 1] } },
    ]);
  });

  test('may have bounds in place of them, and whoever instantiates it may replace both', () => {
    expect(start(instantiate(source, 'large'))).toMatchObject({ bits: [0, 0, 0] });
    expect(start(instantiate(source, 'large', { page: 1 }))).toMatchObject({ bits: [0] });
    expect(start(instantiate(source, 'plain', { page: 4, cpu: 2 }))).toMatchObject({
      bits: [0, 0, 0, 0],
      cpu: [{}, {}],
    });
  });
});

test('an upTo of a set has its bound as the largest value', () => {
  const [part] = Object.values(instantiate(source, 'plain', { page: 3 }).root.fields);
  expect(part).toMatchObject({ low: 0, high: 3 });
});

test('without initial states a run starts where all is zero, free, NULL, idle or none', () => {
  const instance = tiny([a]);
  expect(initialStates(instance)).toEqual([
    {
      name: 'initially',
      state: {
        lock: { owner: 0, readers: [] },
        outer: { owner: 0, readers: [] },
        rw: { owner: 0, readers: [0] },
        sleeping: { owner: 0, readers: [] },
        x: 0,
        y: 0,
        flag: false,
        color: 'red',
        best: 0,
        head: -1,
        bits: [0, 0],
        counts: [0, 0],
        spte: [
          { writable: false, level: '4K' },
          { writable: false, level: '4K' },
        ],
        cell: [
          { allocated: false, next: -1, value: 0 },
          { allocated: false, next: -1, value: 0 },
        ],
        cpu: [{ point: 0, i: null, page: null, cell: null, mine: [0, 0], done: null }],
      },
    },
  ]);
});

test('an initial state that is out of range is an error that names the model and the initial state', () => {
  function tooLarge(s: Tiny): void {
    s.x = 10;
  }
  const make = () => initialStates(tiny([a], { initial: [tooLarge] }));
  expect(make).toThrow(/^tiny\/only: .*tooLarge.*set x to 10, and its range is 0\.\.9/);
});
