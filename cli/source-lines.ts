/** Where in source files a variant and its steps are written, as their text tells: what alerts and annotations point at. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { orderIn } from '#notation';
import type { SourceOf } from '#report';

/** What a file has: the lines, from 1, where the first of each name stands. */
interface Source {
  readonly path: string;
  /** What has a name for others to read: `name: 'dirty-log'`. */
  readonly named: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
  readonly properties: ReadonlyMap<string, number>;
  readonly imports: readonly string[];
}

/** Finds lines; each file is read once. */
export function sourceLines(): SourceOf {
  const files = new Map<string | undefined, readonly Source[]>();
  return ({ file, model, variant }, step) => {
    const known = files.get(file) ?? (file === undefined ? ownSources() : withImports(file));
    files.set(file, known);
    const own = known.find(({ named }) => named.has(model));
    if (own === undefined) return undefined;
    const near = known.filter(({ path }) => dirname(path) === dirname(own.path));
    const [base = ''] = orderIn(variant).base.split(':');
    const called = step?.replace(/\(.*$/, '');
    const makes =
      called === undefined ? undefined : [own, ...near, ...known].find((each) => each.functions.has(called));
    if (makes) return { file: makes.path, line: makes.functions.get(called as string) as number };
    return { file: own.path, line: (own.properties.get(base) ?? own.named.get(model)) as number };
  };
}

/** The files of our own models: as they are written where that is at hand, else as they were built. */
function ownSources(): Source[] {
  const root = dirname(fileURLToPath(import.meta.resolve('mmucheck/package.json')));
  const written = join(root, 'model');
  const folder = existsSync(written) ? written : join(root, 'dist', 'model');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(?<!\.d)\.[jt]s$/.test(path))
    .map((path) => source(fromHere(join(folder, path))));
}

/** A file, and what it imports from files beside it. */
function withImports(file: string): Source[] {
  const found: Source[] = [];
  const add = (path: string): void => {
    if (found.some((each) => each.path === normalize(path)) || !existsSync(path)) return;
    const read = source(path);
    found.push(read);
    for (const each of read.imports) add(join(dirname(path), /\.[cm]?[jt]s$/.test(each) ? each : `${each}.ts`));
  };
  add(file);
  return found;
}

function source(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  const first = (pattern: RegExp): Map<string, number> => {
    const found = lines.flatMap((line, i) =>
      [...line.matchAll(pattern)].map(([, name = '']) => [name, i + 1] as const),
    );
    return new Map(found.toReversed());
  };
  return {
    // Whoever compares paths knows no ./ before them.
    path: normalize(path),
    named: first(/\bname:\s*['"`]([^'"`]+)['"`]/g),
    functions: first(/\b(?:function|const|let)\s+([\w$]+)/g),
    properties: first(/(?:^|[\s{,])['"]?([\w$-]+)['"]?:/g),
    imports: [...text.matchAll(/\bfrom\s+['"](\.[^'"]+)['"]/g)].map(([, specifier = '']) => specifier),
  };
}

/** A path as somebody writes it who stands in the working folder; in full where it is outside. */
function fromHere(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') || isAbsolute(near) ? path : near;
}
