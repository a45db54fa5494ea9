import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { instantiate } from '#notation';
import { mustNotBeWeaker } from '../../cli/ci-demands.ts';
import { type CiSuite, ciSuiteSchema, readCiSuite } from '../../cli/ci-suite.ts';
import { jsonText } from '../../cli/json-text.ts';
import { shippedSuites } from '../shipped.ts';
import { folder, mmucheck, type Run } from './mmucheck.ts';
import { counter, surprising } from './suite-texts.ts';

const root = join(import.meta.dirname, '../..');
const shipped = JSON.parse(readFileSync(join(root, 'mmucheck.suite.json'), 'utf8')) as CiSuite;

const bounds = { gfn: 1, vcpu: 1, ioctl: 1 };
const right = { variant: 'dirty-log/mmu-lock', bounds, verdict: 'holds' } as const;
const wrong: CiSuite['variants'][number] = {
  variant: 'dirty-log/no-flush',
  bounds,
  verdict: 'violated',
  violated: ['noLostWrite', 'dirtyCovered'],
};

/** Checks what a suite file asks for, written into a folder of its own. */
function check(
  asked: unknown,
  args: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const cwd = folder({ ...files, 'suite.json': typeof asked === 'string' ? asked : JSON.stringify(asked) });
  return mmucheck(['check', '--suite', 'suite.json', ...args], { cwd });
}

/** A suite file for the variant of a suite with one counter. */
function counting(asked: object) {
  return {
    suites: ['./my.ts'],
    variants: [{ variant: 'counter/not-atomic', verdict: 'violated', violated: ['small'], ...asked }],
  };
}

