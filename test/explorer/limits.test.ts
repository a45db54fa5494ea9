import { describe, expect, test } from 'vitest';
import { checkVariant, type Limits, search } from '#explorer';
import { choose, type Instance, instantiate, model, type StateOf, thread, upTo } from '#notation';
import { dirtyLogReferenceSuite } from '../../bench/models/dirty-log.ts';
import { twoPhaseCommit, twoPhaseCommitSuite } from '../../bench/models/two-phase-commit.ts';
import { Cpu } from '../tiny.ts';
import { tinyModels } from '../tiny-models.ts';

const [variant = ''] = Object.keys(twoPhaseCommit.variants);

function managers(rm: number, limits: Limits = {}) {
  return search(instantiate(twoPhaseCommit, variant, { rm }), twoPhaseCommitSuite, limits);
}

function check(rm: number, limits: Limits) {
  return checkVariant(twoPhaseCommitSuite, variant, { bounds: { rm }, limits });
}

/** How many states are so many steps from the initial one, by the parents that the search recorded. */
function levels({ visited, states }: ReturnType<typeof managers>): number[] {
  const steps = new Int32Array(states);
  const sizes: number[] = [];
  for (let at = 0; at < states; at++) {
    const parent = visited.parents[at] as number;
    steps[at] = parent < 0 ? 0 : (steps[parent] as number) + 1;
    sizes[steps[at] as number] = (sizes[steps[at] as number] ?? 0) + 1;
  }
  return sizes;
}

describe('a limit that is reached', () => {
  test.each<[string, Limits]>([
    ['states', { states: 1_000 }],
    ['depth', { depth: 5 }],
    ['seconds', { seconds: 0 }],
    ['memory', { memory: 400_000 }],
  ])('%s: leaves every claim undecided, and never says that one holds', (name, limits) => {
    const result = check(6, limits);
    expect(result.stopped).toBe(name);
    expect(result.outcome).toBe('incomplete');
    expect(result.asExpected).toBe(false);
    expect(new Set(result.claims.map((claim) => claim.outcome))).toEqual(new Set(['incomplete']));
    expect(result.neverFired).toEqual([]);
    expect(result.states).toBeLessThan(50_816);
  });

  test('does not undo a violation that was found before it', () => {
    const bounds = { vcpu: 1, page: 1, ioctl: 1, cursor: 1 };
    const result = checkVariant(dirtyLogReferenceSuite, 'mark-first', { bounds, limits: { depth: 11 } });
    expect(result.outcome).toBe('violated');
    expect(result.stopped).toBe('depth');
    expect(result.asExpected).toBe(false);
    expect(result.claims.find(({ name }) => name === 'delivered')).toMatchObject({
      outcome: 'violated',
      trace: { length: 11 },
    });
    expect(result.claims.find(({ name }) => name === 'inRmap')).toMatchObject({ outcome: 'incomplete' });
    expect(result.claims.find(({ name }) => name === 'deadlock')).toMatchObject({ outcome: 'incomplete' });
  });

  test('one step before a violation does not find it', () => {
    const bounds = { vcpu: 1, page: 1, ioctl: 1, cursor: 1 };
    const result = checkVariant(dirtyLogReferenceSuite, 'mark-first', { bounds, limits: { depth: 10 } });
    expect(result.claims.find(({ name }) => name === 'delivered')).toMatchObject({
      outcome: 'incomplete',
      trace: undefined,
    });
  });
});

describe('a limit that is not reached changes nothing', () => {
  test.each<[string, Limits]>([
    ['states', { states: 8_832 }],
    ['depth', { depth: 16 }],
    ['seconds', { seconds: 1_000 }],
    ['memory', { memory: 2 ** 30 }],
  ])('%s', (_, limits) => {
    expect(check(5, limits)).toMatchObject({
      outcome: 'holds',
      stopped: undefined,
      asExpected: true,
      states: 8_832,
      depth: 17,
    });
  });
});

test('a limit of as many states as a model has is not reached', () => {
  const { stopped, states } = search(tinyModels['a self-loop'] as Instance, undefined, { states: 1 });
  expect([stopped, states]).toEqual([undefined, 1]);
});

describe('where each state has thousands of successors', () => {
  const state = { x: upTo(99), y: upTo(49), n: upTo(9), cpu: thread(Cpu, {}) };
  interface State extends StateOf<typeof state> {}
  function wild(s: State): void {
    s.x = choose(100);
    s.y = choose(50);
    s.n = Math.min(9, s.n + 1);
  }
  const instance = instantiate(
    model({ name: 'wild', about: 'much to choose', state, bounds: { cpu: 1 }, variants: { only: { cpu: [wild] } } }),
    'only',
  );

  test('a limit on states is looked at after each of them', () => {
    const { stopped, states, transitions } = search(instance, undefined, { states: 7_000 });
    expect([stopped, states, transitions]).toEqual(['states', 10_001, 10_000]);
  });

  test('the clock is, too', () => {
    const { stopped, transitions } = search(instance, undefined, { seconds: 0.1 });
    expect([stopped, transitions < 1_000_000]).toEqual(['seconds', true]);
  });
});

describe('the depth limit counts steps', () => {
  const all = levels(managers(4));

  test.each(all.map((_, steps) => steps))('%i: all states within so many steps, and no others', (steps) => {
    const searched = managers(4, { depth: steps });
    expect(searched.states).toBe(all.slice(0, steps + 1).reduce((sum, size) => sum + size, 0));
    expect(searched.depth).toBe(steps + 1);
    expect(searched.stopped).toBe(steps === all.length - 1 ? undefined : 'depth');
  });
});

describe('the memory limit', () => {
  test.each([400_000, 600_000, 900_000, 2_000_000])('of %i bytes is kept', (memory) => {
    const { visited, states, stopped } = managers(6, { memory });
    expect(visited.bytes).toBeLessThanOrEqual(memory);
    expect(stopped).toBe(states === 50_816 ? undefined : 'memory');
  });

  test('below what is needed at all is not passed over', () => {
    let said: string;
    try {
      said = managers(3, { memory: 1_000 }).stopped ?? 'complete';
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toMatch(/memory/);
  });
});

test('a search that reaches a limit has evaluated its claims on what it found and did not expand', () => {
  interface Commit {
    readonly rm: readonly { readonly is: string }[];
    readonly tm: string;
    readonly tmPrepared: Iterable<number>;
    readonly msgs: { readonly prepared: Iterable<number>; readonly commit: number; readonly abort: number };
  }
  const key = ({ rm, tm, tmPrepared, msgs }: Commit) =>
    [...rm.map(({ is }) => is), tm, ...tmPrepared, ...msgs.prepared, msgs.commit, msgs.abort].join();
  const limits = { states: 20_000 };
  const { machine, visited, states, stopped } = managers(6, limits);
  expect(stopped).toBe('states');
  machine.load(visited.arena, states - 1);
  const last = key(machine.root as never);
  const claims = { invariants: { neverLikeTheLast: (s: Commit) => key(s) !== last } as never, reachable: {} };
  const searched = search(machine.instance, claims, limits);
  expect(searched.violations.get('neverLikeTheLast')?.index).toBe(states - 1);
});

test('progress is told, and never goes back', () => {
  const told: number[] = [];
  search(
    instantiate(twoPhaseCommit, variant, { rm: 5 }),
    twoPhaseCommitSuite,
    {},
    { onProgress: ({ states, frontier }) => told.push(states - frontier) },
  );
  expect(told.length).toBeGreaterThan(10);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
});
