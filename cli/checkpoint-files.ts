/**
 * One search on disk: a manifest, and a segment for the states that each checkpoint added. A file is written beside its place, flushed and
 * renamed, and the folder flushed, so that the manifest always tells of segments that are whole, whenever the power goes.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Checkpoints, Snapshot, StoredStates } from '#explorer';

/** Thrown for a checkpoint that cannot be used: a sentence that begins with the file. */
export class BadCheckpoint extends Error {
  override readonly name = 'BadCheckpoint';
}

/** Version of the form of these files. */
const format = 2;
/** How many times as long a search goes on as its last checkpoint took to write. */
const rest = 20;

const count = z.int().min(0);
const flag = z.boolean();
const segment = z.strictObject({ states: count, candidates: count, crc: count });
const manifest = z.strictObject({
  format: z.literal(format),
  key: z.string(),
  width: count,
  segments: z.array(segment),
  snapshot: z.strictObject({
    states: count,
    at: count,
    depth: count,
    transitions: count,
    fired: z.array(count),
    violations: z.array(
      z.tuple([
        z.string(),
        z.object({ index: count, inStep: flag, length: count, message: z.string().optional() }).transform((found) => ({
          ...found,
          message: found.message,
        })),
      ]),
    ),
    reached: z.array(z.string()),
    claims: z.array(z.strictObject({ open: flag, implied: flag, antecedent: flag })),
    candidates: count,
    heuristic: flag,
    slots: count,
  }),
});

type Segment = z.infer<typeof segment>;

/**
 * The checkpoints of one search.
 * @param folder its own, which is there.
 * @param key what the search depends on.
 * @param asked whether a checkpoint is wanted at once.
 * @throws BadCheckpoint for files that are not what was written.
 */
export function checkpointsIn(folder: string, key: string): Checkpoints & { save(): void } {
  const before = existsSync(join(folder, manifestName)) ? readCheckpoint(folder, key) : undefined;
  const segments: Segment[] = [...(before?.segments ?? [])];
  let [states, candidates] = [before?.from.snapshot.states ?? 0, before?.from.snapshot.candidates ?? 0];
  let last: Parameters<Checkpoints['level']> | undefined;
  let nextAt = 0;

  function save(): void {
    if (last === undefined) return;
    const started = performance.now();
    const [snapshot, visited, all] = last;
    const parts = [
      visited.arena.subarray(states * visited.width, snapshot.states * visited.width),
      visited.parents.subarray(states, snapshot.states),
      Int32Array.from(all.slice(candidates, snapshot.candidates)),
    ].map((row) => new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
    write(folder, segmentName(segments.length), parts);
    // Of nothing at all crc32 is 0, whatever came before.
    const crc = parts.reduce((sum, part) => (part.length === 0 ? sum : crc32(part, sum)), 0);
    segments.push({ states: snapshot.states - states, candidates: snapshot.candidates - candidates, crc });
    [states, candidates] = [snapshot.states, snapshot.candidates];
    const text = JSON.stringify({ format, key, width: visited.width, segments, snapshot });
    write(folder, manifestName, [Buffer.from(`${sumOf(text)}\n${text}\n`)]);
    last = undefined;
    nextAt = performance.now() + rest * (performance.now() - started);
  }

  return {
    from: before?.from,
    level(...level) {
      last = level;
      if (performance.now() >= nextAt) save();
    },
    save,
  };
}

const manifestName = 'manifest';

function segmentName(at: number): string {
  return `segment-${String(at).padStart(6, '0')}`;
}

function readCheckpoint(
  folder: string,
  key: string,
): { segments: Segment[]; from: { snapshot: Snapshot; states: StoredStates } } {
  const { snapshot, segments, width, ...head } = readManifest(folder);
  const file = join(folder, manifestName);
  if (head.key !== key)
    throw new BadCheckpoint(
      `${file} is of another search: another model, other bounds or options, or another mmucheck`,
    );
  const sum = (of: 'states' | 'candidates') => segments.reduce((all, each) => all + each[of], 0);
  if (sum('states') !== snapshot.states || sum('candidates') !== snapshot.candidates)
    throw new BadCheckpoint(`${file} does not fit its segments`);
  const words = new Int32Array(snapshot.states * width);
  const parents = new Int32Array(snapshot.states);
  const candidates = new Int32Array(snapshot.candidates);
  let [atState, atCandidate] = [0, 0];
  for (const [i, { states: more, candidates: also, crc }] of segments.entries()) {
    const path = join(folder, segmentName(i));
    const bytes = existsSync(path) ? readFileSync(path) : undefined;
    if (bytes === undefined) throw new BadCheckpoint(`${path} is missing`);
    if (bytes.length !== 4 * (more * (width + 1) + also)) throw new BadCheckpoint(`${path} is cut short or too long`);
    if (crc32(bytes) !== crc) throw new BadCheckpoint(`${path} has been changed: its checksum is wrong`);
    const ints = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    words.set(ints.subarray(0, more * width), atState * width);
    parents.set(ints.subarray(more * width, more * (width + 1)), atState);
    candidates.set(ints.subarray(more * (width + 1)), atCandidate);
    atState += more;
    atCandidate += also;
  }
  return { segments, from: { snapshot, states: { words, parents, candidates } } };
}

function readManifest(folder: string): z.infer<typeof manifest> {
  const file = join(folder, manifestName);
  const [sum, text = '', end] = readFileSync(file, 'utf8').split('\n');
  if (end !== '' || sum !== sumOf(text)) throw new BadCheckpoint(`${file} has been changed or cut short`);
  const { data } = manifest.safeParse(JSON.parse(text));
  if (data === undefined) throw new BadCheckpoint(`${file} was written by another version of mmucheck`);
  return data;
}

/** SHA-256. */
export function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What a file is called until it is written as a whole. */
export function partialName(name: string): string {
  return `${name}.partial`;
}

/** Writes a file as a whole or not at all, so that it is there after a crash when this returns. */
export function write(folder: string, name: string, parts: readonly Uint8Array[]): void {
  const partial = join(folder, partialName(name));
  const file = openSync(partial, 'w');
  try {
    for (const part of parts) for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, join(folder, name));
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
