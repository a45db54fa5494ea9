/** Input that nobody meant: whatever is typed, written into a file or put together, the answer is a value or a sentence. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { executed, ReplayError } from '#explorer';
import { bit, instantiate, model, range, StepFailure, suite, thread, upTo } from '#notation';
import { parseReplayLine, ReplayLineError, threadsNamed } from '#report';
import { readCiSuite } from '../../cli/ci-suite.ts';
import { describeFailure, Failure, isSentence } from '../../cli/failure.ts';
import { bounds, memory, natural, seconds, whole } from '../../cli/options.ts';
import { planned } from '../../cli/plan.ts';
import { readResultFile } from '../../cli/result-file.ts';
import { part } from '../../cli/shard.ts';
import { ownSuites, targetsOf, variantNamed } from '../../cli/suites.ts';
import { readTraceFile } from '../../cli/trace-file.ts';
import { folder, mmucheck } from './mmucheck.ts';

/** Inputs of each kind: ten thousand of all with MMUCHECK_LONG=1. */
const numRuns = process.env.MMUCHECK_LONG === '1' ? 2000 : 200;
const seed = 5;

/** Runs something on bad input, and holds what it throws to be a sentence, of which a terminal obeys nothing. */
function answers(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    const isMeant =
      error instanceof Failure ||
      error instanceof ReplayError ||
      error instanceof ReplayLineError ||
      error instanceof StepFailure ||
      isSentence(error);
    if (!isMeant) throw error;
    const { text } = describeFailure(new Failure(150, (error as Error).message), false);
    expect(text).toMatch(/^mmucheck: [^]{5,}$/);
    expect(text.replaceAll('\n', ' ')).not.toMatch(/\p{Cc}/u);
    expect(text).not.toMatch(/\bat .*\.ts:\d+|undefined is not|is not a function|\[\w+ bug\]/);
  }
}

/** A text with some of its characters left out, doubled, or replaced. */
function damaged(texts: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(10_000),
    drop: fc.nat(4),
    put: fc.oneof(
      fc.constantFrom('', '(', ')', '[', ']', '/', '=', ',', ';', '"', '{', '}', '\0', '\n', '-1', '1e99', '__proto__'),
      fc.string({ maxLength: 3, unit: 'binary' }),
    ),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(edit, { maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((now, { at, drop, put }) => {
      const place = at % (now.length + 1);
      return now.slice(0, place) + put + now.slice(place + drop);
    }, text),
  );
}

/** Anything at all, and what is nearly a word of the notation. */
const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true, maxDepth: 3 }),
  fc.constantFrom<unknown>(
    bit,
    upTo(3),
    range('cpu'),
    thread(range('cpu'), {}),
    () => {},
    async () => {},
    Symbol('s'),
  ),
);

const line =
  'dirty-log/no-flush [gfn=2,vcpu=2,ioctl=1] from bitmapClear: vcpu0.page_fault(0); tlb_fill(0, 0); (vcpu0.set_spte())*';
const known = ownSuites();
const cwd = folder();

