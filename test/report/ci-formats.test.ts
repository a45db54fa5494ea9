/** What CI systems read of a check, each by a reader of the format or its schema. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { Parser } from 'tap-parser';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { githubAnnotations, githubSummary, junit, ktap, type Reported, sarif, type SourceOf } from '#report';
import { result } from './results.ts';

/** Names that end strings, tags, lines, directives and commands in one format or another. */
const hostile = `a"b'c<d>&]]>#%0A::error::\n\u0007\u001b[31m\ud800\u2028|\`@x ok 1 --> é🙂\\`;

const expected = result(
  'right',
  { a: ['holds', 'holds'], b: [2, 'violated'] },
  { reachable: { w: ['holds', 'holds'] } },
);
const broken = result(
  'broken',
  { a: [3, 'holds'], b: ['holds', 'violated'] },
  { reachable: { w: ['vacuous', 'holds'] }, asExpected: false },
);
const cut = result('cut', { a: ['incomplete', 'holds'], b: [1, 'holds'] }, { stopped: 'states', asExpected: false });
const short: Reported = { ...result('short', { a: ['holds', 'holds'] }), floor: 2000, file: 'my suite/ü.ts' };
const idle = result('idle', { a: ['holds', 'holds'] }, { neverFired: [{ row: 'vcpu', step: 'rest', fired: 0 }] });
const all = [expected, broken, cut, short, idle];

function named(name: string): Reported {
  const made = result('v', { [name]: [2, 'holds'] }, { model: name, variant: name, file: name } as Partial<Reported>);
  return {
    ...made,
    bounds: { [name]: 1 },
    neverFired: [{ row: name, step: name, fired: 0 }],
    claims: made.claims.map((claim) => ({
      ...claim,
      sentence: name,
      message: name,
      trace: claim.trace && {
        ...claim.trace,
        model: name,
        bounds: { [name]: 1 },
        steps: claim.trace.steps.map((step) => ({
          ...step,
          step: name,
          changed: [{ path: name, value: name, local: false }],
        })),
      },
    })),
  };
}

describe('JUnit XML', () => {
  const schema = readFileSync(join(import.meta.dirname, 'junit.xsd'), 'utf8');
  const errorsIn = async (text: string) =>
    (await validateXML({ xml: { fileName: 'mmucheck.xml', contents: text }, schema })).errors.map(
      ({ message }) => message,
    );

  test('is what its schema says', async () => {
    expect(await errorsIn(junit(all))).toEqual([]);
    expect(await errorsIn(junit(all, { allowIncomplete: true }))).toEqual([]);
    expect(await errorsIn(junit([]))).toEqual([]);
    expect(await errorsIn(junit(all).replace('<testcase', '<testcase color="red"'))).toHaveLength(1);
  });

  test('keeps hostile names inside their attributes and texts', async () => {
    expect(await errorsIn(junit([named(hostile)]))).toEqual([]);
  });

  test('fails what is violated or unmet, errs on what was not decided, passes what is expected to be violated', () => {
    const text = junit(all);
    const heads = [...text.matchAll(/<testsuite .*>/g)].map(([head]) => head.replace(/ time=".*"/, ''));
    expect(heads).toEqual([
      '<testsuite name="m/right" tests="4" failures="0" errors="0" skipped="0">',
      '<testsuite name="m/broken" tests="4" failures="3" errors="0" skipped="0">',
      '<testsuite name="m/cut" tests="3" failures="1" errors="1" skipped="0">',
      '<testsuite name="m/short" tests="3" failures="1" errors="0" skipped="0">',
      '<testsuite name="m/idle" tests="3" failures="1" errors="0" skipped="0">',
    ]);
    expect(text).toContain('<testsuites name="mmucheck" tests="17" failures="6" errors="1" time="2.500">');
    expect(text).toContain('<failure type="violated" message="a is violated in 3 steps">');
    expect(text).toContain('<system-out>m/broken: a is violated in 3 steps\n');
    expect(text).toContain('message="b holds in all 1234 states, and is expected to be violated"');
    expect(text).toContain('message="enough states: 1234 states, and the suite file asks for 2000"');
    expect(text).toContain('message="every step fires is false: vcpu.rest never fired"');
    expect(junit([cut], { allowIncomplete: true })).toContain('<skipped>a is not decided: the limit on states ended');
  });
});

