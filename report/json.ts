/** The document that `--json` writes. Its form is part of the API: docs/json.md describes every field. */
import type { ClaimResult, Growth, Trace } from '#explorer';
import { jsonGrowth } from './growth.ts';
import { missesFloor, type Reported } from './reported.ts';

/** What the document says beside the results. */
export interface DocumentHead {
  readonly version: string;
  readonly startedAt: Date;
  /** Whether the exit code is 0. */
  readonly ok: boolean;
  /** What became of bounds that were raised. */
  readonly grown?: readonly Growth[] | undefined;
  /** How many variants were asked for, where that may be more than there are results. */
  readonly asked?: number;
  /** Which part of a run this is, where it is not the whole. */
  readonly shard?: Shard | undefined;
}

/** A part of a run. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
  /** What the whole run was asked for, as a fingerprint: parts of different runs do not belong together. */
  readonly run: string;
  /** The place of each result in the whole run, from 0. */
  readonly places: readonly number[];
}

/** The document, as text that ends with a newline. */
export function jsonDocument(results: readonly Reported[], head: DocumentHead): string {
  const { version, startedAt, ok, asked = results.length, shard, grown } = head;
  const document = {
    tool: 'mmucheck',
    version,
    startedAt: startedAt.toISOString(),
    asked,
    ...(shard === undefined ? {} : { shard }),
    results: results.map(resultOf),
    ...(grown && { grown: grown.map(jsonGrowth) }),
    ok,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function resultOf(result: Reported) {
  const { model, variant, file, bounds, memory, symmetry, workers, store } = result;
  const { states, floor, transitions, depth, seconds, bytesPerState } = result;
  const { bits, missed, fpSeed, outcome, asExpected, stopped, levels, claims, coverage } = result;
  return {
    model,
    variant,
    ...(file === undefined ? {} : { file }),
    bounds,
    memory,
    symmetry,
    workers,
    store,
    ...(bits === undefined ? {} : { bits, missed, fpSeed }),
    states,
    ...(floor === undefined ? {} : { floor }),
    transitions,
    depth,
    seconds,
    bytesPerState,
    outcome,
    asExpected: asExpected && !missesFloor(result),
    ...(stopped === undefined ? {} : { stopped }),
    ...(levels === undefined ? {} : { levels }),
    claims: claims.map(claimOf),
    coverage: coverage.map(({ row, step, fired }) => ({ row, step, fired })),
  };
}

function claimOf({ name, kind, sentence, outcome, expected, message, why = [], trace }: ClaimResult) {
  return {
    name,
    kind,
    ...(sentence === undefined ? {} : { sentence }),
    outcome,
    expected,
    ...(message === undefined ? {} : { message }),
    ...(why.length === 0 ? {} : { why }),
    ...(trace === undefined ? {} : { trace: jsonTrace(trace) }),
  };
}

/** A trace as the document has it, and as `replay` reads it. */
export function jsonTrace({ model, variant, bounds, initial, length, switches, fewest, loopFrom, steps }: Trace) {
  return {
    model,
    variant,
    bounds,
    ...(initial === undefined ? {} : { initial }),
    length,
    switches,
    ...(fewest === undefined ? {} : { fewest }),
    ...(loopFrom === undefined ? {} : { loopFrom }),
    steps: steps.map(({ thread, step, args, changed }) => ({
      thread,
      step,
      args,
      changed: changed.map(({ path, value }) => ({ path, value })),
    })),
  };
}
