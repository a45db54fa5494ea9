/** What `mmucheck ablate` came to, as it stands beside a model: `npm run ablations` writes it again. Here nothing is searched. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { outlines } from '#notation';
import { ablated } from '../large/ablations.ts';
import { shippedModels, suiteOf } from '../shipped.ts';

function read(model: string, file: string): string {
  return readFileSync(join(import.meta.dirname, '../../model', model, file), 'utf8');
}

/** The lines of a listing without what is said of them. */
function linesOf(document: string): string[] {
  return document.split('\n').flatMap((line) => /^ {2,}(\S+|spin_\w+\(\w+\))(?= {2,}\S)/.exec(line)?.[1] ?? []);
}

describe.each(Object.keys(ablated))('model/%s/ablation.md', (name) => {
  const document = read(name, 'ablation.md');
  const suite = suiteOf(shippedModels.find((model) => model.name === name) ?? expect.fail('is no model'));
  const right = Object.keys(suite.model.variants).filter((variant) => suite.violated[variant]?.length === 0);

  test('has every right variant, with every line that is tried', () => {
    const tried = right.flatMap((variant) =>
      outlines(suite, variant).flatMap(({ rows }) =>
        rows.flatMap(({ text, edit }) => (edit ? [text === '' ? edit.kind : text] : [])),
      ),
    );
    expect(document.match(/^\S+(?=: without each line)/gm)).toEqual(right.map((variant) => `${name}/${variant}`));
    expect(linesOf(document)).toEqual(tried);
  });

  test('has a sentence in notes.md for every step that is not shown needed', () => {
    const steps = [...document.matchAll(/^ +(?:\w+\()?(\w+)(?:\([^)]*\))?\)? {2,}not shown needed/gm)]
      .map(([, step]) => step)
      .filter((step) => step !== 'swapped' && step !== 'weakened');
    const notes = read(name, 'notes.md');
    expect(steps.length).toBeGreaterThan(0);
    expect([...new Set(steps)].filter((step) => !notes.includes(`\n- \`${step}\``))).toEqual([]);
  });
});
