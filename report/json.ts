/** The document that `--json` writes. Its form is part of the API: docs/json.md describes every field. */
import type { ClaimResult, Growth, Trace, VariantResult } from '#explorer';
import { jsonGrowth } from './growth.ts';

/** What the document says beside the results. */
export interface DocumentHead {
  readonly version: string;
  readonly startedAt: Date;
  /** Whether the exit code is 0. */
  readonly ok: boolean;
  /** What became of bounds that were raised. */
  readonly grown?: readonly Growth[] | undefined;
}

/** The document, as text that ends with a newline. */
export function jsonDocument(
  results: readonly VariantResult[],
  { version, startedAt, ok, grown }: DocumentHead,
): string {
  const document = {
    tool: 'mmucheck',
    version,
    startedAt: startedAt.toISOString(),
    results: results.map(resultOf),
    ...(grown && { grown: grown.map(jsonGrowth) }),
    ok,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function resultOf(result: VariantResult) {
  const { model, variant, bounds, memory, symmetry, workers, store, states, transitions, depth, seconds } = result;
  const { outcome, asExpected, stopped, claims, coverage } = result;
  return {
    model,
    variant,
    bounds,
    memory,
    symmetry,
    workers,
    store,
    states,
    transitions,
    depth,
    seconds,
    outcome,
    asExpected,
    ...(stopped === undefined ? {} : { stopped }),
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
export function jsonTrace({ model, variant, bounds, initial, length, switches, loopFrom, steps }: Trace) {
  return {
    model,
    variant,
    bounds,
    ...(initial === undefined ? {} : { initial }),
    length,
    switches,
    ...(loopFrom === undefined ? {} : { loopFrom }),
    steps: steps.map(({ thread, step, args, changed }) => ({
      thread,
      step,
      args,
      changed: changed.map(({ path, value }) => ({ path, value })),
    })),
  };
}
