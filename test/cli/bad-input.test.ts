import { describe, expect, test } from 'vitest';
import { answered, folder, mmucheck } from './mmucheck.ts';
import { counter, misbehaving, withInstead } from './suite-texts.ts';

const elsewhere = 'mmucheck --help and mmucheck <verb> --help show what there is';

describe('what is mistyped is refused with a sentence, and nothing is printed of a result', () => {
  test.each([
    ['an unknown model', ['check', 'dirtylog'], 'there is no model dirtylog (did you mean dirty-log?); there are '],
    ['an unknown verb', ['chek'], 'there is no model chek (did you mean the verb check?); '],
    [
      'a file where a variant is named',
      ['show', './my.ts'],
      './my.ts is a file; name model/variant, and give the file with --suite ./my.ts',
    ],
    [
      'several models where a variant is named',
      ['show', 'museum'],
      'museum has several models; name a variant of one, as in museum/',
    ],
    ['a folder', ['check', './test'], './test is neither a model nor a suite file; a suite file ends in .ts'],
    [
      'an unknown variant',
      ['check', 'dirty-log/no-flsh'],
      'dirty-log has no variant no-flsh (did you mean no-flush?); mmucheck list dirty-log shows all 28',
    ],
    [
      'a model where a variant is meant',
      ['show', 'dirty-log'],
      'dirty-log is a model; name one of its variants, as in dirty-log/rmap-then-dirty',
    ],
    [
      'an unknown claim',
      ['show', 'dirty-log/no-flush', 'noLostWrit'],
      'dirty-log has no claim noLostWrit (did you mean noLostWrite?); it has ',
    ],
    [
      'an unknown bound',
      ['dirty-log', '--bounds', 'gnf=3'],
      'dirty-log: no bound is called gnf (did you mean gfn?); the bounds are gfn, vcpu, ioctl',
    ],
    [
      'a bound of 0',
      ['dirty-log', '--bounds', 'gfn=0'],
      'dirty-log/rmap-then-dirty: bound gfn=0 must be a whole number from 1 to 4096',
    ],
    [
      'a bound beyond any set',
      ['dirty-log', '--bounds', 'gfn=4097'],
      'bound gfn=4097 must be a whole number from 1 to 4096',
    ],
    [
      'bounds beyond what can be packed',
      ['dirty-log/no-flush', '--bounds', 'gfn=2500,vcpu=1'],
      /a state takes \d+ words of 32 bits, and at most 256 can be stored; lower a bound/,
    ],
    [
      'a bound without a number',
      ['dirty-log', '--bounds', 'gfn=2,vcpu'],
      '--bounds: "vcpu" is not of the form gfn=3; write --bounds gfn=3,vcpu=2',
    ],
    [
      'a negative number of states',
      ['dirty-log', '--max-states=-1'],
      '--max-states takes a whole number from 1, and got "-1"',
    ],
    [
      'a depth that is no number',
      ['dirty-log', '--max-depth', 'deep'],
      '--max-depth takes a whole number from 1, and got "deep"',
    ],
    [
      'no seconds',
      ['dirty-log', '--max-seconds', '0'],
      '--max-seconds takes a number of seconds above 0, such as 30 or 0.5, and got "0"',
    ],
    [
      'memory in an unknown unit',
      ['dirty-log', '--max-memory', '2Q'],
      '--max-memory takes a size such as 500M or 2G, and got "2Q"',
    ],
    [
      'a width too small',
      ['list', '--width', '79'],
      '--width takes a whole number of columns from 80 to 10000, and got "79"',
    ],
    [
      'an unknown option',
      ['check', '--widht', '100'],
      `unknown option '--widht' (Did you mean --width?); ${elsewhere}`,
    ],
    [
      'an order of memory that there is not',
      ['check', '--memory', 'arm'],
      `option '--memory <order>' argument 'arm' is invalid. Allowed choices are sc, tso, pso; ${elsewhere}`,
    ],
    ['a missing argument', ['show'], `missing required argument 'model/variant'; ${elsewhere}`],
    [
      'a line that does not parse',
      ['replay', 'dirty-log/no-flush vcpu0.page_fault('],
      'the replay line does not parse, column 20: expected a step such as ',
    ],
    [
      'a line for an unknown model',
      ['replay', 'dirt-log/no-flush'],
      'there is no model dirt-log (did you mean dirty-log?)',
    ],
  ])('%s', async (_, args, sentence) => {
    const { code, stdout, stderr } = await answered(args);
    expect(stderr).toMatch(/^mmucheck: .*\n$/);
    if (typeof sentence === 'string') expect(stderr).toContain(sentence);
    else expect(stderr).toMatch(sentence);
    expect([code, stdout]).toEqual([150, '']);
  });
});

describe.concurrent('a suite file that cannot be used is refused with its name and the place inside it', () => {
  test.each([
    ['does not parse', 'const x = ;', /^mmucheck: s\.ts:1:11: does not parse: Unexpected token/],
    [
      'exports no suite',
      withInstead('export const about_ = about;'),
      /^mmucheck: s\.ts exports no suite; export what suite\(\.\.\.\) returns$/,
    ],
    ['throws', "export const a = 1;\n  throw new Error('no luck');", /^mmucheck: s\.ts:2: no luck$/],
    ['throws something that is no error', "throw 'no luck';", /^mmucheck: s\.ts: threw no luck while it was loaded$/],
    [
      'imports a word that is not there',
      "import { forall } from 'mmucheck';\nexport default forall();",
      /^mmucheck: s\.ts:2: 'mmucheck' exports no forall \(did you mean forAny\?\)/,
    ],
    [
      'imports a file that is not there',
      "import { a } from './a.ts';\nexport default a;",
      /^mmucheck: s\.ts: .*Cannot find module '\.\/a\.ts'/,
    ],
    [
      'has a variant without a verdict',
      counter.replace("violated: { 'not-atomic': ['small'] }", 'violated: {} as never'),
      /suite of counter: variant not-atomic has no verdict/,
    ],
    [
      'goes on with a step that is not in the list',
      misbehaving('return load;'),
      /^mmucheck: counter\/bad: cpu lists bad, which returns load, and load is not in the list/,
    ],
    [
      'has two suites for one model',
      `${counter}\nexport const again = suite(model({ ...counter.model } as never), counter as never);`,
      /exports two suites for models called counter; rename one/,
    ],
  ])('%s', async (_, text, sentence) => {
    const { code, stdout, stderr } = await mmucheck(['s.ts'], { cwd: folder({ 's.ts': text }) });
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect([code, stdout]).toEqual([150, '']);
  });

  test('is not there', async () => {
    const { code, stderr } = await mmucheck(['check', 'nowhere.ts']);
    expect([code, stderr]).toEqual([
      150,
      'mmucheck: nowhere.ts: there is no such file; name one by its path from here, or a model of mmucheck list\n',
    ]);
  });
});

describe.concurrent('--debug', () => {
  test('adds the stack trace, and nothing else does', async () => {
    const cwd = folder({ 's.ts': withInstead("\nthrow new Error('no luck');") });
    const [plain, debug] = await Promise.all([mmucheck(['s.ts'], { cwd }), mmucheck(['s.ts', '--debug'], { cwd })]);
    expect(plain.stderr).not.toMatch(/^ {4}at /m);
    expect(debug.stderr).toMatch(/no luck\n[^]*^ {4}at [^]*caused by Error: no luck\n {4}at .*s\.ts/m);
    expect([plain.code, debug.code]).toEqual([150, 150]);
  });
});