describe.concurrent('a suite file', () => {
  test('says what is checked, at which bounds, and what must come out', async () => {
    const { code, stdout, stderr } = await check({ variants: [{ ...right, states: 100 }, wrong] });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^dirty-log at gfn=1, vcpu=1, ioctl=1\n/);
    expect(stdout).toContain('\nmmucheck: 2 of 2 variants as expected\n');
    expect(code).toBe(0);
  });

  test('names suites of its own from the folder it lies in', async () => {
    const cwd = folder({ 'my.ts': counter, 'suite.json': JSON.stringify(counting({})) });
    const { code, stdout } = await mmucheck(['check', '--suite', join(cwd, 'suite.json')], { cwd: root });
    expect(stdout).toContain('1 of 1 variants as expected');
    const shown = await mmucheck(['show', 'counter/not-atomic', '--suite', 'suite.json'], { cwd });
    expect(shown.stdout).toContain('small is violated');
    expect([code, shown.code]).toEqual([0, 0]);
  });

  test('fails when a search finds fewer states than it asks for', async () => {
    const { code, stdout } = await check({ variants: [{ ...right, states: 1_000_000 }] });
    expect(stdout).toMatch(/ {2}dirty-log\/mmu-lock: \d+ states, and the suite file asks for 1000000\n/);
    expect(stdout).toContain('\n! mmu-lock');
    expect(stdout).toContain('mmucheck: 0 of 1 variants as expected, 1 not as expected');
    expect(code).toBe(16);
  });

  test('fails when the command line shrinks a bound, and not when it raises one', async () => {
    const asked = { variants: [{ ...right, bounds: { ...bounds, vcpu: 2 } }] };
    const shrunk = await check(asked, ['--bounds', 'vcpu=1']);
    expect(shrunk.stderr).toBe(
      'mmucheck: suite.json asks for more than there is:\n' +
        '  dirty-log/mmu-lock: --bounds vcpu=1 is less than vcpu=2\n',
    );
    expect([shrunk.code, shrunk.stdout]).toEqual([16, '']);
    const ownBounds = await check({ variants: [{ variant: right.variant, verdict: 'holds' }] }, ['--bounds', 'gfn=1']);
    expect(ownBounds.stderr).toContain('dirty-log/mmu-lock: --bounds gfn=1 is less than gfn=2\n');
    const raised = await check(asked, ['--bounds', 'gfn=2']);
    expect(raised.stdout).toMatch(/^dirty-log at gfn=2, vcpu=2, ioctl=1\n/);
    expect(raised.code).toBe(0);
  });

  test('fails with everything that is not there any more, before the first search', async () => {
    const { code, stdout, stderr } = await check({
      variants: [
        { ...right, holds: ['noLostWrites'], reached: ['aBitIsReaped'] },
        { ...right, bounds: { gfn: 1, cpu: 2 } },
        { ...right, variant: 'dirty-log/mmu-locks' },
        { ...wrong, violated: ['gone'] },
      ],
    });
    expect(stderr.split('\n')).toEqual([
      'mmucheck: suite.json asks for more than there is:',
      '  dirty-log/mmu-lock: there is no claim noLostWrites (did you mean noLostWrite?)',
      expect.stringMatching(/^ {2}dirty-log\/mmu-lock: there is no witness aBitIsReaped/),
      expect.stringMatching(/^ {2}dirty-log\/mmu-lock: there is no bound cpu/),
      expect.stringMatching(
        /^ {2}dirty-log\/mmu-locks: dirty-log has no variant mmu-locks \(did you mean mmu-lock\?\)/,
      ),
      '  dirty-log/no-flush: there is no claim gone',
      '',
    ]);
    expect([code, stdout]).toEqual([16, '']);
  });

  test('fails when a witness is there and is not reached', async () => {
    const never = counter.replace(
      "violated: { 'not-atomic'",
      "reachable: { full: (s: State) => s.flag === 1 }, violated: { 'not-atomic'",
    );
    const { code, stdout } = await check(counting({ reached: ['full'] }), [], { 'my.ts': never });
    expect(stdout).toContain('counter/not-atomic: never reached: full');
    expect(code).toBe(16);
  });

  test('decides what is expected, where the suite says otherwise', async () => {
    const lenient = await check(
      {
        suites: ['./my.ts'],
        variants: [{ variant: 'counter/wrong', verdict: 'violated', violated: ['small', 'BUG_ON'] }],
      },
      [],
      { 'my.ts': surprising },
    );
    expect(lenient.stdout).toContain('1 of 1 variants as expected');
    const strict = await check({ variants: [{ variant: wrong.variant, bounds, verdict: 'holds' }] });
    expect(strict.stdout).toContain('violated, and expected to hold: noLostWrite');
    const vain = await check({ variants: [{ ...right, verdict: 'violated', violated: ['noLostWrite'] }] });
    expect(vain.stdout).toContain('holds, and expected to be violated: noLostWrite');
    expect([lenient.code, strict.code, vain.code]).toEqual([0, 12, 16]);
  });

  test('has a budget, which the command line may replace', async () => {
    const asked = {
      budget: { memory: '600K' },
      variants: [{ variant: 'dirty-log/mmu-lock', verdict: 'holds', states: 10_000_000 }],
    };
    const ended = await check(asked);
    expect(ended.stdout).toContain('not decided, stopped by the limit on memory: dirty-log/mmu-lock');
    const given = await check(asked, ['--max-memory', '1G', '--max-depth', '3']);
    expect(given.stdout).toContain('not decided, stopped by the limit on depth: dirty-log/mmu-lock');
    const own = await check({ ...asked, variants: [{ ...right, budget: { memory: '1G' } }] });
    expect([ended.code, given.code, own.code]).toEqual([17, 17, 0]);
    const tight = await check({ ...asked, budget: { memory: '10K' } });
    expect(tight.stderr).toMatch(
      /^mmucheck: dirty-log\/mmu-lock cannot start within its budget; its first states take \d+K\n$/,
    );
    expect(tight.code).toBe(152);
  });

  test.each([
    ['{', /suite.json is no suite file: it is no JSON: /],
    [{ variants: [] }, /suite.json is no suite file: variants: /],
    [
      { variants: [{ ...right, bounds: { gfn: 'two' } }] },
      /: variants\[0\]\.bounds\.gfn: expected number, received string$/,
    ],
    [{ variants: [{ ...right, bound: {} }] }, /: variants\[0\]: Unrecognized key: "bound"$/],
    [
      { variants: [{ ...right, memory: 'x86' }] },
      /: variants\[0\]\.memory: Invalid option: expected one of "sc"\|"tso"\|"pso"$/,
    ],
    [
      { variants: [{ ...right, symmetry: 'full' }] },
      /: variants\[0\]\.symmetry: Invalid option: expected one of "off"\|"on"$/,
    ],
    [
      { variants: [{ ...right, verdict: 'violated' }] },
      /: variants\[0\]\.verdict: verdict is "violated" where violated names a claim/,
    ],
    [
      { variants: [{ ...right, budget: { memory: 'much' } }] },
      /: variants\[0\]\.budget\.memory: is no size; write 500M or 2G$/,
    ],
  ])('that is not one is refused: %j', (asked, said) => {
    const file = join(
      folder({ 'suite.json': typeof asked === 'string' ? asked : JSON.stringify(asked) }),
      'suite.json',
    );
    expect(() => readCiSuite(file)).toThrow(said);
  });

  test('is refused beside variants on the command line, beside another, and where it is not there', async () => {
    const asked = { variants: [right] };
    const named = await check(asked, ['dirty-log/no-flush']);
    expect(named.stderr).toBe('mmucheck: suite.json says what to check; leave out dirty-log/no-flush, or --suite\n');
    const two = await check(asked, ['--suite', 'other.json']);
    expect(two.stderr).toBe('mmucheck: --suite takes one suite file, and got suite.json and other.json\n');
    const none = await mmucheck(['check', '--suite', 'none.json'], { cwd: folder() });
    expect(none.stderr).toBe('mmucheck: none.json: there is no such file\n');
    expect([named.code, two.code, none.code]).toEqual([150, 150, 150]);
  });
});

