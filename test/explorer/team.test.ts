/** One search by several threads: what it finds is to the last bit what one thread finds. */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type Assisted, type CheckOptions, checkVariant, type Crew, type Limits, search } from '#explorer';
import { jsonDocument } from '#report';
import { received, sent } from '../../explorer/team-memory.ts';
import { long } from '../long.ts';
import { shippedModels, suiteOf } from '../shipped.ts';
import { tinyModels } from '../tiny-models.ts';
import { assistedOf, helpers, type Subject } from './crew.ts';
import { randomModel } from './random-model.ts';

const helping = helpers();
afterAll(() => helping.end());

interface Options {
  readonly symmetric?: boolean;
  readonly limits?: Limits;
}

/** Everything that a search finds, the order of states and of words included; how it was done left out. */
function found(subject: Subject, { symmetric = false, limits = {} }: Options, crew?: Crew) {
  const assisted = assistedOf(subject);
  if (assisted === undefined) return undefined;
  const { instance, claims } = assisted;
  const {
    machine,
    visited,
    symmetry,
    seconds: _,
    expanded,
    ...rest
  } = search(instance, claims, limits, { symmetric, crew });
  const { width, count, arena, parents, table } = visited;
  const { violations, reached, vacuous, ...counts } = rest;
  const words = arena.slice(0, count * width);
  for (let at = 0; at < Math.min(count, 500); at++) {
    const state = words.slice(at * width, (at + 1) * width);
    expect(visited.find(state)).toBe(at);
  }
  return {
    finding: {
      ...counts,
      violations: [...violations],
      reached: [...reached],
      vacuous: [...vacuous],
      fired: [...machine.fired],
      exact: symmetry?.exact(),
      bytes: visited.bytesFor(count),
      slotsTaken: table.filter((entry) => entry !== 0).length,
      words,
      parents: parents.slice(0, count),
    },
    expanded,
  };
}

/** Searches with several numbers of threads, and holds what they find against what one finds. */
async function expectSame(
  subject: Subject,
  workers: readonly number[],
  options: Options = {},
  chunk?: number,
  from = 0,
) {
  const alone = found(subject, options);
  for (const count of workers) {
    const together = found(subject, options, { ...helping.crew(count, subject, chunk), from });
    await helping.idle();
    expect(together?.finding).toEqual(alone?.finding);
    if (alone === undefined) continue;
    expect(together?.expanded).toHaveLength(count);
    expect(together?.expanded.reduce((all, each) => all + each)).toBe(alone.expanded[0]);
  }
}

describe('several threads find exactly what one finds, in the same order', () => {
  test.each(Object.keys(tinyModels))('in a tiny model: %s', async (name) => {
    await expectSame({ kind: 'tiny', name }, [2]);
  });

  test('in random models', async () => {
    await fc.assert(
      fc.asyncProperty(randomModel, fc.integer({ min: 1, max: 5 }), async ({ source }, chunk) => {
        await expectSame({ kind: 'random', source }, [3], {}, chunk);
      }),
      { seed: 5, numRuns: 15 },
    );
  });

  const lockless: Subject = {
    kind: 'shipped',
    model: 'dirty-log',
    variant: 'no-flush',
    bounds: { gfn: 1, vcpu: 2, ioctl: 1 },
  };
  const list: Subject = { kind: 'shipped', model: 'pte-list', variant: 'tail-count', bounds: { head: 1, spte: 4 } };

  test('however many they are', async () => {
    await expectSame(lockless, [2, 4, 8], {}, 16);
  });

  test('with symmetry', async () => {
    await expectSame(list, [2], { symmetric: true }, 1);
    // Of levels of some dozens of states each gets some.
    await expectSame({ kind: 'known', name: 'T6' }, [2, 4], { symmetric: true }, 2);
  });

  test('under another memory order', async () => {
    await expectSame({ ...lockless, variant: 'mmu-lock@tso', bounds: { gfn: 1, vcpu: 1, ioctl: 1 } }, [3], {}, 16);
  });

  test('as deep as they are told to go', async () => {
    await expectSame(lockless, [3], { limits: { depth: 12 } }, 16);
  });

  test('where there are more new states than room for them, and the table grows', async () => {
    await expectSame({ kind: 'wide' }, [2], {}, 1);
    await expectSame({ kind: 'wide' }, [3], { limits: { memory: 1.5 * 2 ** 20 } }, 4);
  });

  test('after one has searched alone for a while', async () => {
    await expectSame(lockless, [2], {}, 16, 600);
  });

  test('when several fail, and the first of them is told last', async () => {
    await expectSame({ kind: 'uneven', does: 'lag' }, [2], {}, 1);
  });

  test('when a claim is closed by one state of a round and could be by many others', async () => {
    await expectSame({ kind: 'tiny', name: 'a lost update' }, [3], {}, 64);
  });
});

test('where memory ends, several threads say so, as one does', async () => {
  const subject: Subject = { kind: 'shipped', model: 'pte-list', variant: 'tail-count', bounds: {} };
  const limits = { memory: 200_000 };
  expect(found(subject, { limits })?.finding.stopped).toBe('memory');
  const { instance, claims } = assistedOf(subject) as Assisted;
  const { stopped, visited } = search(instance, claims, limits, { crew: helping.crew(2, subject, 16) });
  await helping.idle();
  expect(stopped).toBe('memory');
  // Nothing is left of what was met and has no room.
  expect(visited.table.filter((entry) => entry !== 0)).toHaveLength(visited.count);
});

