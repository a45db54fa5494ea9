/** The picture of the architecture, as a test: who may import whom, and which files there may be. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

/** What a folder may import from, beside itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  notation: [],
  model: ['notation'],
  invariants: ['notation', 'model'],
  explorer: ['notation'],
  recording: ['notation', 'explorer'],
  report: ['notation', 'explorer'],
  // What runs in a browser knows the document that it is given, and nothing that makes it.
  viewer: ['report'],
  cli: ['notation', 'model', 'invariants', 'explorer', 'recording', 'report'],
  bench: ['notation', 'explorer'],
};

/** Packages that are installed for users, and the folders that may import them. */
const packages: Readonly<Record<string, readonly string[]>> = {
  '@hpcc-js/wasm-graphviz': ['cli'],
  acorn: ['notation'],
  immer: ['notation'],
  commander: ['cli'],
  'fast-check': ['fast-check.ts'],
  jiti: ['cli'],
  'ts-pattern': ['notation', 'model', 'invariants', 'explorer', 'recording', 'report', 'cli'],
  zod: ['cli'],
};

/** Packages that are built into what is shipped, likewise. */
const builtIn: Readonly<Record<string, readonly string[]>> = { preact: ['viewer'] };

/** What is the text of other files, with their imports and exports. */
const template = 'cli/template.ts';

interface File {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const folders = Object.keys(mayImport);
/** What the package exports: these may import from every folder. */
const entries = ['index.ts', 'fast-check.ts'];
const sources = [...folders.flatMap(filesIn), ...entries.map(read)];
const tests = filesIn('test');
const all = [...sources, ...tests];

function filesIn(folder: string): File[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => read(join(folder, path)));
}

