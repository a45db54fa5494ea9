import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, mmucheck, tooLong } from './mmucheck.ts';

const window = [
  'measure',
  'coalesce',
  'invalidWindow',
  '--sweep',
  'leaf=2..4',
  '--variants',
  'install-after-unmap,install-before-unmap',
];

describe('mmucheck measure', () => {
  test('prints a table of variants and sizes and says how each grows', async () => {
    const { code, stdout, stderr } = await mmucheck(window);
    expect(stderr).toBe('');
    expect(stdout).toContain('  install-after-unmap   5  6  7\n  install-before-unmap  2  2  2\n');
    expect(stdout).toContain('install-after-unmap   linear: leaf + 3, exactly\n');
    expect(stdout).toContain('install-before-unmap  constant: 2\n');
    expect(stdout).toMatch(/published: .*2\.882/);
    expect(tooLong(stdout, 80)).toEqual([]);
    expect(code).toBe(0);
  });

  test('writes a figure', async () => {
    const file = join(folder(), 'window.svg');
    expect((await mmucheck([...window, '--svg', file])).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  });

  test('draws the execution with the largest number, and replays it', async () => {
    const { stdout } = await mmucheck([...window, '--trace']);
    const lines = [...stdout.matchAll(/^mmucheck replay '(.*)'$/gm)].map(([, line]) => line as string);
    expect(lines.length).toBe(2);
    expect(lines[0]?.match(/unmapLeaf/g)?.length).toBe(4);
    expect((await mmucheck(['replay', lines[0] as string])).code).toBe(0);
  });

  test('writes a document in place of the table', async () => {
    const { stdout } = await mmucheck([...window, '--json']);
    const { measures } = JSON.parse(stdout);
    expect(measures.length).toBe(1);
    expect(measures[0]).toMatchObject({ model: 'coalesce', measure: 'invalidWindow', sweep: 'leaf' });
    expect(
      measures[0].results.map(({ variant, bounds, value }: never) => [
        variant,
        (bounds as { leaf: number }).leaf,
        value,
      ]),
    ).toEqual([
      ['install-after-unmap', 2, 5],
      ['install-after-unmap', 3, 6],
      ['install-after-unmap', 4, 7],
      ['install-before-unmap', 2, 2],
      ['install-before-unmap', 3, 2],
      ['install-before-unmap', 4, 2],
    ]);
  });

  test('says which sizes a limit ended, leaves them out of the shape, and exits with 17', async () => {
    const { code, stdout } = await mmucheck([...window, '--max-states', '5000']);
    expect(stdout).toContain('  install-after-unmap   5  6  ?\n');
    expect(stdout).toMatch(/not finished, and left\s+out: leaf=4 \(states\)/);
    expect(code).toBe(17);
    expect((await mmucheck([...window, '--max-states', '5000', '--allow-incomplete'])).code).toBe(0);
  });

  test.each([
    [['coalesc'], 'there is no model coalesc (did you mean coalesce?)'],
    [['memslot'], 'memslot has no measures; those that have are'],
    [
      ['coalesce', 'invalidWindo'],
      'coalesce has no measure invalidWindo (did you mean invalidWindow?); it has invalidWindow',
    ],
    [['coalesce', '--variants', 'nt-bits'], 'coalesce has no variant nt-bits (did you mean nt-bit?)'],
    [['coalesce', '--sweep', 'leaf=4..2'], '--sweep: "leaf=4..2" is not of the form leaf=2..8'],
    [['coalesce', '--sweep', 'leaves=2..4'], 'has no bound leaves; its bounds are vcpu, leaf, table'],
    [['pte-list-fork', '--svg', 'x.svg'], '--svg is for one measure; name one of visitsPerAdd'],
  ])('refuses %j', async (args, sentence) => {
    const { code, stdout, stderr } = await mmucheck(['measure', ...args]);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe('');
    expect(code).toBe(150);
    expect(existsSync('x.svg')).toBe(false);
  });
});
