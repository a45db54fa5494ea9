/** Every variant of a model against every claim. */
import type { ClaimResult, Outcome, Trace, VariantResult } from '#explorer';
import { type Paint, plainly, type Tone } from './colour.ts';
import { standingOf } from './standing.ts';
import { paragraph, wrapped } from './wrap.ts';

/** How a matrix is drawn. */
export interface MatrixOptions {
  /** Columns a line may have, at least 60; 80 when nothing is said. */
  readonly width?: number;
  readonly paint?: Paint;
}

/** One word of a row, not painted yet. */
interface Word {
  readonly text: string;
  readonly tone?: Tone;
}

/**
 * The matrix of one model: a row for each result, a column for each claim, which its heading names by a line down to it. Reserved
 * words have a column only where one is violated or expected to be; what else there is to say of a variant stands under the table.
 */
export function drawMatrix(
  results: readonly VariantResult[],
  { width = 80, paint = plainly }: MatrixOptions = {},
): string {
  const [first] = results;
  if (first === undefined) return '';
  const names = shownClaims(results);
  return [
    ...wrapped(`${first.model} at ${boundsText(common(results))}${upTo(results)}`, width).map((line) =>
      paint('strong', line),
    ),
    '',
    ...table(results, names, ['states', 'transitions', 'depth'], width, paint),
    '',
    ...legend(
      results.flatMap((result) => names.map((name) => cellOf(result, name))),
      width,
    ),
    ...notes(results, width),
  ].join('\n');
}

/** Whether states that differ only in numbering were counted as one. */
function upTo(results: readonly VariantResult[]): string {
  const uses = new Set(results.map(({ symmetry }) => symmetry));
  if (uses.has('heuristic')) return ', up to symmetry (some states counted more than once)';
  return uses.has('exact') ? ', up to symmetry' : '';
}

/** Rows of words under their headings; in two tables, one below the other, when they are too wide for one. */
function table(
  results: readonly VariantResult[],
  names: readonly string[],
  counts: readonly Count[],
  width: number,
  paint: Paint,
): string[] {
  const rows = results.map((result) => [
    ...names.map((name) => cellOf(result, name)),
    ...counts.map((count) => ({ text: String(result[count]) })),
  ]);
  const heads = [...names.map(() => ''), ...counts];
  const sizes = heads.map((head, i) =>
    Math.max(head.length, 2, ...rows.map((words) => (words[i] as Word).text.length)),
  );
  const right = sum(sizes) + sizes.length;
  if (2 + narrowestName + right > width && names.length > 1) {
    const half = Math.ceil(names.length / 2);
    return [
      ...table(results, names.slice(0, half), [], width, paint),
      '',
      ...table(results, names.slice(half), counts, width, paint),
    ];
  }
  const longest = Math.max(...results.map(({ variant }) => variant.length));
  const name = Math.max(narrowestName, Math.min(longest, width - 2 - right));
  // What is left over widens the gaps.
  const slack = Math.max(0, Math.min(heads.length, width - 2 - name - right));
  const gaps = heads.map((_, i) => (i < slack ? 2 : 1));
  const ends = heads.map((_, i) => 2 + name + sum(gaps.slice(0, i + 1)) + sum(sizes.slice(0, i + 1)));
  return [
    ...headings(names, ends, heads, width),
    ...results.flatMap((result, i) => variantRow(result, rows[i] as Word[], name, gaps, sizes, paint)),
  ];
}

type Count = 'states' | 'transitions' | 'depth';

/** What a variant's name has at least before the claims are told in two tables. */
const narrowestName = 12;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** What is claimed, always; a reserved word where it matters. */
function shownClaims(results: readonly VariantResult[]): string[] {
  const names = new Set<string>();
  for (const { claims } of results) {
    for (const { name, kind, outcome, expected } of claims) {
      if (claimed.includes(kind) || (kind === 'reserved' && (outcome === 'violated' || expected === 'violated')))
        names.add(name);
    }
  }
  return [...names];
}

const claimed: readonly ClaimResult['kind'][] = ['invariant', 'leadsTo', 'eventually'];

const marks: Readonly<Record<Exclude<Outcome, 'violated'>, string>> = { holds: '-', incomplete: '?', vacuous: 'vac' };

function cellOf({ claims }: VariantResult, name: string): Word {
  const claim = claims.find((each) => each.name === name) as ClaimResult;
  const { outcome, expected, trace } = claim;
  const text = outcome === 'violated' ? lengthOf(trace) : marks[outcome];
  if (outcome === 'incomplete') return { text, tone: 'open' };
  if (outcome !== expected) return { text: `${text}!`, tone: 'bad' };
  return { text, tone: outcome === 'violated' ? 'strong' : 'faint' };
}

