/** Two variants beside each other: in which lines their lists differ, and where one schedule goes differently in them. */
import { type CarriedOver, hardware, type NamedStep, type Trace } from '#explorer';
import type { ThreadOutline } from '#notation';
import { aligned } from './alignment.ts';
import { plainly } from './colour.ts';
import { type DrawOptions, drawSteps } from './race.ts';
import { callOf } from './replay-line.ts';
import { paragraph, wrapped } from './wrap.ts';

/** Lines of both lists that are shown before and after one that differs; a gap has at least two. */
const around = 3;

/** The lists of each thread whose lines differ: ` ` before a line of both, `-` of the first only, `+` of the second only. */
export function drawLists(
  first: readonly ThreadOutline[],
  second: readonly ThreadOutline[],
  { paint = plainly }: DrawOptions = {},
): string[] {
  return first.flatMap(({ thread, rows }) => {
    const other = second.find((each) => each.thread === thread)?.rows ?? [];
    const lines = differing(rows.flatMap(textOf), other.flatMap(textOf));
    if (lines.every((line) => line.startsWith(' '))) return [];
    return [
      '',
      paint('strong', thread),
      ...near(lines).map((line) => (line.startsWith(' ') ? line : paint(line.startsWith('-') ? 'bad' : 'good', line))),
    ];
  });
}

/** The race of the first variant, in the second: what happens, and from where on it is not the same. */
export function drawCarriedOver(race: Trace, carried: CarriedOver, options: DrawOptions = {}): string {
  const { width = 80, paint = plainly } = options;
  const { trace } = carried;
  return [
    ...wrapped(`${trace.model}/${trace.variant}: the same schedule`, width).map((line) => paint('strong', line)),
    '',
    drawSteps(trace, options),
    '',
    ...differencesOf(race, carried).flatMap((text) => paragraph('', text, width)),
  ].join('\n');
}

/** Where the schedule is not the same, as sentences. */
function differencesOf(race: Trace, { trace, instead }: CarriedOver): string[] {
  const { variant } = trace;
  const at = race.steps.findIndex((step, i) => !same(step, instead[i]));
  const inside = firstInside(race, trace, at < 0 ? race.length : at);
  const passed = race.steps.flatMap((_, i) => (instead[i] === undefined ? [i + 1] : []));
  const told: string[] = [];
  if (inside >= 0) {
    const call = callOf(race.steps[inside] as NamedStep);
    told.push(`Step ${inside + 1} is the first that comes to something else: ${call} is not the same in ${variant}.`);
  }
  if (at >= 0) told.push(firstDifference(race, at, instead[at], variant));
  if (told.length === 0) told.push(`Every step is the same in ${variant}.`);
  if (passed.length > 0)
    told.push(`Of the schedule ${passed.length === 1 ? 'step' : 'steps'} ${passed.join(', ')} cannot be taken there.`);
  return told;
}

function firstDifference({ steps, variant }: Trace, at: number, instead: NamedStep | undefined, other: string): string {
  const step = steps[at] as NamedStep;
  const who = step.thread === hardware ? 'the hardware' : step.thread;
  const then = instead ? `it does ${callOf(instead)} instead` : 'it cannot';
  return `Step ${at + 1} is the first that differs: in ${variant} ${who} does ${callOf(step)}; in ${other} ${then}.`;
}

/** The first of so many steps that has the same name in both and changes something else; -1 when there is none. */
function firstInside(race: Trace, other: Trace, count: number): number {
  let from = 0;
  return race.steps.slice(0, count).findIndex((step) => {
    // What the other variant takes or releases a lock for comes between.
    while (from < other.steps.length && !same(step, other.steps[from])) from++;
    const there = other.steps[from++];
    return there !== undefined && JSON.stringify(there.changed) !== JSON.stringify(step.changed);
  });
}

function same(a: NamedStep, b: NamedStep | undefined): boolean {
  return b !== undefined && a.step === b.step && a.args.join() === b.args.join();
}

function textOf({ depth, text }: ThreadOutline['rows'][number]): string[] {
  return text === '' ? [] : ['  '.repeat(depth) + text];
}

/** The lines near those that differ, with what they are inside of; `...` for the others. */
function near(lines: readonly string[]): string[] {
  const depth = (line: string): number => line.slice(2).search(/\S/);
  const shown = lines.map((_, i) =>
    lines.slice(Math.max(0, i - around), i + around + 1).some((line) => line[0] !== ' '),
  );
  for (let i = lines.length - 1, inside = 0; i >= 0; i--) {
    const line = lines[i] as string;
    if (shown[i]) inside = depth(line);
    else if (depth(line) < inside) {
      shown[i] = true;
      inside = depth(line);
    }
  }
  const isShown = (i: number): boolean => shown[i] || (shown[i - 1] === true && shown[i + 1] === true);
  return lines.flatMap((line, i) => {
    if (isShown(i)) return [line];
    return i === 0 || isShown(i - 1) ? [`  ${' '.repeat(depth(line))}...`] : [];
  });
}

/** The lines of two texts, each once where it is in both in the same order. */
function differing(a: readonly string[], b: readonly string[]): string[] {
  return aligned(a, b).map(([x, y]) => (x === undefined ? `+ ${y}` : `${y === undefined ? '-' : ' '} ${x}`));
}
