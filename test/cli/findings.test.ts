import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, mmucheck } from './mmucheck.ts';
import { withInstead } from './suite-texts.ts';

const measured = withInstead(`
export const counter = suite(
  model({
    name: 'counter',
    about,
    state,
    bounds: { cpu: 2 },
    variants: {
      'not-atomic': { cpu: [load, store] },
      'not-atomic-either': { cpu: [load, store] },
      locked: { cpu: holding('lock', load, store) },
    },
  }),
  {
    invariants: { small },
    measures: {
      stores: {
        what: 'stores of all while x is below 5',
        of: 'cpu',
        while: (s: State) => s.x < 5,
        steps: ['store'],
        sweep: { set: 'cpu', from: 1, to: 3, variants: ['not-atomic', 'locked'] },
      },
    },
    violated: { 'not-atomic': ['small'], 'not-atomic-either': ['small'], locked: ['small'] },
  },
);
`);

describe('mmucheck findings', () => {
  test('writes down verdicts, one race for all variants that share it, and measures with their figures', async () => {
    const cwd = folder({ 'my.ts': measured });
    const { code, stdout, stderr } = await mmucheck(['findings', './my.ts', '--figures', 'figures'], { cwd });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.match(/^#+ .*/gm)).toEqual([
      '## counter',
      '### Verdicts and counts',
      '### Claims',
      '### A shortest race of each variant that violates something',
      '### Measures',
    ]);
    expect(stdout).toContain('**not-atomic**, **not-atomic-either** violate `small`.');
    expect(stdout).toContain('**locked** violates `small`.');
    expect(stdout.match(/^mmucheck replay --suite/gm)?.length).toBe(2);
    // One that has loaded a small number can undo what the others have stored: 5, and then 6 over 2, and 7 over 3.
    expect(stdout).toMatch(/not-atomic +5 +15 +35\n/);
    expect(stdout).toMatch(/locked +5 +5 +5\n/);
    expect(stdout).toContain('![stores of all while x is below 5](counter-stores.svg)');
    expect(readdirSync(join(cwd, 'figures'))).toEqual(['counter-stores.svg']);
    expect(readFileSync(join(cwd, 'figures/counter-stores.svg'), 'utf8')).toContain('</svg>');
    const again = await mmucheck(['findings', './my.ts'], { cwd });
    expect(again.stdout).toBe(stdout);
  });

  test('refuses what there is not', async () => {
    const { code, stderr } = await mmucheck(['findings', 'vm-referenc']);
    expect(stderr).toContain('there is no model vm-referenc (did you mean vm-reference?)');
    expect(code).toBe(150);
  });
});
