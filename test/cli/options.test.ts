import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../cli/nearest.ts';
import { bounds, memory } from '../../cli/options.ts';
import { program } from '../../cli/program.ts';
import { progressLine } from '../../cli/progress.ts';
import { answered, tooLong } from './mmucheck.ts';

test.each([
  ['500M', 500 * 2 ** 20],
  ['2G', 2 * 2 ** 30],
  ['2GB', 2 * 2 ** 30],
  ['1.5GiB', 1.5 * 2 ** 30],
  ['64k', 64 * 2 ** 10],
  ['4096', 4096],
])('--max-memory %s is %i bytes', (text, bytes) => {
  expect(memory(text)).toBe(bytes);
});

test.each(['', 'G', '-1M', '1X', '0', '0.1'])('--max-memory %j is refused', (text) => {
  expect(() => memory(text)).toThrow('--max-memory takes a size such as 500M or 2G');
});

test('--bounds adds up, and says the size of no set twice', () => {
  expect(bounds('gfn=3, vcpu=2', bounds('ioctl=1'))).toEqual({ gfn: 3, vcpu: 2, ioctl: 1 });
  const twice = '--bounds: gfn is given twice, as 2 and as 3; give it once';
  expect(() => bounds('gfn=2,gfn=3')).toThrow(twice);
  expect(() => bounds('gfn=3', bounds('gfn=2'))).toThrow(twice);
  expect(Object.entries(bounds('constructor=1,__proto__=2'))).toEqual([
    ['constructor', 1],
    ['__proto__', 2],
  ]);
});

test('the nearest name is the one with the fewest edits, if it is near at all', () => {
  const names = ['dirty-log', 'pte-list', 'eager-split'];
  expect(nearest('pte_list', names)).toBe('pte-list');
  expect(nearest('gnf', ['vcpu', 'gfn'])).toBe('gfn');
  expect(nearest('Dirty-Log', names)).toBe('dirty-log');
  expect(nearest('coalesce', names)).toBeUndefined();
});

const progress = { states: 1000, transitions: 2000, depth: 7, frontier: 30, seconds: 0.5 };

test('progress is one line that is written again and taken away', () => {
  const written: string[] = [];
  const line = progressLine({ isTTY: true, columns: 40, write: (text) => written.push(text) }, {});
  line.show('m/v', progress, { finished: 1, all: 3 });
  line.show('m/v', progress, { finished: 2, all: 3 });
  line.clear();
  const text = '1/3  m/v  1000 states, 2000/s, depth 7, frontier 30';
  // The second call comes too soon; a terminal of 40 columns has room for 39 letters without a new line.
  expect(written).toEqual([`\r\u001b[K${text.slice(0, 39)}`, '\r\u001b[K']);
});

test('a terminal that does not know its width is taken to have 80 columns', () => {
  const written: string[] = [];
  const line = progressLine({ isTTY: true, columns: 0, write: (text) => written.push(text) }, {});
  line.show('m/v', progress, { finished: 1, all: 3 });
  expect(written).toEqual(['\r\u001b[K1/3  m/v  1000 states, 2000/s, depth 7, frontier 30']);
});

test('CI=false is no CI', () => {
  const written: string[] = [];
  const line = progressLine({ isTTY: true, write: (text) => written.push(text) }, { CI: 'false' });
  line.show('m/v', progress, { finished: 0, all: 1 });
  expect(written).toHaveLength(1);
});

test.each([
  ['a pipe', {}, {}],
  ['a terminal of a CI', { isTTY: true }, { CI: 'true' }],
])('there is no progress on %s', (_, stream, environment) => {
  const written: string[] = [];
  const line = progressLine({ ...stream, write: (text) => written.push(text) }, environment);
  line.show('m/v', progress, { finished: 0, all: 1 });
  line.clear();
  expect(written).toEqual([]);
});

describe('every verb', async () => {
  const all = (await program([])).commands;
  const documents = ['README.md', ...readdirSync('docs').filter((name) => name.endsWith('.md'))].map((name) =>
    readFileSync(name === 'README.md' ? name : join('docs', name), 'utf8'),
  );

  test.each(all.map((verb) => [verb.name(), verb] as const))(
    '%s has help that fits, and documented options',
    (_, verb) => {
      expect(tooLong(verb.helpInformation(), 80)).toEqual([]);
      expect(
        verb.registeredArguments.filter(({ description }) => description === '').map((each) => each.name()),
      ).toEqual([]);
      const named = verb.options.map(({ long }) => long as string);
      expect(named.filter((option) => !documents.some((text) => text.includes(option)))).toEqual([]);
    },
  );

  test('is one of the list of verbs, which fits too', async () => {
    const { stdout, code } = await answered(['--help']);
    expect(tooLong(stdout, 80)).toEqual([]);
    expect(all.map((verb) => verb.name()).filter((name) => !stdout.includes(`\n  ${name} `))).toEqual([]);
    expect([code, all.length]).toEqual([0, 14]);
  });
});
