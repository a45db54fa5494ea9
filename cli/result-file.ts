/** The documents that `--json` writes, read back: results as they were, their traces executed again. */
import { z } from 'zod';
import { type ClaimResult, executed, neverFiredOf, type Stopped, stores } from '#explorer';
import { type Instance, instantiate, memoryOrders, type Suite } from '#notation';
import { exitCodes, type Reported } from '#report';
import { Failure } from './failure.ts';
import { readJson } from './input-file.ts';
import { type KnownSuite, variantNamed } from './suites.ts';

const count = z.int().min(0);
const outcome = z.enum(['holds', 'violated', 'incomplete', 'vacuous']);
const step = z.object({ thread: z.string(), step: z.string(), args: z.array(count) });
const claim = z.object({
  name: z.string(),
  kind: z.enum(['invariant', 'reachable', 'leadsTo', 'eventually', 'reserved']),
  sentence: z.string().optional(),
  outcome,
  expected: z.enum(['holds', 'violated']),
  message: z.string().optional(),
  why: z.array(z.string()).default([]),
  trace: z
    .object({
      initial: z.string().optional(),
      fewest: z.boolean().optional(),
      loopFrom: count.optional(),
      steps: z.array(step),
    })
    .optional(),
});
const result = z.object({
  model: z.string(),
  variant: z.string(),
  file: z.string().optional(),
  bounds: z.record(z.string(), count),
  memory: z.enum(memoryOrders),
  symmetry: z.enum(['off', 'exact', 'heuristic']),
  workers: z.number(),
  store: z.enum(stores),
  bits: count.optional(),
  missed: z.number().optional(),
  fpSeed: count.optional(),
  states: count,
  floor: count.optional(),
  transitions: count,
  depth: count,
  seconds: z.number(),
  bytesPerState: z.number(),
  outcome,
  asExpected: z.boolean(),
  stopped: z
    .enum(['states', 'depth', 'switches', 'seconds', 'memory', 'fingerprint', 'bitstate'] satisfies Stopped[])
    .optional(),
  levels: z.array(count).optional(),
  claims: z.array(claim),
  coverage: z.array(z.object({ row: z.string(), step: z.string(), fired: count })),
});
const document = z.object({
  tool: z.literal('mmucheck'),
  version: z.string(),
  startedAt: z.iso.datetime(),
  asked: count,
  shard: z.object({ index: count, of: count, run: z.string(), places: z.array(count) }).optional(),
  results: z.array(result),
});

/** A document as it was read; its traces are names. */
export type ResultFile = z.infer<typeof document> & { readonly name: string };

type ReadResult = ResultFile['results'][number];

/** @throws Failure (151) naming the file and the field that is not as it should be. */
export function readResultFile(name: string): ResultFile {
  let json: unknown;
  try {
    json = readJson(name);
  } catch (error) {
    throw bad(name, `is no document of check --json: ${(error as Error).message}`);
  }
  const { data, error } = document.safeParse(json);
  const [issue] = error?.issues ?? [];
  if (issue) throw bad(name, `is no document of check --json: ${[...issue.path, issue.message].join(': ')}`);
  return { ...(data as z.infer<typeof document>), name };
}

/**
 * A result as it was before it was written: each trace is executed again, so that none is shown that the models do not have.
 * @throws Failure (151) when the models have changed since.
 */
export function restored(read: ReadResult, known: readonly KnownSuite[], from: string): Reported {
  const { model, variant, bounds, file, floor, stopped } = read;
  try {
    const { suite } = variantNamed(
      `${model}/${variant}`,
      known.filter((each) => each.file === file),
    );
    const instance = instantiate(suite.model, variant, bounds);
    const claims = read.claims.map((each) => claimOf(each, instance, suite));
    return { ...read, file, floor, stopped, claims, neverFired: neverFiredOf({ ...read, stopped, claims }) };
  } catch (error) {
    throw bad(from, `does not fit the models that are there: ${(error as Error).message}; check again`);
  }
}

function claimOf(read: ReadResult['claims'][number], instance: Instance, suite: Suite): ClaimResult {
  const { name, sentence, message, trace } = read;
  return {
    ...read,
    sentence,
    message,
    trace: trace && {
      ...executed(instance, trace.initial, trace.steps, suite.invariants[name], trace.loopFrom),
      fewest: trace.fewest,
    },
  };
}

/** The end of a run because of a document. */
export function bad(name: string, what: string): Failure {
  return new Failure(exitCodes.badFile, `${name} ${what}`);
}
