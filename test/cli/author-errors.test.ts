/** Mistakes that authors make, and malice: what a suite file may do wrong, and what the command answers. Each in a process of its own. */
import { describe, expect, test } from 'vitest';
import { folder, mmucheck, type Run } from './mmucheck.ts';
import { claiming, misbehaving, responding, withInstead } from './suite-texts.ts';

/** A run of the command on a suite file, which is to answer within the limit on seconds where a step may hang. */
function run(text: string, ...args: string[]): Promise<Run> {
  return mmucheck(['my-suite.ts', ...args], { cwd: folder({ 'my-suite.ts': text }) });
}

/** What is printed, as one line. */
function flat({ stdout }: Run): string {
  return stdout.replace(/\s+/g, ' ');
}

describe.concurrent('what never ends is stopped, and named', () => {
  test.each([
    ['a step', misbehaving('while (s.x === 2);'), 'step cpu0.bad'],
    ['an exponential regular expression', misbehaving("/^(a+)+$/.test(`${'a'.repeat(40)}b`);"), 'step cpu0.bad'],
    ['a claim', claiming('(s: State) => { while (s.x === 2); return true; }'), 'claim odd'],
    ['an initial state', misbehaving('', 'initial: [function start() { for (;;); }],'), 'an initial state'],
    ['a claim on executions', responding('while (s.x === 2); return s.x === 1;'), 'claim comes'],
    ['an action', misbehaving('', 'actions: [function fill(s: State) { while (s.x === 2); }],'), 'action fill'],
  ])('%s', async (_, text, what) => {
    const { code, stdout, stderr } = await run(text, '--max-seconds', '0.5');
    expect(stderr).toBe(
      `mmucheck: counter/bad: ${what} is not at its end after half a second; bound its loops, or lower the bounds\n`,
    );
    expect([code, stdout]).toEqual([75, '']);
  });

  test('a step, when its line is replayed', async () => {
    const cwd = folder({ 'my-suite.ts': misbehaving('while (s.x === 1);') });
    const { code, stdout, stderr } = await mmucheck(
      ['replay', '--suite', 'my-suite.ts', 'counter/bad cpu0.both(); cpu0.bad()'],
      { cwd },
    );
    expect(stderr).toBe('mmucheck: counter/bad: a step or claim does not come to its end; bound its loops\n');
    expect([code, stdout]).toEqual([75, '']);
  });

  test.each([
    ['on a random walk', 'walk'],
    ['in a graph', 'graph'],
  ])('a step, %s', async (_, verb) => {
    const cwd = folder({ 'my-suite.ts': misbehaving('while (s.x === 2);') });
    const { code, stdout, stderr } = await mmucheck([verb, 'counter/bad', '--suite', 'my-suite.ts'], { cwd });
    expect(stderr).toBe(
      'mmucheck: counter/bad: step cpu0.bad is not at its end after half a second; bound its loops, or lower the bounds\n',
    );
    expect([code, stdout]).toEqual([75, '']);
  });

  test('what has too many outcomes is told with its race', async () => {
    const result = await run(misbehaving('choose(400); choose(300);'));
    expect(flat(result)).toContain('has more than 100000 outcomes in one state; bound what it chooses, or how often');
    expect(result.code).toBe(75);
  });

  test('a recursion without end fails as any step that throws', async () => {
    const result = await run(misbehaving('const f = (): number => f() + 1; f();'));
    expect(flat(result)).toContain('threw RangeError: Maximum call stack size exceeded');
    expect(result.code).toBe(75);
  });
});

test('what ends late is no reason to stop', async () => {
  const slowly = '{ const end = performance.now() + 600; while (s.x === 2 && !done && performance.now() < end); ';
  const text = misbehaving(`${slowly}if (s.x === 2) done = true; }`).replace(
    'function bad',
    'let done = false;\nfunction bad',
  );
  const { code, stderr } = await run(text, '--max-seconds', '30');
  expect([code, stderr]).toEqual([0, '']);
});

describe.concurrent('a suite file does nothing but declare a suite', () => {
  const nothingElse = 'a suite file declares a suite and does nothing else';
  test.each([
    ['loops for ever', 'for (;;);', `my-suite.ts: does not come to its end while it is loaded; ${nothingElse}`],
    ['ends the program', 'process.exit(0);', `my-suite.ts:7: calls process.exit(); ${nothingElse}`],
    ['leaves a timer', 'setInterval(() => {}, 1000);', `my-suite.ts leaves a Timeout running; ${nothingElse}`],
    [
      'waits for ever',
      'await new Promise(() => {});',
      'my-suite.ts: waits for something that never comes; a suite file needs no top-level await',
    ],
  ])('one that %s is refused', async (_, body, sentence) => {
    const { code, stdout, stderr } = await run(withInstead(`${body}\nexport const none = 1;`));
    expect(stderr.replace(/:\d+:/, ':7:')).toBe(`mmucheck: ${sentence}\n`);
    expect([code, stdout]).toEqual([150, '']);
  });
});

