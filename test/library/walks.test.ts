import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dirtyLog } from '#model';
import { type Walk, walks } from '../../fast-check.ts';
import { BUG_ON, bit, model, range, replay, type StateOf, suite, thread, upTo } from '../../index.ts';

const Cpu = range('cpu');
const state = { x: upTo(9), noise: bit, cpu: thread(Cpu, { seen: upTo(9) }) };
interface State extends StateOf<typeof state> {}
type Cpu = State['cpu'][0];

function load(s: State, cpu: Cpu): void {
  cpu.seen = s.x;
}
function store(s: State, cpu: Cpu): void {
  s.x = cpu.seen + 1;
}
function check(s: State): void {
  BUG_ON(s.x === 2, 'x is 2');
}
function toggle(s: State): void {
  s.noise = s.noise === 0 ? 1 : 0;
}
function fromZero(): void {}
function fromFive(s: State): void {
  s.x = 5;
}

const counter = model({
  name: 'counter',
  about: 'counts',
  state,
  bounds: { cpu: 2 },
  actions: [toggle],
  variants: {
    counts: { cpu: [load, store] },
    checks: { cpu: [load, store, check] },
    starts: { cpu: [load, store], initial: [fromZero, fromFive] },
  },
});
const counting = suite(counter, { invariants: {}, violated: { counts: [], checks: [], starts: [] } });
const seed = { seed: 1, numRuns: 200 };

/** The walk that fast-check ends with when a claim is to be true of all. */
function counterexample(variant: string, holds: (walk: Walk<State>) => boolean): Walk<State> {
  const { counterexample: found } = fc.check(fc.property(walks(counter, variant), holds), seed);
  return (found as [Walk<State>])[0];
}

describe('a walk', () => {
  test('is an execution: its line, replayed, passes through the same states', () => {
    fc.assert(
      fc.property(walks(counter, 'starts'), ({ trace }) => {
        const start = trace.initial === undefined ? '' : ` from ${trace.initial}:`;
        expect(trace.initial).toMatch(/^from(Zero|Five)$/);
        const steps = trace.steps.map(({ thread: by, step }) => `${by === 'hardware' ? '' : `${by}.`}${step}()`);
        const again = replay(counting, `counter/starts${start} ${steps.join('; ')}`);
        expect(again.states).toEqual(trace.states);
      }),
      { ...seed, numRuns: 50 },
    );
  });

  test('has states as claims see them', () => {
    fc.assert(
      fc.property(walks(counter, 'counts'), ({ trace, states }) => {
        expect(states.map(({ x }) => x)).toEqual(trace.states.map((plain) => (plain as { x: number }).x));
        expect(() => (states[0] as never as { y: unknown }).y).toThrow('read y, which the state does not have');
      }),
      seed,
    );
  });

  test('takes every step sooner or later, and comes to the states that matter', () => {
    const taken = new Set<string>();
    let unsent = 0;
    for (const { trace, states } of fc.sample(walks(dirtyLog, 'dirty-then-rmap', { steps: 80 }), {
      seed: 1,
      numRuns: 40,
    })) {
      for (const { step } of trace.steps) taken.add(step);
      unsent += states.some(({ ghost }) => ghost.unsent.some((each) => each === 1)) ? 1 : 0;
    }
    expect([...taken]).toEqual(
      expect.arrayContaining(['page_fault', 'rmap_add', 'copy_to_user', 'tlb_fill', 'guest_write']),
    );
    expect(unsent).toBeGreaterThan(10);
  });

  test('ends where a step fails, and says how', () => {
    const failing = fc.sample(walks(counter, 'checks'), seed).filter(({ trace }) => trace.failure !== undefined);
    expect(failing.length).toBeGreaterThan(20);
    for (const { trace, states } of failing) {
      expect(trace.failure).toMatch(/^x is 2$|^set x to 10/);
      expect(states.length).toBe(trace.length);
    }
  });

  test('has no more steps than asked for, and none where none is to be taken', () => {
    const lengths = (steps: number) =>
      fc.sample(walks(counter, 'counts', { steps }), seed).map(({ trace }) => trace.length);
    expect([...new Set(lengths(3))].toSorted()).toEqual([0, 1, 2, 3]);
    expect(new Set(lengths(0))).toEqual(new Set([0]));
  });

  test('is the same for the same seed', () => {
    const lines = () => fc.sample(walks(counter, 'starts'), seed).map((walk) => fc.stringify(walk));
    expect(lines()).toEqual(lines());
  });

  test('takes bounds that no search could exhaust', () => {
    const [walk] = fc.sample(walks(dirtyLog, 'rmap-then-dirty', { bounds: { gfn: 9, vcpu: 9 } }), {
      seed: 2,
      numRuns: 1,
    });
    expect(walk?.trace.bounds).toMatchObject({ gfn: 9, vcpu: 9 });
  });
});

describe('a walk that shows something', () => {
  test('shrinks to the steps that it takes, in an order in which they can be taken', () => {
    const { trace } = counterexample('counts', ({ states }) => states.every(({ x }) => x < 2));
    expect(trace.steps.map(({ step }) => step)).toEqual(['load', 'store', 'load', 'store']);
  });

  test('shrinks to a failing step, which stays the last', () => {
    const { trace } = counterexample('checks', (walk) => walk.trace.failure === undefined);
    expect(trace.failure).toBe('x is 2');
    expect(trace.steps.map(({ step }) => step)).toEqual(expect.arrayContaining(['load', 'store', 'check']));
    expect(trace.steps.map(({ step }) => step)).not.toContain('toggle');
    expect(trace.length).toBeLessThanOrEqual(8);
  });

  test('keeps the initial state that it needs', () => {
    const { trace } = counterexample('starts', ({ states }) => states.every(({ x }) => x !== 6));
    expect([trace.initial, trace.steps.map(({ step }) => step)]).toEqual(['fromFive', ['load', 'store']]);
  });

  test('is printed as a race, with the line that replays it', () => {
    const property = fc.property(walks(counter, 'counts'), ({ states }) => states.every(({ x }) => x < 1));
    expect(() => fc.assert(property, seed)).toThrow(
      /\n {2}1 {2}load\(\) {3}\(seen = 0\)\n {2}2 {2}store\(\) {2}x = 1\n\ncounter\/counts \[cpu=2\] cpu\d\.load\(\); cpu\d\.store\(\)\n/,
    );
  });
});

test('what cannot be walked is refused with a sentence', () => {
  expect(() => walks(counter, 'count')).toThrow('counter has no variant count; it has counts, checks, starts');
  expect(() => walks(counter, 'counts', { bounds: { cpus: 1 } })).toThrow('counter/counts has no bound cpus');
  expect(() => walks(counter, 'counts', { steps: -1 })).toThrow(
    'a walk of at most -1 steps; name a whole number from 0',
  );
});
