/** Results kept in a folder, so that a run that was interrupted goes on where it was: each under everything that it depends on. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ClaimResult, executed, type NamedPath, type VariantResult } from '#explorer';
import { instantiate } from '#notation';
import { exitCodes } from '#report';
import { Failure, usage } from './failure.ts';
import type { Planned } from './searches.ts';
import { version } from './version.ts';

/** Results of searches that came to their end, from this run or one before. */
export interface ResultCache {
  /** The result of a search; undefined when there is none, or none that can be trusted. */
  read(planned: Planned): VariantResult | undefined;
  /** Keeps a result, unless a limit ended its search. */
  write(planned: Planned, result: VariantResult): void;
}

/** A result without the states of its traces, which are executed again. */
type Stored = Omit<VariantResult, 'claims'> & { readonly claims: readonly StoredClaim[] };
type StoredClaim = Omit<ClaimResult, 'trace'> & { readonly path?: NamedPath; readonly fewest?: boolean };

/** A cache that has nothing and keeps nothing. */
export const noCache: ResultCache = { read: () => undefined, write() {} };

/**
 * The cache in a folder, which is made when it is not there. A result is found again only under the same text of mmucheck, of the suite's
 * file and of every file that one imports, the same variant and bounds; and only if nothing has changed it in between.
 * @throws Failure when the folder cannot be used, or a suite file imports what cannot be looked at.
 */
export function cacheIn(folder: string): ResultCache {
  trying(folder, () => mkdirSync(folder, { recursive: true }));
  const own = hashOf(ownSources());
  const sources = new Map<string, string>();
  const sourceOf = (file: string | undefined) => (file === undefined ? '' : hashOf(importedBy(resolve(file))));
  const keyOf = ({ suite, job: { file, variant, bounds } }: Planned): string => {
    const source = sources.get(file ?? '') ?? sourceOf(file);
    sources.set(file ?? '', source);
    const { model, bounds: sizes } = instantiate(suite.model, variant, bounds);
    return JSON.stringify({
      mmucheck: version(),
      node: process.version,
      own,
      source,
      model: model.name,
      variant,
      bounds: sizes,
    });
  };
  const fileOf = (key: string) => join(folder, `${hashOf([key])}.json`);
  return {
    read(planned) {
      const key = keyOf(planned);
      const text = trying(folder, () => (existsSync(fileOf(key)) ? readFileSync(fileOf(key), 'utf8') : ''));
      try {
        const kept = JSON.parse(text);
        const result = JSON.stringify(kept.result);
        return kept.key === key && kept.sum === hashOf([result]) ? revived(planned, kept.result) : undefined;
      } catch {
        return undefined;
      }
    },
    write(planned, result) {
      //  A file that was changed meanwhile may have been loaded before or after.
      if (result.stopped !== undefined || sourceOf(planned.job.file) !== sources.get(planned.job.file ?? '')) return;
      const key = keyOf(planned);
      const stored = storable(result);
      const text = JSON.stringify({ key, sum: hashOf([JSON.stringify(stored)]), result: stored });
      const partial = `${fileOf(key)}.${process.pid}.partial`;
      trying(folder, () => {
        writeFileSync(partial, text);
        renameSync(partial, fileOf(key));
      });
    },
  };
}

function storable(result: VariantResult): Stored {
  const claims = result.claims.map(({ trace, ...claim }) => ({
    ...claim,
    ...(trace && {
      fewest: trace.fewest,
      path: { initial: trace.initial, steps: trace.steps.map(({ thread, step, args }) => ({ thread, step, args })) },
    }),
  }));
  return { ...result, claims };
}

/** A result with its traces executed again. @throws when one cannot be, or does not show what it should. */
function revived({ suite, job }: Planned, { claims, ...result }: Stored): VariantResult {
  const instance = instantiate(suite.model, job.variant, job.bounds);
  return {
    ...result,
    stopped: undefined,
    claims: claims.map(({ path, fewest, ...claim }) => {
      const trace = path && { ...executed(instance, path.initial, path.steps, suite.invariants[claim.name]), fewest };
      if (trace?.violates === false) throw new Error(`${claim.name} is not violated`);
      return { ...claim, sentence: claim.sentence, message: claim.message, trace };
    }),
  };
}

/** Every text that a search of a suite depends on, as a hash: of mmucheck, and of the suite's file and whatever that imports. */
export function sourcesOf(file: string | undefined): string {
  return hashOf([...ownSources(), ...(file === undefined ? [] : importedBy(resolve(file)))]);
}

/** What is imported, by the text of a file; a name that is computed counts as one that cannot be looked at. */
const imports = /\b(?:from|import)\s*(['"])(.*?)\1|\b(?:import|require)\s*\(\s*(?:(['"])(.*?)\3)?/g;

/** The texts of a file and of every file it imports. @throws Failure naming an import that cannot be looked at. */
function importedBy(entry: string): string[] {
  const texts = new Map<string, string>();
  const visit = (file: string): void => {
    if (texts.has(file)) return;
    const text = readFileSync(file, 'utf8');
    texts.set(file, text);
    for (const [, , listed, , called] of text.matchAll(imports)) {
      const name = listed ?? called;
      if (name === 'mmucheck') continue;
      const found = name?.startsWith('.') ? imported(resolve(dirname(file), name)) : undefined;
      if (found === undefined)
        throw usage(
          `--cache: ${file} imports ${name ?? 'something by a computed name'}, whose text cannot be looked at; leave --cache out`,
        );
      visit(found);
    }
  };
  visit(entry);
  return [...texts].flat();
}

/** The file that an import by a relative name means. */
function imported(path: string): string | undefined {
  const candidates = ['', '.ts', '.js', '.mts', '.mjs', '/index.ts', '/index.js'].map((end) => path + end);
  return [...candidates, path.replace(/\.js$/, '.ts')].find((each) =>
    statSync(each, { throwIfNoEntry: false })?.isFile(),
  );
}

/** The texts of mmucheck that a result depends on. */
function ownSources(): string[] {
  const root = join(import.meta.dirname, '..');
  return ['notation', 'model', 'invariants', 'explorer'].flatMap((part) =>
    readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.[jt]s$/.test(file))
      .toSorted()
      .flatMap((file) => [file, readFileSync(join(root, part, file), 'utf8')]),
  );
}

function hashOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('hex');
}

function trying<Result>(folder: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new Failure(exitCodes.system, `--cache: ${folder} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
