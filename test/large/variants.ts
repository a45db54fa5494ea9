/** Variants at larger bounds than their default ones, and what comes out: what is in `suite.json`. */
import { readFileSync } from 'node:fs';

/** One variant, as the suite file of a CI has it. A bound that is not named has its default. */
export interface Large {
  readonly variant: string;
  readonly bounds: Readonly<Record<string, number>>;
  readonly verdict: 'holds' | 'violated';
  readonly violated?: readonly string[];
  /** Exactly so many. */
  readonly states: number;
}

const file = new URL('suite.json', import.meta.url);

export const largeVariants = (JSON.parse(readFileSync(file, 'utf8')) as { variants: readonly Large[] }).variants;