describe('--baseline', () => {
  const before = { variants: [{ ...right, holds: ['noLostWrite'], reached: [], states: 100 }, wrong] };
  const compare = (now: CiSuite, old: CiSuite) => () => mustNotBeWeaker(now, old, 'suite.json', 'before.json');

  test('passes what asks for as much or more', () => {
    const more = { ...right, bounds: { ...bounds, gfn: 2 }, holds: ['noLostWrite', 'dirtyCovered'], states: 200 };
    expect(compare({ variants: [wrong, more] }, before)).not.toThrow();
    expect(compare(before, before)).not.toThrow();
  });

  test('fails with everything that has been weakened', () => {
    expect(compare({ variants: [{ ...right, bounds: { vcpu: 1, ioctl: 1 }, states: 99 }] }, before)).toThrow(
      [
        'suite.json asks for less than before.json:',
        '  dirty-log/mmu-lock: noLostWrite is not in holds any more',
        '  dirty-log/mmu-lock: it has no bound gfn any more',
        '  dirty-log/mmu-lock: the floor has sunk from 100 states to 99',
        '  dirty-log/no-flush is not there any more',
      ].join('\n'),
    );
  });

  test('is held against the suite file before the first search', async () => {
    const large = JSON.stringify({ variants: [{ ...right, bounds: { gfn: 2 } }] });
    const { code, stdout, stderr } = await check({ variants: [right] }, ['--baseline', 'before.json'], {
      'before.json': large,
    });
    expect(stderr).toContain('  dirty-log/mmu-lock: gfn has shrunk from 2 to 1\n');
    expect([code, stdout]).toEqual([16, '']);
    const alone = await mmucheck(['check', '--baseline', 'before.json']);
    expect(alone.stderr).toBe('mmucheck: --baseline is compared with a suite file; name one with --suite\n');
  });
});

describe('--write-suite', () => {
  test('writes a suite file that asks for what came out, and which passes', async () => {
    const cwd = folder({ 'my.ts': counter });
    const written = await mmucheck(['check', './my.ts', '--write-suite', 'suite.json'], { cwd });
    const { suites, variants } = JSON.parse(readFileSync(join(cwd, 'suite.json'), 'utf8')) as CiSuite;
    expect(suites).toEqual(['./my.ts']);
    expect(variants).toEqual([
      {
        variant: 'counter/not-atomic',
        bounds: { cpu: 2 },
        memory: 'sc',
        symmetry: 'off',
        verdict: 'violated',
        violated: ['small'],
        states: expect.any(Number),
      },
    ]);
    const again = await mmucheck(['check', '--suite', 'suite.json'], { cwd });
    expect([written.code, again.code]).toEqual([0, 0]);
  });

  test('writes nothing when something is not as expected', async () => {
    const cwd = folder({ 'my.ts': surprising });
    const { code, stderr } = await mmucheck(['check', './my.ts', '--write-suite', 'suite.json'], { cwd });
    expect(stderr).toBe('mmucheck: suite.json is not written: not everything came out as expected\n');
    expect(code).toBe(12);
    expect(() => readFileSync(join(cwd, 'suite.json'))).toThrow('ENOENT');
  });
});

describe('the JSON schema of suite files', () => {
  test('is the one that is shipped', async () => {
    await expect(jsonText(ciSuiteSchema())).toMatchFileSnapshot(join(root, 'docs/mmucheck.suite.schema.json'));
  });

  test('takes the suite file of mmucheck itself, and refuses a mistyped field', () => {
    const schema = JSON.parse(readFileSync(join(root, 'docs/mmucheck.suite.schema.json'), 'utf8'));
    const valid = new Ajv({ allErrors: true }).compile(schema);
    expect([valid(shipped), valid.errors]).toEqual([true, null]);
    expect(valid({ variants: [{ ...right, bound: {} }] })).toBe(false);
    expect(valid({ variants: [{ ...right, memory: 'x86' }] })).toBe(false);
  });
});

describe('the suite file of mmucheck itself', () => {
  const asked = shippedSuites.flatMap(({ model, invariants, reachable, leadsTo, eventually, violated }) =>
    Object.keys(model.variants).map((name) => ({
      variant: `${model.name}/${name}`,
      bounds: instantiate(model, name).bounds,
      holds: Object.keys({ ...invariants, ...leadsTo, ...eventually })
        .filter((claim) => !violated[name]?.includes(claim))
        .toSorted(),
      violated: [...(violated[name] ?? [])].toSorted(),
      reached: Object.keys(reachable).toSorted(),
    })),
  );

  test('asks for every shipped variant, all of its claims, and a floor on its states', () => {
    const there = shipped.variants.map(({ variant, bounds: sizes, holds = [], violated = [], reached = [] }) => ({
      variant,
      bounds: sizes,
      holds: holds.toSorted(),
      violated: violated.toSorted(),
      reached: reached.toSorted(),
    }));
    expect(there.toSorted(byName)).toEqual(asked.toSorted(byName));
    expect(shipped.variants.filter(({ states = 0 }) => states < 1)).toEqual([]);
  });
});

function byName(a: { readonly variant: string }, b: { readonly variant: string }): number {
  return a.variant < b.variant ? -1 : 1;
}
