/** That nothing is left out of what is written down about the models; each model's own tests compare it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shippedSuites } from '../shipped.ts';
import { declaredIn, foldersOfModels } from './declared.ts';
import { wrongVariantsOf } from './nearest.ts';
import { beginElsewhere } from './written.ts';

const tests = join(import.meta.dirname, '../model');

test('every suite is of a model that is declared in one of the folders', () => {
  const declared = foldersOfModels().flatMap((folder) => declaredIn(folder).map(({ name }) => name));
  expect(shippedSuites.map((suite) => suite.model.name).toSorted()).toEqual(declared.toSorted());
});

test('the findings of every folder are compared in one of the tests of models', () => {
  const compared = readdirSync(tests).flatMap((file) =>
    [...readFileSync(join(tests, file), 'utf8').matchAll(/^testFindings\('(.+)'\);$/gm)].map(([, folder]) => folder),
  );
  expect(compared.toSorted()).toEqual(foldersOfModels().toSorted());
});

test('each race that is said to begin elsewhere is one of a wrong variant', () => {
  const wrong = shippedSuites.flatMap((suite) =>
    wrongVariantsOf(suite).map((variant) => `${suite.model.name}/${variant}`),
  );
  expect(beginElsewhere.filter((name) => !wrong.includes(name))).toEqual([]);
});

describe('the header of a model says what it models, by file and function and from which commit on, and what it assumes', () => {
  //  A litmus test is of no kernel function; the caches of an eager split are those of the other model.
  const elsewhere = ['litmus', 'lock-drops'];
  test.each(foldersOfModels().flatMap(declaredIn))('$name', ({ name, header }) => {
    expect(header).toMatch(/^Models\b/m);
    expect(header).toMatch(/^Assumes\b/m);
    if (elsewhere.includes(name)) return;
    expect(header).toMatch(/\b(?:arch|drivers|mm|virt)\/[\w/.-]+\.[ch]\b/);
    expect(header).toMatch(/\b[a-z]\w*_\w+/);
    expect(header).toMatch(/"[^"]+"|\b[0-9a-f]{12}\b|\b\d\.\d+\b|as in the model of its own/);
  });
});
