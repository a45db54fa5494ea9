import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Operation, Recording, RecordingLog } from '#recording';
import { PlainLists, type Policy } from './plain-lists.ts';

/** The recordings kept with the tests. */
export const kept = fileURLToPath(new URL('../recordings', import.meta.url));
/** All of them, where they stand beside the repository. */
export const shared = fileURLToPath(new URL('../../../shared/recordings', import.meta.url));
export const hasShared = existsSync(shared);

/** `directory/workload` of every recording in one of the two places. */
export function workloads(place: string): string[] {
  return readdirSync(place)
    .filter((directory) => /^k6\d+-/.test(directory))
    .flatMap((directory) => readdirSync(join(place, directory)).map((file) => `${directory}/${file}`))
    .filter((file) => file.endsWith('.ops.jsonl.gz'))
    .map((file) => file.replace(/\.ops\.jsonl\.gz$/, ''))
    .toSorted();
}

/** The policy of the kernel that made a recording. */
export function policyOf(workload: string): Policy {
  return workload.startsWith('k612') ? 'tail-count' : 'per-array-counter';
}

/** Runs `use` in a directory that is gone afterwards. */
export function inDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'recording-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function unpacked(bytes: Buffer): string {
  return gunzipSync(bytes).toString('utf8');
}

/** The error that `run` throws, which must be there. */
export function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error, and there was none');
}

/** An operation without its seq: the type keeps the union apart. */
export type Unnumbered = Operation extends infer T ? (T extends Operation ? Omit<T, 'seq'> : never) : never;

/** A recording made by hand; operations are numbered 1, 2, …. */
export function recordingOf(operations: readonly Unnumbered[], log?: RecordingLog): Recording {
  const numbered = operations.map((operation, index) => ({ ...operation, seq: index + 1 }) as Operation);
  const recording = { file: 'by hand', form: 'ops.jsonl', operations: numbered } as const;
  return log === undefined ? recording : { ...recording, log };
}

/** What a kernel of that policy would have recorded: each word is `+list spte`, `-list spte` or `0list`. */
export function played(policy: Policy, words: readonly string[], kernel = new PlainLists(policy)): Unnumbered[] {
  return words.map((word) => {
    const [list = '', spte = ''] = word.slice(1).split(' ');
    const pre = kernel.state(list);
    if (word.startsWith('0')) {
      kernel.zapAll(list);
      return { op: 'zap_all', list, pre, by: 'test' };
    }
    if (word.startsWith('+')) {
      const ret = kernel.add(list, spte);
      return { op: 'add', list, spte, pre, ret, by: 'test', post: kernel.state(list) };
    }
    kernel.remove(list, spte);
    return { op: 'remove', list, spte, pre, by: 'test', post: kernel.state(list) };
  });
}

/** Words that add `count` entries to a list, numbered from `from`. */
export function adds(list: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `+${list} ${spte(from + i)}`);
}

export function spte(index: number): string {
  return (0xff00 + 8 * index).toString(16);
}
