import { describe, expect, test } from 'vitest';
import { checkVariant, executed, hardware, type Trace } from '#explorer';
import { instantiate } from '#notation';
import { parseReplayLine, ReplayLineError, replayCommand, replayLine, threadsNamed } from '#report';
import { shippedVariants, suiteOf } from '../shipped.ts';

/** Enough to meet every violation of the models named here, and the shorter ones of others. */
const limits = { states: 20_000 };
const bounds: Readonly<Record<string, Readonly<Record<string, number>>>> = { 'dirty-log': { gfn: 1 }, 'pte-list': {} };

const bad = shippedVariants().filter(({ model, variant }) => suiteOf(model).violated[variant]?.length);

describe('the printed line gives the same trace again', () => {
  test.each(bad)('for every violation of $name', ({ model, variant }) => {
    const result = checkVariant(suiteOf(model), variant, { bounds: bounds[model.name] ?? {}, limits });
    const traces = result.claims.flatMap(({ trace }) => (trace ? [trace] : []));
    if (bounds[model.name]) expect(traces.length).toBe(suiteOf(model).violated[variant]?.length);
    for (const trace of traces) expect(again(trace)).toEqual({ ...trace, violates: undefined, fewest: undefined });

    function again(trace: Trace): Trace {
      const parsed = parseReplayLine(replayLine(trace));
      expect(parsed.target).toBe(`${model.name}/${variant}`);
      const instance = instantiate(model, variant, parsed.bounds);
      const steps = threadsNamed(instance, parsed.steps);
      return executed(instance, parsed.initial, steps, undefined, parsed.loopFrom);
    }
  });
});

const line = 'm/v [gfn=2,vcpu=1] from bitmapClear: vcpu0.spin_lock(mmu_lock); ioctl.clear(); tlb_fill(0, 12)';

test('a line says model and variant, bounds, where to start, and who does what', () => {
  expect(parseReplayLine(line)).toEqual({
    target: 'm/v',
    bounds: { gfn: 2, vcpu: 1 },
    initial: 'bitmapClear',
    steps: [
      { thread: 'vcpu0', step: 'spin_lock(mmu_lock)', args: [] },
      { thread: 'ioctl', step: 'clear', args: [] },
      { thread: hardware, step: 'tlb_fill', args: [0, 12] },
    ],
    loopFrom: undefined,
  });
});

test('steps that are repeated for ever stand last, in brackets', () => {
  const parsed = parseReplayLine('m/v vcpu0.a(); (vcpu0.b(); tlb_fill(0) )*');
  expect(parsed.steps.map(({ step }) => step)).toEqual(['a', 'b', 'tlb_fill']);
  expect(parsed.loopFrom).toBe(1);
  expect(parseReplayLine('m/v (vcpu0.a())* ').loopFrom).toBe(0);
  expect(parseReplayLine('m/v vcpu0.a(); ()*').loopFrom).toBe(1);
});

test('a line may be broken wherever it has a space, and have more of them', () => {
  const spread = line
    .replaceAll(' ', '\n  ')
    .replaceAll('[', '[ ')
    .replaceAll(',', ' , ')
    .replaceAll('(', ' ( ')
    .replaceAll(')', ' ) ');
  const spaced = parseReplayLine(`  ${spread};  `);
  expect(spaced).toEqual(parseReplayLine(line));
});

test('a line may name a derived variant', () => {
  const target = 'a/b/c:without=vcpu.rmap_add@2:swap=ioctl.mmu_lock,get:order=vcpu.$x,__y';
  expect(parseReplayLine(`${target} [gfn=1] tick()`)).toMatchObject({ target, bounds: { gfn: 1 } });
  expect(() => parseReplayLine('a/b:drop=vcpu.x tick()')).toThrow('column 4: expected a step');
});

test('a line may leave out bounds, the start and all steps', () => {
  expect(parseReplayLine('a/b/c')).toEqual({
    target: 'a/b/c',
    bounds: {},
    initial: undefined,
    steps: [],
    loopFrom: undefined,
  });
});

test.each([
  ['nonsense', 1, 'expected model/variant, and saw "nonsense"'],
  ['', 1, 'expected model/variant, and saw the end of the line'],
  ['m/v [gfn]', 6, 'expected a bound such as gfn=2, and saw "gfn]"'],
  ['m/v [gfn=2', 11, 'expected , or ] after a bound, and saw the end of the line'],
  [
    'm/v [gfn=2] vcpu0.step(',
    13,
    'expected a step such as vcpu0.page_fault(0) or tlb_fill(0, 0), and saw "vcpu0.step("',
  ],
  ['m/v vcpu0.a() vcpu0.b()', 15, 'expected ; between steps, and saw "vcpu0.b()"'],
  ['m/v vcpu0.a(); ; vcpu0.b()', 16, 'expected a step such as vcpu0.page_fault(0) or tlb_fill(0, 0), and saw ";"'],
  [
    'm/v (a(); b()',
    14,
    'expected ; between steps, or )* after those that are repeated for ever, and saw the end of the line',
  ],
  ['m/v (a())* b()', 12, 'expected the end of the line after steps that are repeated for ever, and saw "b()"'],
  ['m/v from: a()', 5, 'expected a step such as vcpu0.page_fault(0) or tlb_fill(0, 0), and saw "from: a()"'],
])('%j does not parse, and the error says where', (text, column, sentence) => {
  expect(() => parseReplayLine(text)).toThrow(new ReplayLineError(column, sentence));
});

test('the command is quoted once for the shell, whatever is in it', () => {
  const trace: Trace = {
    model: 'm',
    variant: 'v',
    bounds: { gfn: 2 },
    initial: undefined,
    steps: [{ thread: hardware, step: 'tlb_fill', args: [0, 1], changed: [] }],
    length: 1,
    switches: 0,
    states: [],
    failure: undefined,
    violates: undefined,
    loopFrom: undefined,
  };
  expect(replayCommand(trace)).toBe("mmucheck replay 'm/v [gfn=2] tlb_fill(0, 1)'");
  expect(replayCommand({ ...trace, loopFrom: 0 })).toBe("mmucheck replay 'm/v [gfn=2] (tlb_fill(0, 1))*'");
  expect(replayCommand({ ...trace, loopFrom: 1 })).toBe("mmucheck replay 'm/v [gfn=2] tlb_fill(0, 1); ()*'");
  expect(replayCommand(trace, './my-suite.ts')).toBe(
    "mmucheck replay --suite ./my-suite.ts 'm/v [gfn=2] tlb_fill(0, 1)'",
  );
  expect(replayCommand(trace, "it's.ts")).toBe("mmucheck replay --suite 'it'\\''s.ts' 'm/v [gfn=2] tlb_fill(0, 1)'");
});
