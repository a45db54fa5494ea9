/** What was found out about a model, as Markdown: verdicts and counts, claims, a race of each wrong variant, measures. Nothing in it depends on when or where. */
import type { ClaimResult, VariantResult } from '#explorer';
import { drawMatrix } from './matrix.ts';
import { drawViolation } from './race.ts';
import { drawSweep, type SweepTable } from './sweep.ts';

/** Columns that a line of drawn text may have. */
const width = 100;

/** What a document says of one model. */
export interface Findings {
  readonly name: string;
  readonly about: string;
  /** The results of all its variants. */
  readonly results: readonly VariantResult[];
  readonly tables: readonly SweepTable[];
  /** What is to be said of variants that violate something, beside a right one. */
  readonly compared?: ReadonlyMap<string, string>;
  /** Where results come from that are not of one of our own models. */
  readonly suiteFile?: string | undefined;
}

/** The section of one model. Figures are linked by `figureName`. */
export function findingsText({ name, about, results, tables, compared, suiteFile }: Findings): string {
  return [
    `## ${name}`,
    `${about[0]?.toUpperCase() ?? ''}${about.slice(1)}${about.endsWith('.') ? '' : '.'}`,
    '### Verdicts and counts',
    text(drawMatrix(results, { width })),
    '### Claims',
    claims(results).join('\n'),
    ...races(results, compared, suiteFile),
    ...(tables.length > 0 ? ['### Measures'] : []),
    ...tables.flatMap((table) => [text(drawSweep(table, { width })), `![${table.what}](${figureName(table)})`]),
  ].join('\n\n');
}

/** The file that a measure's figure is in, beside the document. */
export function figureName({ model, measure }: Pick<SweepTable, 'model' | 'measure'>): string {
  return `${model.replaceAll('/', '-')}-${measure}.svg`;
}

function claims([first]: readonly VariantResult[]): string[] {
  return (first?.claims ?? []).flatMap(({ name, kind, sentence }) => {
    if (kind === 'reserved') return [];
    return [
      `- \`${name}\`${kind === 'reachable' ? ' (reachable)' : ''}${sentence === undefined ? '' : `: ${sentence}`}`,
    ];
  });
}

/** Variants that violate the same claims, and all by the race that is shown of the first. */
interface Wrong {
  readonly variants: string[];
  readonly violated: readonly ClaimResult[];
  readonly result: VariantResult;
}

/** For each variant in which something is violated, the shortest race of the claim that is declared first. */
function races(
  results: readonly VariantResult[],
  compared: ReadonlyMap<string, string> | undefined,
  suiteFile: string | undefined,
): string[] {
  const wrong = new Map<string, Wrong>();
  for (const result of results) {
    const violated = result.claims.filter(({ outcome }) => outcome === 'violated');
    const [shown] = violated;
    if (shown === undefined) continue;
    const steps = shown.trace?.steps.map(({ thread, step, args }) => `${thread}.${step}(${args.join()})`) ?? [];
    const key = [...violated.map(({ name }) => name), shown.trace?.initial, shown.message, ...steps].join(' ');
    const known = wrong.get(key);
    if (known) known.variants.push(result.variant);
    else wrong.set(key, { variants: [result.variant], violated, result });
  }
  if (wrong.size === 0) return [];
  const drawn = [...wrong.values()].map((each) => race(each, compared, suiteFile));
  return ['### A shortest race of each variant that violates something', ...drawn];
}

function race(
  { variants, violated, result }: Wrong,
  compared: ReadonlyMap<string, string> | undefined,
  suiteFile: string | undefined,
): string {
  const [shown] = violated as readonly [ClaimResult];
  const names = violated.map(({ name }) => `\`${name}\``).join(', ');
  const who = variants.map((variant) => `**${variant}**`).join(', ');
  const comparisons = variants.flatMap((variant) => {
    const said = compared?.get(variant);
    if (said === undefined) return [];
    return [variants.length === 1 ? said : `- **${variant}**: ${said}`];
  });
  return [
    `${who} ${variants.length === 1 ? 'violates' : 'violate'} ${names}.`,
    ...(comparisons.length > 0 ? [comparisons.join('\n')] : []),
    text(drawViolation(result, shown, { width, suiteFile })),
  ].join('\n\n');
}

function text(drawn: string): string {
  return `\`\`\`text\n${drawn}\n\`\`\``;
}
