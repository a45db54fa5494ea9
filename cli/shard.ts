/** A part of a run: every n-th variant of it, so that neighbours, which cost alike, are spread over the parts. */
import { createHash } from 'node:crypto';
import { orderIn } from '#notation';
import { usage } from './failure.ts';
import type { Planned } from './searches.ts';

/** `2/3`: the second of three parts. */
export interface Part {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** Reads the value of `--shard`. @throws Failure when it is no part. */
export function part(text: string): Part {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || index > of)
    throw usage(`--shard takes which part of how many, from 1/n to n/n, and got "${text}"`);
  return { index, of };
}

/** The places, from 0, that a part has of a whole of some size. */
export function placesOf({ index, of }: Part, size: number): number[] {
  return Array.from({ length: size }, (_, place) => place).filter((place) => place % of === index - 1);
}

/** What a whole run is asked for, in a few letters that are the same for all of its parts. */
export function fingerprint(jobs: readonly Planned[]): string {
  const asked = jobs.map(({ job, suite, floor }) => [job, suite.violated[orderIn(job.variant).base], floor]);
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 16);
}