describe('several threads stop at a limit', () => {
  const subject: Subject = { kind: 'shipped', model: 'dirty-log', variant: 'mmu-lock', bounds: {} };

  test.each([1, 700, 2_500])('on states, %i, where one thread stops, with the same in hand', async (states) => {
    await expectSame(subject, [2, 4], { limits: { states } }, 64);
  });

  test('on seconds', async () => {
    const stopped = found(subject, { limits: { seconds: 0 } }, helping.crew(2, subject, 16));
    await helping.idle();
    expect(stopped?.finding.stopped).toBe('seconds');
  });
});

test('shared memory of any size is told to another thread as it is', () => {
  const { port1, port2 } = new MessageChannel();
  const shared = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length));
  const [few, arena] = [shared(3), shared(2 ** 30 + 5)];
  arena[2 ** 30 + 4] = 7;
  const lists = { candidates: [few], closed: [2] };
  const memory = {
    ...lists,
    version: 4,
    chunks: few,
    arena,
    parents: few,
    table: arena.subarray(0, 8),
    larger: undefined,
  };
  port1.postMessage(sent(memory));
  const got = received(receiveMessageOnPort(port2)?.message);
  few[1] = 9;
  expect([got.arena.length, got.arena[2 ** 30 + 4], got.table.length]).toEqual([2 ** 30 + 5, 7, 8]);
  expect([got.parents[1], got.candidates[0]?.[1], got.version, got.closed]).toEqual([9, 9, 4, [2]]);
  port1.close();
});

/** A check of a shipped variant, with everything that changes what it looks at. */
interface Checked extends Pick<CheckOptions, 'symmetry' | 'limits'> {
  readonly of: string;
  readonly bounds?: Readonly<Record<string, number>>;
}

/** The document of a check as text, without what is a matter of time and of the number of threads. */
function documentOf({ of, bounds = {}, ...options }: Checked, workers: number, chunk: number): string {
  const [model = '', variant = ''] = of.split('/');
  const subject: Subject = { kind: 'shipped', model, variant, bounds };
  const shipped = suiteOf(shippedModels.find(({ name }) => name === model) as (typeof shippedModels)[number]);
  // Claims on executions and symmetry do not go together.
  const suite = options.symmetry ? { ...shipped, leadsTo: {}, eventually: {} } : shipped;
  const crew = workers > 1 ? helping.crew(workers, subject, chunk) : undefined;
  const result = checkVariant(suite, variant, { bounds, ...options, crew });
  expect(result.workers).toBe(workers);
  const head = { version: '', startedAt: new Date(0), ok: true };
  return jsonDocument([{ ...result, seconds: 0, workers: 0 }], head);
}

describe('the document of a check is the same, byte for byte, run after run, for 1, 2, 4 and 8 threads', () => {
  const log = { gfn: 1, vcpu: 2, ioctl: 1 };
  test.each<Checked>([
    { of: 'dirty-log/no-flush', bounds: log },
    { of: 'dirty-log/mmu-lock', bounds: { gfn: 2, vcpu: 1, ioctl: 1 } },
    { of: 'dirty-log/dirty-then-rmap@tso', bounds: { gfn: 1, vcpu: 1, ioctl: 1 } },
    { of: 'dirty-log/no-flush', bounds: log, limits: { states: 700 } },
    { of: 'dirty-log/no-flush', bounds: log, limits: { depth: 12 } },
    { of: 'pte-list/first-fit', bounds: { head: 1, spte: 4 } },
    { of: 'pte-list/tail-count', bounds: { head: 2, spte: 4 }, symmetry: true },
    { of: 'zap-rmap/one-pass-read-without-lock', symmetry: true },
    { of: 'write-protect/fast-large', limits: { states: 3_000 } },
    { of: 'fast-page-fault/any-level', limits: { states: 3_000 } },
  ])('%j', async (checked) => {
    const alone = documentOf(checked, 1, 1);
    for (let run = 0; run < (long ? 20 : 2); run++) {
      for (const workers of [2, 4, 8]) {
        expect(documentOf(checked, workers, 2 ** (3 + (run % 6)))).toBe(alone);
        await helping.idle();
      }
    }
  });
});

test('each thread does its part', async () => {
  const subject: Subject = { kind: 'shipped', model: 'dirty-log', variant: 'mmu-lock', bounds: {} };
  const together = found(subject, {}, helping.crew(2, subject, 16));
  await helping.idle();
  const [first = 0, second = 0] = together?.expanded ?? [];
  expect(second / (first + second)).toBeGreaterThan(0.1);
});

describe('a helper that is lost ends the search with a sentence', () => {
  const lost: [Subject & { kind: 'uneven' }, string][] = [
    [{ kind: 'uneven', does: 'exit' }, 'tiny/only: a step or claim ended the thread it ran in (exit code 4)'],
    [
      { kind: 'uneven', does: 'loop' },
      'tiny/only: a thread of its search has given no sign of life for 2 seconds; a step or claim loops for ever, or used up the memory of its thread',
    ],
  ];
  test.each(lost)('$does', async (subject, sentence) => {
    const apart = helpers();
    const crew = { ...apart.crew(2, subject, 1), patience: subject.does === 'loop' ? 2 : 60 };
    expect(() => found(subject, {}, crew)).toThrow(sentence);
    await apart.end();
  });
});
