/** A result as it is reported: with where its model comes from, and what a suite file asks of it beside its verdict. */
import type { VariantResult } from '#explorer';

/** A result to report. */
export interface Reported extends VariantResult {
  /** The file that the model was loaded from; undefined when it is one of ours. */
  readonly file?: string | undefined;
  /** The distinct states that a search has to find at least. */
  readonly floor?: number | undefined;
}

/** A line of a source file, from 1. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** Where the variant of a result is written, or one of its steps; undefined where nobody knows. */
export type SourceOf = (result: Pick<Reported, 'file' | 'model' | 'variant'>, step?: string) => SourceLine | undefined;

/** Whether a search that looked at everything found fewer states than it has to. */
export function missesFloor({ states, floor = 0, stopped }: Reported): boolean {
  return stopped === undefined && states < floor;
}
