/** The package as somebody gets it who installs it: packed, and unpacked beside the packages that it asks for. No network is needed. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

/** A packed package. */
export interface Packed {
  readonly tarball: string;
  /** The paths of what is in it. */
  readonly files: readonly string[];
}

/** Packs what is built, into a folder of its own. */
export function packed(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'mmucheck-pack-'));
  // Without scripts: it is built already, and other tests use what is built.
  const told = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename, files }] = JSON.parse(told) as [{ filename: string; files: { path: string }[] }];
  return { tarball: join(folder, filename), files: files.map(({ path }) => path) };
}

/**
 * A new project in which the package is installed.
 * @param beside packages that the project has installed itself.
 * @param from a folder whose files the project has; none when it is left out.
 */
export function projectWith({ tarball }: Packed, beside: readonly string[] = [], from?: string): string {
  const project = mkdtempSync(join(tmpdir(), 'mmucheck-project-'));
  if (from !== undefined) {
    const own = (path: string): boolean => !/node_modules|package-lock|\.tgz$/.test(path.slice(from.length));
    cpSync(from, project, { recursive: true, filter: own });
  }
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, 'mmucheck'), { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'mmucheck')]);
  for (const name of [...Object.keys(dependencies), ...beside]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  return project;
}

/** What a program of a project prints, without colour, as if no test of ours had started it. @throws Error when it fails. */
export function run(project: string, file: string, ...args: string[]): string {
  const inherited = Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_ENV$|^FORCE_COLOR$/.test(name));
  return execFileSync(process.execPath, [join(project, 'node_modules', file), ...args], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1' },
  });
}

/** Removes what a test has made. */
export function removed(...folders: readonly string[]): void {
  for (const folder of folders) rmSync(folder, { recursive: true });
}
