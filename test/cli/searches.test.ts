import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder } from './mmucheck.ts';
import { misbehaving } from './suite-texts.ts';

const cli = join(import.meta.dirname, '../../dist/cli');

/** Runs four searches, one at a time, of which two never come to an end; a process of its own, as workers run what is built. */
const script = `
  import { runSearches } from '${cli}/searches.js';
  import { suitesOf } from '${cli}/suites.js';
  const jobs = [];
  for (const file of ['hangs.ts', 'ends.ts', 'hangs.ts', 'ends.ts']) {
    const [{ suite }] = await suitesOf([file]);
    jobs.push({ suite, job: { file, model: 'counter', variant: 'bad', bounds: {}, limits: {} } });
  }
  const told = [];
  const { results, signal } = await runSearches(jobs, { atOnce: 1, patience: 6, onResult: (at) => told.push(at) });
  console.log(JSON.stringify([told, results.length, signal ?? null]));
`;

test('a search without a sign of life is given up where patience has a limit, and the next one begins', () => {
  const cwd = folder({
    'hangs.ts': misbehaving('while (s.x === 1);'),
    'ends.ts': misbehaving('if (s.x === 9) return exit;'),
    'script.mjs': script,
  });
  const told = execFileSync(process.execPath, ['script.mjs'], { cwd, encoding: 'utf8' });
  expect(JSON.parse(told)).toEqual([[1, 3], 2, null]);
});
