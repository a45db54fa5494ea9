/** What became of variants with each bound raised by one. */
import type { ChangedVerdict, Growth } from '#explorer';
import { type Paint, plainly, type Tone } from './colour.ts';
import { replayCommand, replayLine } from './replay-line.ts';
import { paragraph, wrapped } from './wrap.ts';

/** How growth is drawn. */
export interface GrowthOptions {
  readonly width?: number;
  readonly paint?: Paint;
  /** The file of a model, when it is not one of ours. */
  readonly suiteFileOf?: (growth: Growth) => string | undefined;
}

const cells: Readonly<Record<Growth['verdict'], { text: string; tone: Tone }>> = {
  same: { text: 'same', tone: 'faint' },
  changed: { text: 'changed!', tone: 'bad' },
  'not finished': { text: '?', tone: 'open' },
  'cannot be raised': { text: 'x', tone: 'open' },
};

/** A table for each model, with a variant a line; what changed under it. No line is longer than the width, but replay lines. */
export function drawGrowth(growths: readonly Growth[], options: GrowthOptions = {}): string {
  const models = [...new Set(growths.map(({ model }) => model))];
  const tables = models.map((model) =>
    table(
      growths.filter((growth) => growth.model === model),
      options,
    ),
  );
  return [...tables.flat(), ...wrapped(counted(growths), options.width ?? 80)].join('\n');
}

function table(growths: readonly Growth[], { width = 80, paint = plainly, suiteFileOf }: GrowthOptions): string[] {
  const sets = [...new Set(growths.map(({ set }) => set))];
  const variants = [...new Set(growths.map(({ variant }) => variant))];
  const heads = sets.map((set) => `${set}+1`);
  const sizes = heads.map((head) => Math.max(head.length, cells.changed.text.length));
  const right = sizes.reduce((sum, size) => sum + size + 2, 0);
  const name = Math.max(12, Math.min(Math.max(...variants.map((variant) => variant.length)), width - 2 - right));
  const row = (variant: string): string[] => {
    const [first = '', ...more] = wrapped(variant, name);
    const marks = sets.map((set, i) => {
      const verdict = growths.find((growth) => growth.variant === variant && growth.set === set)?.verdict;
      const cell = verdict && cells[verdict];
      return (
        '  ' + ' '.repeat((sizes[i] as number) - (cell?.text.length ?? 0)) + (cell ? paint(cell.tone, cell.text) : '')
      );
    });
    return [`  ${first.padEnd(name)}${marks.join('')}`.trimEnd(), ...more.map((part) => `  ${part}`)];
  };
  const seen = (verdict: Growth['verdict'], text: string) =>
    growths.some((each) => each.verdict === verdict) ? [text] : [];
  const legend = [
    ...seen('not finished', '? not finished, and nothing changed so far'),
    ...seen('cannot be raised', 'x cannot be raised'),
  ];
  return [
    ...wrapped(`${growths[0]?.model} with each bound raised by one, by itself`, width).map((line) =>
      paint('strong', line),
    ),
    '',
    `${' '.repeat(2 + name)}${heads.map((head, i) => `  ${head.padStart(sizes[i] as number)}`).join('')}`,
    ...variants.flatMap(row),
    '',
    ...(legend.length > 0 ? [...wrapped(legend.join(';  '), width), ''] : []),
    ...growths.flatMap((growth) => details(growth, width, suiteFileOf?.(growth))),
  ];
}

/** What changed, with the line that replays what is violated now. */
function details(
  { variant, set, size, verdict, changes, message }: Growth,
  width: number,
  suiteFile: string | undefined,
): string[] {
  if (verdict === 'cannot be raised')
    return [...paragraph('  ', `${variant} at ${set}=${size}: ${message}`, width), ''];
  return changes.flatMap((change) => [
    ...paragraph('  ', `${variant} at ${set}=${size}: ${changeText(change)}`, width),
    ...(change.trace ? [replayCommand(change.trace, suiteFile)] : []),
    '',
  ]);
}

function changeText({ name, before, after, trace }: ChangedVerdict): string {
  const steps = trace ? ` in ${trace.length} ${trace.length === 1 ? 'step' : 'steps'}` : '';
  const now = after === 'holds' ? 'holds' : `is ${after}${steps}`;
  return `${name} ${now}, and ${before === 'holds' ? 'held' : `was ${before}`} before`;
}

function counted(growths: readonly Growth[]): string {
  const count = (wanted: Growth['verdict']) => growths.filter(({ verdict }) => verdict === wanted).length;
  const said = (['same', 'changed', 'not finished', 'cannot be raised'] as const).filter((each) => count(each) > 0);
  return `mmucheck: ${growths.length} bounds raised by one: ${said.map((each) => `${count(each)} ${each}`).join(', ')}`;
}

/** Growth as the JSON document has it. */
export function jsonGrowth({ model, variant, set, size, verdict, changes, states, message }: Growth) {
  return {
    model,
    variant,
    set,
    size,
    verdict,
    states,
    ...(message === undefined ? {} : { message }),
    changes: changes.map(({ name, before, after, trace }) => ({
      name,
      before,
      after,
      ...(trace && { length: trace.length, replay: replayLine(trace) }),
    })),
  };
}