describe('nothing but sentences comes of', () => {
  test('replay lines', () => {
    const lines = [
      line,
      'museum/kvm-28/x',
      'litmus/sb [cpu=2] a.b(); (c.d())*',
      'pte-list/tail-count: pte_list_add(0, 1)',
    ];
    const texts = fc.oneof({ weight: 9, arbitrary: damaged(lines) }, fc.string({ unit: 'binary', maxLength: 60 }));
    fc.assert(
      fc.property(texts, (text) =>
        answers(() => {
          const { target, bounds: sizes, initial, steps, loopFrom } = parseReplayLine(text);
          const { suite: found, variant } = variantNamed(target, known);
          const instance = instantiate(found.model, variant, sizes);
          executed(instance, initial, threadsNamed(instance, steps), undefined, loopFrom);
        }),
      ),
      { numRuns, seed },
    );
  });

  test('arguments', async () => {
    const options = [bounds, whole('--jobs'), natural('--seed'), seconds, memory, part];
    const texts = damaged([
      'gfn=3,vcpu=2',
      '17',
      '0.5',
      '500M',
      '2/4',
      'dirty-log/mmu-lock',
      'dirty-log/mmu-lock:swap=vcpu.a,b@2',
    ]);
    await fc.assert(
      fc.asyncProperty(texts, fc.nat(options.length - 1), async (text, which) => {
        answers(() => (options[which] as (given: string) => unknown)(text));
        answers(() => planned([variantNamed('dirty-log/mmu-lock', known)], { bounds: bounds(text) }));
        // What names a file is looked for on the disk.
        if (/\.[cm]?[jt]s$/.test(text)) return;
        const targets = await targetsOf([text], [], ['check', 'show']).catch((error: unknown) => error);
        if (targets instanceof Error)
          answers(() => {
            throw targets;
          });
      }),
      { numRuns, seed },
    );
  });

  test('files', () => {
    const trace = {
      model: 'dirty-log',
      variant: 'no-flush',
      bounds: { gfn: 2 },
      steps: [{ thread: 'vcpu0', step: 'page_fault', args: [0] }],
      loopFrom: 0,
    };
    const ci = {
      suites: ['./a.ts'],
      budget: { seconds: 60, memory: '2G' },
      variants: [{ variant: 'dirty-log/mmu-lock', bounds: { gfn: 2 }, verdict: 'holds', states: 3 }],
    };
    const document = { tool: 'mmucheck', version: '0', startedAt: '2020-01-01T00:00:00.000Z', asked: 1, results: [] };
    const file = join(cwd, 'input.json');
    const texts = fc.oneof(
      { weight: 6, arbitrary: damaged([trace, ci, document].map((each) => JSON.stringify(each, null, 1))) },
      { weight: 2, arbitrary: fc.json({ noUnicodeString: false }) },
      fc.nat(40_000).map((depth) => '['.repeat(depth)),
      fc.nat(40_000).map((depth) => `{"a":`.repeat(depth) + '1' + '}'.repeat(depth)),
    );
    fc.assert(
      fc.property(fc.oneof(texts, fc.uint8Array({ maxLength: 40 })), (text) => {
        writeFileSync(file, text);
        for (const read of [readTraceFile, readCiSuite, readResultFile]) answers(() => read(file));
      }),
      { numRuns, seed },
    );
  });

  test('models', () => {
    const Cpu = range('cpu');
    const right = {
      name: 'm',
      about: 'a',
      state: { x: upTo(3), cpu: thread(Cpu, {}) },
      bounds: { cpu: 1 },
      variants: { v: { cpu: [() => {}] } },
      initial: [function start() {}],
      actions: [function act() {}],
    };
    const fields = fc.constantFrom('name', 'about', 'state', 'bounds', 'variants', 'initial', 'actions', 'odd');
    fc.assert(
      fc.property(fields, anything, fc.dictionary(fc.string(), anything, { maxKeys: 2 }), (field, odd, more) =>
        answers(() => {
          const given = field === 'odd' ? { ...right, state: { ...right.state, ...more } } : { ...right, [field]: odd };
          const made = model(given as never);
          executed(instantiate(made as never, 'v', { cpu: 2 }), undefined, []);
        }),
      ),
      { numRuns, seed },
    );
  });

  test('suites', () => {
    const right = model({
      name: 'm',
      about: 'a',
      state: { x: upTo(3), cpu: thread(range('cpu'), {}) },
      bounds: { cpu: 1 },
      variants: { v: { cpu: [function step() {}] } },
    });
    const none = { invariants: {}, violated: { v: [] } };
    const fields = fc.constantFrom('invariants', 'reachable', 'leadsTo', 'eventually', 'violated', 'measures');
    fc.assert(
      fc.property(fields, fc.oneof(anything, fc.dictionary(fc.string(), anything)), (field, odd) =>
        answers(() => suite(right as never, { ...none, [field]: odd } as never)),
      ),
      { numRuns, seed },
    );
  });
});

test('a file of a gigabyte is refused before it is read', async () => {
  const file = join(cwd, 'large.json');
  writeFileSync(file, '');
  truncateSync(file, 2 ** 30);
  const before = process.memoryUsage().rss;
  for (const read of [readTraceFile, readCiSuite, readResultFile])
    expect(() => read(file)).toThrow('larger than 64 MiB');
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
  const { code, stderr } = await mmucheck(['replay', file]);
  expect([code, stderr]).toEqual([
    151,
    `mmucheck: ${file} is no trace: it is larger than 64 MiB; take the trace object of what --json writes\n`,
  ]);
});
