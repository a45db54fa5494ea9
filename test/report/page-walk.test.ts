import { describe, expect, test } from 'vitest';
import { checkVariant, executed, type Trace } from '#explorer';
import { dirtyLogSuite, litmusSuite } from '#invariants';
import {
  instantiate,
  type Instance,
  leavesOf,
  type Plain,
  type Suite,
  transitionsOf,
  valueIn,
  viewOf,
} from '#notation';
import { type PagePart, pageResult, type PageValue, type Walk, walkOf } from '#report';
import { shippedSuites } from '../shipped.ts';
import { hostileSuite } from './hostile-model.ts';

const small = { gfn: 1, vcpu: 1, ioctl: 1 };
const result = checkVariant(dirtyLogSuite, 'no-flush', { bounds: small });
const claim = result.claims.find(({ name }) => name === 'noLostWrite') as (typeof result.claims)[number];
const trace = claim.trace as Trace;
const instance = instantiate(dirtyLogSuite.model, 'no-flush', trace.bounds);
const walk = walkOf(trace, instance, dirtyLogSuite, claim);

/** The states of an execution, as the page puts them together. */
function statesIn({ start, frames }: Walk): PageValue[][] {
  const values = [...start];
  return frames.map(({ changed }) => {
    for (const [at, value] of changed) values[at] = value;
    return [...values];
  });
}

function placesIn(part: PagePart): number[] {
  switch (part.kind) {
    case 'value':
      return [part.at];
    case 'lock':
      return [part.owner, ...part.readers];
    case 'thread':
      return [part.at, ...part.parts.flatMap(placesIn)];
    default:
      return part.parts.flatMap(placesIn);
  }
}

function valuesOf(of: Instance, state: Plain): unknown[] {
  return [...leavesOf(of.root)].map((leaf) => valueIn(of, state, leaf));
}

describe('an execution for the page', () => {
  test('has every state in full', () => {
    expect(statesIn(walk)).toEqual(trace.states.map((state) => valuesOf(instance, state)));
    expect(walk.frames.length).toBe(trace.length + 1);
  });

  test.each(shippedSuites.map((suite) => [suite.model.name, suite] as const))(
    'has a place for every value of %s',
    (_, suite: Suite) => {
      const made = instantiate(suite.model, Object.keys(suite.model.variants)[0] as string);
      const begun = walkOf(executed(made, made.initial[0]?.name, []), made, suite);
      expect(begun.state.flatMap(placesIn)).toEqual(begun.start.map((_, at) => at));
    },
  );

  test('has what can be done in each state, and what is done', () => {
    const called = ({ moves, threads }: Walk, place: number): string =>
      `${threads[moves[place]?.thread as number]} ${moves[place]?.call}`;
    for (const [i, state] of trace.states.entries()) {
      const possible = transitionsOf(instance, state).map(({ transition: { thread, edge, choices } }) => {
        return `${instance.threads[thread]?.path ?? 'hardware'} ${edge.label}(${choices.join(', ')})`;
      });
      expect(walk.frames[i]?.enabled.map((place) => called(walk, place))).toEqual(possible);
    }
    expect(walk.steps.map(({ move }) => called(walk, move))).toEqual(
      trace.steps.map(({ thread, step, args }) => `${thread} ${step}(${args.join(', ')})`),
    );
  });

  test('has the truth of every invariant in every state, and why one is false', () => {
    for (const [at, { name, kind }] of walk.claims.entries()) {
      const predicate = dirtyLogSuite.invariants[name];
      if (predicate === undefined) continue;
      const truths = trace.states.map((state) => (predicate(viewOf(instance, state) as never) ? 't' : 'f'));
      expect([kind, walk.frames.map((frame) => frame.truths[at])]).toEqual(['invariant', truths]);
    }
    const place = walk.claims.findIndex(({ name }) => name === 'noLostWrite');
    expect(new Map(walk.frames.at(-1)?.why).get(place)).toEqual(claim.why);
    expect(walk.frames.at(-2)?.truths[place]).toBe('t');
  });

  test('says in which states a claim on executions waits for what it wants', () => {
    const place = walk.claims.findIndex(({ name }) => name === 'faultCompletes');
    const faults = walk.steps.findIndex(({ changes }) => changes[0]?.includes('gfn = '));
    const sets = walk.steps.findIndex(({ changes }) => changes.includes('spte[0].writable = true'));
    const owed = walk.frames.flatMap(({ truths }, i) => (truths[place] === 'o' ? [i] : []));
    expect(owed).toEqual(Array.from({ length: sets - faults }, (_, i) => faults + 1 + i));
    expect(owed.length).toBeGreaterThan(0);
  });

  test('ends with what the failing step said, in the state before it', () => {
    const suite = shippedSuites.find(({ model }) => model.name === 'mmu') as Suite;
    const failing = checkVariant(suite, 'empty-head-kept').claims.find(({ name }) => name === 'BUG_ON')?.trace as Trace;
    const made = instantiate(suite.model, 'empty-head-kept', failing.bounds);
    const { steps, frames, failure, ...rest } = walkOf(failing, made, suite);
    expect(frames.length).toBe(steps.length);
    expect(steps.at(-1)?.changes).toEqual([failure]);
    expect(frames.at(-1)?.failing).toContainEqual([steps.at(-1)?.move, failure]);
    expect(rest.replay).toMatch(/^mmucheck replay 'mmu\/empty-head-kept /);
  });

  test('names the locations that wait in store buffers', () => {
    const made = instantiate(litmusSuite.model, 'sb-tso');
    const begun = walkOf(executed(made, made.initial[0]?.name, []), made, litmusSuite);
    const named = begun.state.flatMap(function names(part: PagePart): string[] {
      if (part.kind === 'value') return part.names ? [part.names.join(' ')] : [];
      return part.kind === 'lock' ? [] : part.parts.flatMap(names);
    });
    expect(new Set(named)).toEqual(new Set(['none x y']));
  });
});

test('a result for the page has a line from each initial state, which replay takes', () => {
  const { key, starts, claims, standing } = pageResult(result, dirtyLogSuite);
  expect([key, standing]).toEqual(['dirty-log/no-flush [gfn=1,vcpu=1,ioctl=1]', 'as expected']);
  expect(starts).toEqual([
    { name: 'bitmapClear', line: `${key} from bitmapClear:` },
    { name: 'bitmapSet', line: `${key} from bitmapSet:` },
  ]);
  expect(claims.find(({ name }) => name === 'noLostWrite')?.length).toBe(String(trace.length));
  const { starts: only } = pageResult(checkVariant(hostileSuite('x'), 'only'), hostileSuite('x'));
  expect(only).toEqual([{ name: 'the initial state', line: 'hostile/only [cpu=1,cell=2]' }]);
});
