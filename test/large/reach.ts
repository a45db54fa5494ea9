/**
 * How many states each right variant has, and what it comes to at the next larger bounds where these are few: `npm run reach` writes
 * `reach.json`. `npm run reach -- model…` does so for these models only.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { checkVariant, search, type VariantResult } from '#explorer';
import { instantiate } from '#notation';
import { jsonText } from '../../cli/json-text.ts';
import { type Right, rightVariants } from './right.ts';

/** What a variant comes to at bounds of which some are larger by one. */
export interface Raised {
  readonly bounds: Readonly<Record<string, number>>;
  readonly states: number;
  /** Whether it is what its suite expects; absent when the limit on states came first. */
  readonly asExpected?: boolean;
}

/** One right variant. */
export interface Reach {
  readonly variant: string;
  /** At its default bounds. */
  readonly states: number;
  /** Of these, so many differ in something that is not a ghost. */
  readonly withoutGhosts: number;
  /** Each bound raised by one, and then all at once; where states are few. */
  readonly raised?: readonly Raised[];
}

/** Fewer states than this are few, and the next larger bounds are searched too. */
export const few = 10_000;

/** Bounds that are no sizes, with the reason: to raise them makes another protocol of it. */
export const noSizes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  litmus: {
    cpu: 'a litmus test has one CPU for each of its programs: with two it is another test, with other outcomes',
  },
};

/** States that a search with raised bounds may have. */
const mostStates = 4_000_000;

const file = new URL('reach.json', import.meta.url);

/** What was found out last. */
export function knownReach(): readonly Reach[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Reach[];
}

/** The states of a variant at its default bounds, and how many are left when those that differ in ghosts only count as one. */
export function statesOf({ suite, variant }: Right): { states: number; withoutGhosts: number } {
  const { machine, visited, states } = search(instantiate(suite.model, variant));
  const { lanes, words } = machine.layout;
  const kept = new Int32Array(words).fill(-1);
  const ghosts = lanes.filter(({ leaf }) => /(^|\.)ghost\./.test(leaf.path));
  for (const { word, shift, bits } of ghosts) kept[word] = (kept[word] as number) & ~(maskOf(bits) << shift);
  if (ghosts.length === 0) return { states, withoutGhosts: states };
  const seen = new Set<string>();
  for (let at = 0; at < states; at++) {
    const packed = visited.arena.subarray(at * words, (at + 1) * words);
    seen.add(packed.map((word, i) => word & (kept[i] as number)).join());
  }
  return { states, withoutGhosts: seen.size };
}

function maskOf(bits: number): number {
  return bits === 32 ? -1 : 2 ** bits - 1;
}

/** The bounds of a variant, each raised by one, and all of them. */
export function raisedBoundsOf({ suite, variant }: Right): Readonly<Record<string, number>>[] {
  const fixed = noSizes[suite.model.name] ?? {};
  const sizes = Object.entries(instantiate(suite.model, variant).bounds).filter(([set]) => !(set in fixed));
  const each = sizes.map(([set, size]) => ({ [set]: size + 1 }));
  return each.length > 1 ? [...each, Object.assign({}, ...each)] : each;
}

/** What a variant comes to at some bounds. */
export function raisedTo({ suite, variant }: Right, bounds: Readonly<Record<string, number>>): Raised {
  const result = checkVariant(suite, variant, { bounds, limits: { states: mostStates, memory: 8 * 2 ** 30 } });
  return { bounds, ...outcomeOf(result) };
}

function outcomeOf({ stopped, states, asExpected }: VariantResult): Omit<Raised, 'bounds'> {
  return stopped ? { states: mostStates } : { states, asExpected };
}

function reachOf(right: Right): Reach {
  const { states, withoutGhosts } = statesOf(right);
  const counts = { variant: right.name, states, withoutGhosts };
  if (withoutGhosts >= few) return counts;
  return { ...counts, raised: raisedBoundsOf(right).map((bounds) => raisedTo(right, bounds)) };
}

if (process.argv[1] === import.meta.filename) {
  const models = process.argv.slice(2);
  const known = models.length === 0 ? [] : knownReach();
  const reaches = rightVariants.map((right) => {
    const before = known.find(({ variant }) => variant === right.name);
    if (before !== undefined && !models.includes(right.suite.model.name)) return before;
    const reach = reachOf(right);
    console.log(JSON.stringify(reach));
    return reach;
  });
  writeFileSync(file, jsonText(reaches));
}
