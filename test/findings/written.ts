/** The test that what stands beside a model is what it comes to: in the file of the model's other tests, which look at the same searches. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelFolder } from './declared.ts';
import { documentOf } from './document.ts';

/** Declares the test for a folder of models. `npm run findings` runs these tests alone, and writes what they compare with. */
export function testFindings(folder: string): void {
  test(`model/${folder}/findings.md is what its models come to`, { timeout: 600_000 }, async () => {
    const { text, figures } = documentOf(folder);
    await expect(text).toMatchFileSnapshot(join(modelFolder, folder, 'findings.md'));
    for (const [file, drawn] of figures) await expect(drawn).toMatchFileSnapshot(join(modelFolder, folder, file));
    const there = readdirSync(join(modelFolder, folder)).filter((file) => file.endsWith('.svg'));
    expect(there.filter((file) => !figures.has(file))).toEqual([]);
  });
}