describe('KTAP', () => {
  interface Point {
    readonly ok: boolean;
    readonly name: string;
    readonly id: number;
  }

  /** What a TAP parser finds: the tests, and of each its subtests. */
  function read(text: string) {
    const tests: Point[] = [];
    const subtests = new Map<string, Point[]>();
    const point = ({ ok, name, id }: Point) => ({ ok, name, id });
    const parser = new Parser();
    parser.on('assert', (each: Point) => tests.push(point(each)));
    parser.on('child', (child) => {
      const points: Point[] = [];
      subtests.set(child.name, points);
      child.on('assert', (each: Point) => points.push(point(each)));
    });
    parser.end(text);
    return {
      tests,
      subtests,
      failures: parser.results?.failures.filter(({ tapError }) => tapError) ?? [],
      plan: parser.results?.plan,
    };
  }

  test('is read by a TAP parser, with a subtest for each claim', () => {
    const { tests, subtests, failures, plan } = read(ktap(all));
    expect(failures).toEqual([]);
    expect(plan).toMatchObject({ start: 1, end: 5 });
    expect(tests.map(({ ok, name }) => [name, ok])).toEqual([
      ['m/right', true],
      ['m/broken', false],
      ['m/cut', false],
      ['m/short', false],
      ['m/idle', false],
    ]);
    expect(subtests.get('m/broken')).toEqual([
      { ok: false, name: 'a', id: 1 },
      { ok: false, name: 'b', id: 2 },
      { ok: false, name: 'w', id: 3 },
      { ok: true, name: 'deadlock', id: 4 },
    ]);
    expect(subtests.get('m/cut')?.[0]?.ok).toBe(false);
    expect(read(ktap([cut], { allowIncomplete: true })).subtests.get('m/cut')?.[0]?.ok).toBe(true);
  });

  test('has the version, the plan and the diagnostics where the kernel has them', () => {
    expect(ktap([broken]).split('\n').slice(0, 8)).toEqual([
      'KTAP version 1',
      '1..1',
      '    KTAP version 1',
      '    # Subtest: m/broken',
      '    1..4',
      '    # a is violated in 3 steps',
      '    #',
      '    # m/broken: a is violated in 3 steps',
    ]);
    expect(ktap([cut])).toContain('\n    not ok 1 a # TIMEOUT\n');
  });

  test('keeps hostile names in their lines', () => {
    const { tests, subtests, failures } = read(ktap([named(hostile)]));
    expect(failures).toEqual([]);
    expect(tests).toHaveLength(1);
    expect([...subtests.values()].map((points) => points.length)).toEqual([3]);
    // As the parser of the kernel's own tests has it: no other # than that of a directive.
    const lines = ktap([named(hostile)]).split('\n');
    const results = lines.filter((line) => /^\s*(not )?ok /.test(line));
    expect(results.filter((line) => !/^\s*(ok|not ok) (\d+) ?(- )?([^#]*)( # .*)?$/.test(line))).toEqual([]);
    expect(lines.filter((line) => !/^(\s*((not )?ok \d|# ?|#$|1\.\.\d|KTAP version 1$)|$)/.test(line))).toEqual([]);
  });
});

describe('SARIF', () => {
  const schemas = join(dirname(createRequire(import.meta.url).resolve('schemastore/package.json')), 'schemas/json');
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(join(schemas, 'sarif-2.1.0.json'), 'utf8')));
  const written = (results: readonly Reported[]) => JSON.parse(sarif(results, { version: '1.2.3' }));

  test.each([
    ['nothing', []],
    ['results of every kind', all],
    ['hostile names', [named(hostile)]],
  ])('of %s is what its schema says', (_, results) => {
    expect([validate(written(results)), validate.errors]).toEqual([true, null]);
  });

  test('has a rule for each claim, and a result for what is not as expected', () => {
    const [{ tool, results }] = written(all).runs;
    const told = results.map(({ ruleId, level }: Record<string, string>) => `${level} ${ruleId}`);
    expect(told).toEqual([
      'error m/a',
      'error m/b',
      'error m/w',
      'warning m/a',
      'error m/b',
      'error m/enough states',
      'error m/every step fires',
    ]);
    expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      ...new Set(told.map((each: string) => each.replace(/^\w+ /, ''))),
    ]);
    expect(results[5].locations[0].physicalLocation.artifactLocation.uri).toBe('my%20suite/%C3%BC.ts');
    const prints = results.map((each: { partialFingerprints: object }) => Object.values(each.partialFingerprints)[0]);
    expect(new Set(prints).size).toBe(results.length);
    expect(written(all)).toEqual(written(all));
  });

  test('tells a trace as one thread flow a thread, in the order in which they interleave', () => {
    const made = result('v', { a: [4, 'holds'] });
    const threads = ['vcpu0', 'hardware', 'ioctl0', 'vcpu0'];
    const claims = made.claims.map((claim) => ({
      ...claim,
      trace: claim.trace && {
        ...claim.trace,
        steps: claim.trace.steps.map((step, i) => ({ ...step, thread: threads[i] as string })),
        states: claim.trace.states.map(() => ({ vcpu: [{ point: 1 }, { point: 0 }], ioctl: [{ point: 1 }] })),
      },
    }));
    const [{ results }] = written([{ ...made, claims }]).runs;
    const [{ threadFlows }] = results[0].codeFlows;
    expect(
      threadFlows.map(({ id, locations }: { id: string; locations: { executionOrder: number }[] }) => [
        id,
        locations.map(({ executionOrder }) => executionOrder),
      ]),
    ).toEqual([
      ['vcpu0', [1, 4]],
      ['ioctl0', [3]],
      ['hardware', [2]],
    ]);
    expect(threadFlows[0].locations[0].location.message.text).toBe('1. work(0): x = 1');
  });

  test('points at the line of the variant, and of each step', () => {
    const sourceOf: SourceOf = (_, step) => ({ file: 'model/m.ts', line: step === undefined ? 30 : 12 });
    const document = JSON.parse(sarif([broken], { version: '1', sourceOf }));
    expect([validate(document), validate.errors]).toEqual([true, null]);
    const { physicalLocation } = document.runs[0].results[0].locations[0];
    expect(physicalLocation).toEqual({ artifactLocation: { uri: 'model/m.ts' }, region: { startLine: 30 } });
    const flows = document.runs[0].results.flatMap(({ codeFlows = [] }) => codeFlows);
    const [{ location }] = flows[0].threadFlows[0].locations;
    expect(location.physicalLocation.region).toEqual({ startLine: 12 });
    expect(githubAnnotations([broken], sourceOf)).toMatch(/^::error file=model\/m\.ts,line=30,title=m\//);
  });
});

describe('GitHub', () => {
  /** Annotations as the runner reads them: a command a line, escapes undone. */
  function commands(text: string) {
    const unescape = (value: string) =>
      value
        .replaceAll('%2C', ',')
        .replaceAll('%3A', ':')
        .replaceAll('%0A', '\n')
        .replaceAll('%0D', '\r')
        .replaceAll('%25', '%');
    return text
      .split(/[\n\r]/)
      .filter((line) => line !== '')
      .map((line) => {
        const [, type, properties = '', message = ''] = /^::(\w+) ?(.*?)::(.*)$/.exec(line) ?? [];
        const entries = properties.split(',').map((each) => each.split('=') as [string, string]);
        return {
          type,
          message: unescape(message),
          file: undefined as string | undefined,
          ...Object.fromEntries(entries.map(([name, value]) => [name, unescape(value)])),
        };
      });
  }

  test('gets an annotation for everything that is not as expected', () => {
    const told = commands(githubAnnotations(all)).map(({ type, message }) => `${type}: ${message.split('\n')[0]}`);
    expect(told).toEqual([
      'error: a is violated in 3 steps',
      'error: b holds in all 1234 states, and is expected to be violated',
      'error: w is never reached',
      'error: b is violated in 1 step',
      'error: enough states: 1234 states, and the suite file asks for 2000',
      'error: every step fires is false: vcpu.rest never fired',
      'warning: a is not decided: the limit on states ended the search at 1234 states without a violation',
    ]);
    expect(commands(githubAnnotations([short]))[0]).toMatchObject({ title: 'm/short', file: 'my suite/ü.ts' });
    expect(githubAnnotations([expected])).toBe('');
  });

  test('gets no more annotations than it shows', () => {
    const told = commands(githubAnnotations(Array.from({ length: 12 }, () => broken)));
    expect(told).toHaveLength(10);
    expect(told.at(-1)).toEqual({
      type: 'error',
      title: 'mmucheck',
      file: undefined,
      message: '27 more; the summary of this step has all of them',
    });
  });

  test('reads hostile names as text', () => {
    const told = commands(githubAnnotations([named(hostile)]));
    expect(told.map(({ type }) => type)).toEqual(['error', 'error']);
    expect(told[0]).toMatchObject({ title: `${told[0]?.file}/${told[0]?.file}` });
    expect(told[0]?.file).toContain(`a"b'c<d>&]]>#%0A::error::\\u000a\\u0007`);
    expect(githubAnnotations([named(hostile)])).not.toMatch(/(?!\n)\p{Cc}/u);
    const summary = githubSummary([named(hostile)]);
    const rows = summary.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.map((row) => row.split(/(?<!\\)\|/).length)).toEqual([7, 7, 7]);
    expect(summary.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '')).not.toMatch(/<d>|(?!\n)\p{Cc}/u);
  });

  test('shows a summary of every model, the races in it, and no more than a step may have', () => {
    const summary = githubSummary(all);
    expect(summary).toContain('\n| m | 1 | 4 | 0 | 6170 |\n');
    expect(summary).toContain(
      '\n### m/broken: a is violated in 3 steps\n\n```text\nm/broken: a is violated in 3 steps\n',
    );
    const many = githubSummary(Array.from({ length: 3000 }, () => broken));
    expect(Buffer.byteLength(many)).toBeLessThanOrEqual(1024 * 1024);
    expect(many).toMatch(/\n\d+ more: a summary has no room for them\.\n$/);
  });
});