describe.concurrent('what leaves its thread is told, and never ends in holds', () => {
  test.each([
    ['a step that ends the program', misbehaving('process.exit(0);'), 'a step or claim ended the thread it ran in'],
    ['a claim that does', claiming('() => process.exit(0)'), 'a step or claim ended the thread it ran in'],
    [
      'a promise that fails later',
      misbehaving("void Promise.reject(new Error('later'));"),
      'left running threw: later',
    ],
  ])('%s', async (_, text, sentence) => {
    const { code, stdout, stderr } = await run(text);
    expect(stderr).toContain(sentence);
    expect([code, stdout]).toEqual([75, '']);
  });
});

describe.concurrent('a step or claim that is not a function of the state', () => {
  const sole = 'a step or claim may depend on nothing but the state and its arguments';
  test.each([
    [
      'asks for chance',
      misbehaving('if (s.x === 7) s.flag = Math.random() < 0.5 ? 0 : 1;'),
      `<- asked for Math.random(); ${sole}`,
    ],
    ['asks for the time', misbehaving('s.flag = (Date.now() % 2) as 0 | 1;'), `<- asked for Date.now(); ${sole}`],
    [
      'is a claim, and asks for chance',
      claiming('() => Math.random() < 2'),
      `claim odd asked for Math.random(); ${sole}`,
    ],
    [
      'is async',
      misbehaving('return Promise.resolve() as never;'),
      'returned [object Promise]; a step returns nothing',
    ],
    [
      'is a claim, and returns nothing',
      claiming('((s: State) => { s.x; }) as never'),
      'claim odd returned undefined; a claim returns true or false',
    ],
    [
      'reads a field that is misspelt',
      misbehaving('if ((s as never as { X: number }).X === 1) s.x = 1;'),
      'read X, which the state does not have',
    ],
    ['chooses among a million', misbehaving('choose(1e6);'), 'choose(1000000) needs a whole number from 1 to 100000'],
    [
      'throws what cannot be printed',
      misbehaving('throw { toString() { throw 1; } };'),
      'threw something that cannot be printed',
    ],
    [
      'throws what a terminal obeys',
      misbehaving("throw new Error('\\u001b[2J\\nnext');"),
      'threw Error: \\x1b[2J next',
    ],
  ])('and %s is told with its race', async (_, text, sentence) => {
    const result = await run(text);
    expect(flat(result).replaceAll('<- ', '')).toContain(sentence.replace('<- ', ''));
    expect(result.stdout).toContain("mmucheck replay --suite my-suite.ts 'counter/bad [cpu=2]");
    expect(result.code).toBe(75);
  });

  test('and asks for chance where it starts is refused', async () => {
    const { code, stderr } = await run(
      misbehaving('', 'initial: [function start(s: State) { s.x = Math.random() > 0.5 ? 1 : 0; }],'),
    );
    expect(stderr).toBe(`mmucheck: counter/bad: initial state start asked for Math.random(); ${sole}\n`);
    expect(code).toBe(75);
  });

  test('and asks in one execution of its trace fails in it again when the line is replayed', async () => {
    const cwd = folder({ 'my-suite.ts': misbehaving('s.flag = Math.random() < 2 ? 1 : 0;') });
    const { stdout } = await mmucheck(['replay', '--suite', 'my-suite.ts', 'counter/bad cpu0.both(); cpu0.bad()'], {
      cwd,
    });
    expect(stdout.replace(/\s+/g, ' ')).toContain('asked for Math.random()');
  });
});

test('a set that is said to be symmetric, and is not, is found', async () => {
  const text = `
import { array, bit, forAny, model, range, suite, symmetric, thread } from 'mmucheck';
const Page = symmetric('page');
const state = { bits: array(Page, bit), cpu: thread(range('cpu'), {}) };
function set(s: any, _: unknown, page: any) {
  if (page === 0 && s.bits[1] === 1) return;
  s.bits[page] = 1;
}
export default suite(
  model({ name: 'm', about: 'a', state, bounds: { cpu: 2, page: 3 }, variants: { v: { cpu: [forAny(Page, set) as any] } } }),
  { invariants: {}, violated: { v: [] } },
);
`;
  const result = await run(text, '--symmetry');
  expect(flat(result)).toContain(
    'step cpu.set does not do the same when the members of symmetric sets are numbered differently',
  );
  expect(result.code).toBe(75);
});

test('a claim that nothing can make false is vacuous', async () => {
  const result = await run(
    claiming('(s: State) => implies(s.x === 20, false)').replace('import {', 'import { implies,'),
  );
  expect(flat(result)).toContain('counter/bad: vacuous: odd');
  expect(result.code).toBe(16);
});
