/**
 * Applies each fault of the list to a copy of the tree and runs the test that is to find it, with the reference search switched off:
 * `npm run mutants -- [name]…`. Exits with 1 when one survives, or when its test fails without it.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { type Mutant, mutants } from './list.ts';

/** What became of a run of some tests. */
interface Ran {
  readonly kind: 'passed' | 'failed' | 'did not end' | 'did not start';
  /** The first test that failed. */
  readonly failed: string | undefined;
}

/** Seconds after which a test that does not end has failed. */
const patience = 240;

const named = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => named.length === 0 || named.includes(name));
const unknown = named.filter((name) => chosen.every((mutant) => mutant.name !== name));
if (unknown.length > 0) {
  console.error(`mutants: there is no ${unknown.join(', ')} in test/mutants/list.ts`);
  process.exit(150);
}

const root = resolve(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'mmucheck-mutants-'));
const copy = join(scratch, 'tree');
const right = new Map<string, Ran>();
let survivors = 0;
try {
  cpSync(root, copy, { recursive: true, filter: isSource });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
  for (const mutant of chosen) {
    const { isKilled, said } = judged(mutant);
    if (!isKilled) survivors++;
    console.log(`${mutant.name}: ${said}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`mutants: ${chosen.length - survivors} of ${chosen.length} killed`);
process.exitCode = survivors > 0 ? 1 : 0;

function isSource(path: string): boolean {
  const [top = ''] = relative(root, path).split(sep);
  return !['.git', 'dist', 'node_modules'].includes(top);
}

function judged(mutant: Mutant): { isKilled: boolean; said: string } {
  const { file, test, named: words } = mutant;
  const tests = `${test} -t '${words}'`;
  if (!right.has(tests)) right.set(tests, run(mutant));
  const before = right.get(tests) as Ran;
  if (before.kind !== 'passed') return { isKilled: false, said: `${tests} ${before.kind} without it` };
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    text.replace(mutant.from, () => mutant.to),
  );
  const { kind, failed } = run(mutant);
  writeFileSync(path, text);
  switch (kind) {
    case 'passed':
      return { isKilled: false, said: `survived ${tests}` };
    case 'did not start':
      return { isKilled: false, said: `is no program: ${tests} did not start` };
    default:
      return { isKilled: true, said: `killed by ${failed ?? `${tests}, which ${kind}`}` };
  }
}

function run({ test, named: words, built }: Mutant): Ran {
  // What does not fit its types is built all the same.
  if (built)
    spawnSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], {
      cwd: copy,
    });
  const args = [join('node_modules', 'vitest', 'vitest.mjs'), 'run', test, '-t', literally(words)];
  // In threads, so that what does not end is ended with its process.
  args.push('--reporter=json', '--pool=threads');
  const { stdout, error } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, MMUCHECK_NO_REFERENCE: '1' },
    maxBuffer: 2 ** 28,
    timeout: patience * 1000,
    killSignal: 'SIGKILL',
  });
  if (error) return { kind: 'did not end', failed: undefined };
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Report;
  const failed = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed')?.fullName;
  if (failed !== undefined) return { kind: 'failed', failed };
  return { kind: report.numPassedTests > 0 && report.success ? 'passed' : 'did not start', failed };
}

/** What vitest tells of a run. */
interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The words as a regular expression. */
function literally(words: string): string {
  return words.replaceAll(/[^\w\s,]/g, '\\$&');
}
