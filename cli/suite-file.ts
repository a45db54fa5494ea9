/** Suites from anyone's TypeScript file, which imports the words from 'mmucheck' wherever it lies. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { Suite } from '#notation';
import { usage } from './failure.ts';
import { suggestion } from './nearest.ts';
import { loads } from './search-thread.ts';

/** Whether an argument names a file, and not a model. */
export function isFile(argument: string): boolean {
  return /\.[cm]?[jt]s$/.test(argument);
}

/** Whether a file says what a CI checks, and is no module. */
export function isSuiteFile(file: string): boolean {
  return file.endsWith('.json');
}

/**
 * Loads the suites that a file exports, under any name. `mmucheck` in its imports is this very program, so that a file needs no
 * package installed beside it, and both have the same words.
 * @throws Failure naming the file: when it is not there, does not parse, throws, or exports no suite.
 */
export async function loadSuites(file: string): Promise<Suite[]> {
  const path = resolve(file);
  if (!existsSync(path))
    throw usage(`${file}: there is no such file; name one by its path from here, or a model of mmucheck list`);
  if (!statSync(path).isFile()) throw usage(`${file} is not a file; name the file that exports a suite`);
  if (isMainThread && !(await loads(file)))
    throw usage(
      `${file}: does not come to its end while it is loaded; a suite file declares a suite and does nothing else`,
    );
  const library = exactly((await import('../index.ts')) as Record<string, unknown>, file);
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, {
    fsCache: false,
    interopDefault: false,
    virtualModules: { mmucheck: library },
  });
  let loaded: unknown;
  const running = leftRunning();
  try {
    loaded = await declaring(() => jiti.import(path));
  } catch (error) {
    throw usage(reason(error, file, path), error);
  }
  const left = leftRunning().find((each, i) => each !== running[i]);
  if (left !== undefined)
    throw usage(`${file} leaves a ${left} running; a suite file declares a suite and does nothing else`);
  const suites = suitesIn(loaded as Record<string, unknown>);
  if (suites.length === 0) throw usage(`${file} exports no suite; export what suite(...) returns`);
  const names = suites.map(({ model }) => model.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw usage(`${file} exports two suites for models called ${twice}; rename one of the models`);
  return suites;
}

/** Loads a file that must neither end the program nor wait for what never comes. @throws what the file throws; Error when it does either. */
async function declaring<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  const { exit } = process;
  process.exit = () => {
    throw new Error('calls process.exit(); a suite file declares a suite and does nothing else');
  };
  let end = (): void => {};
  const waits = new Promise<never>((_, reject) => {
    end = () => reject(new Error('waits for something that never comes; a suite file needs no top-level await'));
  });
  process.once('beforeExit', end);
  try {
    return await Promise.race([load(), waits]);
  } finally {
    process.exit = exit;
    process.off('beforeExit', end);
  }
}

/** Timers, servers and other processes that keep this program from coming to its end. */
function leftRunning(): string[] {
  const active = process.getActiveResourcesInfo();
  return active.filter((each) => /^Timeout$|Server|ProcessWrap/.test(each)).toSorted();
}

/** The suites among what a module exports. */
export function suitesIn(exported: Readonly<Record<string, unknown>>): Suite[] {
  return [...new Set(Object.values(exported).filter(isSuite))];
}

function isSuite(value: unknown): value is Suite {
  if (typeof value !== 'object' || value === null) return false;
  const { model, invariants, reachable, violated } = value as Partial<Suite>;
  const parts: unknown[] = [model, model?.state, model?.variants, invariants, reachable, violated];
  return parts.every((part) => typeof part === 'object' && part !== null);
}

/** The library as a module that has no other exports: a mistyped word is an error there, and not `undefined`. */
function exactly(library: Record<string, unknown>, file: string): Record<string, unknown> {
  const words = { ...library };
  return new Proxy(words, {
    get(_, word) {
      if (typeof word === 'symbol' || word in words || ['default', 'then', '__esModule'].includes(word))
        return words[word as string];
      throw new Error(
        `'mmucheck' exports no ${word}${suggestion(word, Object.keys(words))}; correct the import in ${file}`,
      );
    },
  });
}

/** What went wrong and where, in one line. */
function reason(error: unknown, file: string, path: string): string {
  if (!(error instanceof Error)) return `${file}: threw ${String(error)} while it was loaded`;
  const [first = ''] = error.message.split('\n');
  const [, parse] = /^ParseError: (.*)/.exec(first) ?? [];
  if (parse !== undefined) {
    // The parser counts columns from 0.
    const [line, column = 0] = placeIn(error.message, path);
    return `${line === undefined ? file : `${file}:${line}:${column + 1}`}: does not parse: ${parse.trim()}`;
  }
  // What runs has the lines of the file, but not its columns.
  const [line] = placeIn(error.stack ?? '', path);
  const where = line === undefined ? file : `${file}:${line}`;
  return `${where}: ${error.constructor === Error ? first : `${error.name}: ${first}`}`;
}

/** The first line and column of a file that a text names. */
function placeIn(text: string, path: string): number[] {
  return (/^:(\d+):(\d+)/.exec(text.split(path)[1] ?? '') ?? []).slice(1).map(Number);
}