function read(path: string): File {
  const text = readFileSync(path, 'utf8');
  const statements = /^\s*(?:import|export)\b(?:[^'";]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
  const calls = /\bimport\(\s*['"]([^'"]+)['"]\s*\)|\bnew URL\(\s*['"](\.[^'"]+)['"]/g;
  const found = path === template ? [] : [...text.matchAll(statements), ...text.matchAll(calls)];
  const imports = found.map((match) => (match[1] ?? match[2]) as string);
  return { path, text, imports };
}

function top(path: string): string {
  return path.split('/')[0] as string;
}

/** The file that an import leads to; undefined when it is none of ours. */
function target({ path }: File, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `${specifier.slice(1)}/index.ts`;
  // A worker is started by the name it has when it is built.
  return specifier.startsWith('.') ? normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts') : undefined;
}

/** A file and all that it leads to inside its folder: what runs for every state or transition. */
function reachedFrom(path: string): File[] {
  const reached = new Set([path]);
  for (const each of reached) {
    const file = sources.find((source) => source.path === each) as File;
    for (const specifier of file.imports) if (specifier.startsWith('.')) reached.add(target(file, specifier) as string);
  }
  return sources.filter((source) => reached.has(source.path));
}

/** Every import of some files, as `file -> specifier`, of which something is wrong. */
function wrong(files: readonly File[], isWrong: (file: File, specifier: string) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.filter((specifier) => isWrong(file, specifier)).map((specifier) => `${file.path} -> ${specifier}`),
  );
}

/** Where things begin: what a folder exports, and programs, which somebody starts by their built name. */
function begins({ path }: File): boolean {
  const built = path.replace(/\.ts$/, '.js');
  const started = all.some((other) => other.path !== path && other.text.includes(built));
  return (
    entries.includes(path) || /(^|\/)(index|main)\.tsx?$|\.d\.ts$|\.test\.ts$|^test\/types\//.test(path) || started
  );
}

/** Whether a file does nothing but hand on what others export. */
function onlyReexports({ text }: File): boolean {
  const rest = text
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    .replaceAll(/export\s+(type\s+)?(\{[^}]*\}|\*)\s+from\s+'[^']+';/g, '');
  return rest.trim() === '';
}

describe('imports', () => {
  test('are found', () => {
    const search = sources.find(({ path }) => path === 'explorer/search.ts');
    expect(search?.imports).toEqual(expect.arrayContaining(['#notation', './machine.ts', './visited.ts']));
    expect(sources.length).toBeGreaterThan(40);
  });

  test('of a folder follow the arrows of the picture', () => {
    const arrows = wrong(
      sources.filter(({ path }) => !entries.includes(path)),
      ({ path }, specifier) => specifier.startsWith('#') && !mayImport[top(path)]?.includes(specifier.slice(1)),
    );
    expect(arrows).toEqual([]);
  });

  test('with a dot stay inside their folder and name a file', () => {
    const leaving = wrong(sources, (file, specifier) => {
      if (!specifier.startsWith('.')) return false;
      const to = target(file, specifier) as string;
      // The command line hands the library to suites that it loads.
      const inside = top(to) === top(file.path) || (to === 'index.ts' && top(file.path) === 'cli');
      return !inside || !existsSync(to);
    });
    expect(leaving).toEqual([]);
  });

  test('of tests name files that exist', () => {
    const missing = wrong(tests, (file, specifier) => {
      return (
        specifier.startsWith('.') && !specifier.includes('/dist/') && !existsSync(target(file, specifier) as string)
      );
    });
    expect(missing).toEqual([]);
  });

  test('of packages are of those that are installed for users or built in, each where it belongs', () => {
    const misplaced = wrong(sources, ({ path }, specifier) => {
      if (/^[.#]|^node:/.test(specifier)) return false;
      const [name = ''] = /^(@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
      return !{ ...packages, ...builtIn }[name]?.includes(top(path));
    });
    expect(misplaced).toEqual([]);
    const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
      peerDependencies: Record<string, string>;
    };
    expect(Object.keys({ ...dependencies, ...peerDependencies }).toSorted()).toEqual(Object.keys(packages).toSorted());
  });

  test('of what runs in a browser take nothing but types from what runs in Node', () => {
    const viewer = sources.filter(({ path }) => top(path) === 'viewer');
    expect(viewer.length).toBeGreaterThan(10);
    expect(
      viewer.filter(({ text }) => /^import (?!type\b)[^;]*'(#|node:)/m.test(text)).map(({ path }) => path),
    ).toEqual([]);
  });

  test('of the hot loop are neither immer nor ts-pattern nor fast-check', () => {
    const hot = reachedFrom('explorer/search.ts');
    expect(hot.map(({ path }) => path)).toEqual(expect.arrayContaining(['explorer/expansion.ts', 'explorer/views.ts']));
    expect(wrong(hot, (_, specifier) => !/^(#notation$|node:worker_threads$|\.\/)/.test(specifier))).toEqual([]);
  });

  test('of a recording or a report know no model of ours and no claim', () => {
    const knowing = sources.filter(({ path }) => ['recording', 'report', 'explorer'].includes(top(path)));
    expect(
      wrong(
        knowing,
        (_, specifier) => /\b(model|invariants)\b/.test(specifier.replace(/^\.\//, '')) && specifier.startsWith('#'),
      ),
    ).toEqual([]);
  });
});

describe('files', () => {
  test('are all imported by another, but for where things begin', () => {
    const imported = new Set(all.flatMap((file) => file.imports.map((specifier) => target(file, specifier))));
    expect(all.filter((file) => !begins(file) && !imported.has(file.path)).map(({ path }) => path)).toEqual([]);
  });

  test('of the product are not there for a test alone', () => {
    const imported = new Set(sources.flatMap((file) => file.imports.map((specifier) => target(file, specifier))));
    expect(sources.filter((file) => !begins(file) && !imported.has(file.path)).map(({ path }) => path)).toEqual([]);
  });

  test('have names that say what is in them', () => {
    const banned = /^(utils?|helpers?|commons?|types?|managers?|misc|shared|lib)$/;
    expect(all.map(({ path }) => path).filter((path) => banned.test(basename(path).replace(/\..*/, '')))).toEqual([]);
  });

  test('have names in lower case with dashes', () => {
    expect(
      all.map(({ path }) => path).filter((path) => !/^[a-z0-9-]+(\.test|\.d)?\.tsx?$/.test(basename(path))),
    ).toEqual([]);
  });

  test('export by name', () => {
    expect(
      sources
        .filter(({ path, text }) => path !== template && /^export default\b|\bas default\b/m.test(text))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  test('do something beside handing on what others export, apart from the index of each folder', () => {
    expect(
      sources.filter((file) => basename(file.path) !== 'index.ts' && onlyReexports(file)).map(({ path }) => path),
    ).toEqual([]);
  });

  test('of each folder are reached from outside by its index', () => {
    const outside = sources.filter(({ path }) => !entries.includes(path));
    expect(wrong(outside, ({ path }, specifier) => specifier === `#${top(path)}`)).toEqual([]);
    for (const folder of folders.filter((name) => !['cli', 'bench', 'viewer'].includes(name))) {
      expect([folder, existsSync(`${folder}/index.ts`)]).toEqual([folder, true]);
    }
  });
});
