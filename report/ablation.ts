/** The lists of a variant, with what becomes of it without each line, and with each two neighbours the other way round. */
import type { Finding, VariantResult } from '#explorer';
import type { ThreadOutline } from '#notation';
import { type Paint, plainly } from './colour.ts';
import { findingText, jsonFinding, toneOf, traceOf } from './finding.ts';
import { replayCommand } from './replay-line.ts';
import { joined, wrapped } from './wrap.ts';

/** A variant whose lines have been tried. */
export interface Ablation {
  readonly original: VariantResult;
  readonly threads: readonly ThreadOutline[];
  /** By the name of the derived variant. */
  readonly findings: ReadonlyMap<string, Finding>;
}

/** How it is drawn. */
export interface AblationOptions {
  readonly width?: number;
  readonly paint?: Paint;
  /** Whether the line that replays what shows a finding stands under it. */
  readonly replay?: boolean;
  readonly suiteFile?: string | undefined;
}

/** The annotated listing. No line is longer than the width, except those that replay something. */
export function drawAblation({ original, threads, findings }: Ablation, options: AblationOptions = {}): string {
  const { width = 80, paint = plainly, replay = false, suiteFile } = options;
  const { model, variant, bounds, states } = original;
  const labels = threads.flatMap(({ rows }) => rows.map(labelOf));
  const right = Math.min(Math.max(...labels.map((label) => label.length)) + 4, Math.floor(width * 0.45));
  const lines = (row: ThreadOutline['rows'][number]): string[] => {
    const finding = findings.get(row.derived ?? '');
    const left = wrapped(labelOf(row).trimStart(), right - 4 - indentOf(row));
    const notes = finding ? wrapped(findingText(finding), width - right) : [];
    const tone = finding && toneOf(finding);
    const trace = replay && finding ? traceOf(finding) : undefined;
    return [
      ...Array.from({ length: Math.max(left.length, notes.length) }, (_, i) => {
        const label = left[i] === undefined ? '' : ' '.repeat(2 + indentOf(row)) + left[i];
        const note = notes[i] ?? '';
        return note === '' ? label : label.padEnd(right) + (tone ? paint(tone, note) : note);
      }),
      ...(trace ? [replayCommand(trace, suiteFile)] : []),
    ];
  };
  return [
    ...wrapped(`${model}/${variant}: ${whatIsTried(threads)}`, width).map((line) => paint('strong', line)),
    ...joined([...Object.entries(bounds).map(([set, size]) => `${set}=${size}`), `${states} states as it is`], width),
    ...threads.flatMap(({ thread, rows }) => ['', paint('strong', thread), ...rows.flatMap(lines)]),
  ].join('\n');
}

function whatIsTried(threads: readonly ThreadOutline[]): string {
  const weakens = threads.some(({ rows }) => rows.some(({ edit }) => edit?.kind === 'weakened'));
  const words = weakens ? ' with each barrier and atomic weakened,' : '';
  return `without each line,${words} and with each two neighbours swapped`;
}

/** An ablation as the JSON document has it. */
export function jsonAblation({ original, threads, findings }: Ablation) {
  const { model, variant, bounds, states, asExpected } = original;
  return {
    model,
    variant,
    bounds,
    states,
    asExpected,
    threads: threads.map(({ thread, rows }) => ({
      thread,
      rows: rows.map(({ depth, text, edit, derived }) => {
        const finding = findings.get(derived ?? '');
        return {
          depth,
          ...(text === '' ? {} : { text }),
          ...(edit && finding && { edit: edit.kind, of: edit.of, variant: derived, finding: jsonFinding(finding) }),
        };
      }),
    })),
  };
}

type OutlineRow = ThreadOutline['rows'][number];

/** What becomes of a line that is weakened stands under it; what becomes of two neighbours, between them. */
function labelOf(row: OutlineRow): string {
  return ' '.repeat(indentOf(row)) + (row.text === '' ? row.edit?.kind : row.text);
}

function indentOf({ depth, text }: OutlineRow): number {
  return 2 * depth + (text === '' ? 2 : 0);
}