/** How long a trace is; of one without end, its beginning and what it repeats. */
export function lengthOf(trace: Trace | undefined): string {
  if (trace === undefined) return 'x';
  const { length, loopFrom } = trace;
  return loopFrom === undefined ? String(length) : `${loopFrom}+${length - loopFrom}`;
}

/** The names of the claims, one below the other, each with a line down to the end of its column. */
function headings(
  names: readonly string[],
  ends: readonly number[],
  heads: readonly string[],
  width: number,
): string[] {
  const bars = (upTo: number) =>
    names.slice(0, upTo).reduce((text, _, i) => `${text.padEnd((ends[i] as number) - 1)}|`, '');
  const named = names.flatMap((name, i) => {
    const at = (ends[i] as number) - 1;
    return wrapped(name, width - at).map((part) => `${bars(i).padEnd(at)}${part}`);
  });
  const last = heads.reduce(
    (text, head, i) => (head === '' ? text : text.padEnd((ends[i] as number) - head.length) + head),
    bars(names.length),
  );
  return [...named, last];
}

const standingMarks = {
  'as expected': { mark: ' ', tone: undefined },
  'not as expected': { mark: '!', tone: 'bad' },
  'not decided': { mark: '?', tone: 'open' },
} as const;

function variantRow(
  result: VariantResult,
  words: readonly Word[],
  name: number,
  gaps: readonly number[],
  sizes: readonly number[],
  paint: Paint,
): string[] {
  const [first = '', ...more] = wrapped(result.variant, name);
  const { mark, tone } = standingMarks[standingOf(result)];
  const cells = words.map((word, i) => {
    const padding = ' '.repeat((gaps[i] as number) + (sizes[i] as number) - word.text.length);
    return padding + (word.tone ? paint(word.tone, word.text) : word.text);
  });
  const head = `${mark} ${first.padEnd(name)}`;
  return [(tone ? paint(tone, head) : head) + cells.join(''), ...more.map((part) => `  ${part}`)];
}

function legend(words: readonly Word[], width: number): string[] {
  const has = (test: (text: string) => boolean) => words.some(({ text, tone }) => tone !== undefined && test(text));
  const said = [
    has((text) => text.startsWith('-')) ? '- holds' : '',
    has((text) => /^\d+!?$/.test(text)) ? 'n violated, by a shortest race of n steps' : '',
    has((text) => text.includes('+'))
      ? 'n+m violated for ever, by n steps and m that repeat (+0: nothing need follow)'
      : '',
    has((text) => text.startsWith('x')) ? 'x violated, and no race can be drawn' : '',
    has((text) => text.startsWith('?')) ? '? not decided' : '',
    has((text) => text.startsWith('vac')) ? 'vac never put to the test' : '',
    has((text) => text.endsWith('!')) ? '! not as the suite expects' : '',
  ];
  return wrapped(said.filter((each) => each !== '').join(';  '), width);
}

/** What the table has no column for. */
function notes(results: readonly VariantResult[], width: number): string[] {
  const standard = common(results);
  return results.flatMap((result) => {
    const { variant, bounds, claims, neverFired } = result;
    const own = Object.entries(bounds).filter(([set, size]) => standard[set] !== size);
    const vacuous = claims.filter(({ outcome }) => outcome === 'vacuous');
    const said = [
      ...(own.length > 0 ? [`at ${boundsText(Object.fromEntries(own))}`] : []),
      ...vacuous.map(({ name, kind, sentence }) =>
        kind === 'reachable'
          ? `never reached: ${name}${sentence ? ` (${sentence})` : ''}`
          : `vacuous: the antecedent of ${name} was never true`,
      ),
      ...(neverFired.length > 0
        ? [`never fired: ${neverFired.map(({ row, step }) => `${row}.${step}`).join(', ')}`]
        : []),
    ];
    return said.flatMap((text) => paragraph('  ', `${variant}: ${text}`, width));
  });
}

/** The bounds most results have. */
function common(results: readonly VariantResult[]): Readonly<Record<string, number>> {
  const texts = results.map(({ bounds }) => boundsText(bounds));
  const often = (text: string) => texts.filter((each) => each === text).length;
  const best = texts.reduce((a, b) => (often(b) > often(a) ? b : a));
  return results[texts.indexOf(best)]?.bounds ?? {};
}

function boundsText(bounds: Readonly<Record<string, number>>): string {
  return Object.entries(bounds)
    .map(([set, size]) => `${set}=${size}`)
    .join(', ');
}
