/** A race, drawn as kernel documentation draws one: a column a thread, and what each step changed. */
import { type ClaimResult, hardware, type Trace, type TraceStep, type VariantResult } from '#explorer';
import type { KernelPlace } from '#notation';
import { changesOf, nothing } from './changes.ts';
import { type Paint, plainly } from './colour.ts';
import { type Cell, layOut, type RaceLayout } from './race-layout.ts';
import { callOf, replayCommand } from './replay-line.ts';
import { heldBy } from './threads.ts';
import { joined, paragraph, wrapped } from './wrap.ts';

/** How a race is drawn. */
export interface DrawOptions {
  /** Columns a line may have, at least 40; 80 when nothing is said. */
  readonly width?: number;
  readonly paint?: Paint;
  /** Says beside each step where in the kernel it stands, and at the end of which commit that is. */
  readonly context?: Context | undefined;
}

/** Where in the kernel the steps of a race stand. */
export interface Context {
  readonly commit: string;
  readonly placesOf: (step: TraceStep) => readonly KernelPlace[];
}

/** What a race shows: a claim, or one of the reserved words. */
export interface Violated {
  readonly name: string;
  readonly sentence?: string | undefined;
  /** What the failing step said. */
  readonly message?: string | undefined;
  /** Why it is false. */
  readonly why?: readonly string[] | undefined;
}

/** Where a trace's model comes from, when it is not one of ours: named in the replay line. */
export interface Origin {
  readonly suiteFile?: string | undefined;
  /** What replays it, in place of a command. */
  readonly replayed?: ((trace: Trace) => string) | undefined;
}

/** A whole race: what is violated, the steps, the sentence that is false at their end, and the line that replays them. */
export function drawRace(trace: Trace, violated: Violated, options: DrawOptions & Origin = {}): string {
  const {
    width = 80,
    paint = plainly,
    suiteFile,
    context,
    replayed = (each) => replayCommand(each, suiteFile),
  } = options;
  return [
    ...raceHeading(trace, violation(violated.name), width).map((line) => paint('strong', line)),
    '',
    drawSteps(trace, options),
    '',
    ...ending(trace, violated, width, paint),
    ...(context ? wrapped(`The steps are of ${context.commit}.`, width) : []),
    '',
    replayed(trace),
  ].join('\n');
}

/** A violation of a claim: the race where there is one, else why there is none. */
export function drawViolation(
  { model, variant }: Pick<VariantResult, 'model' | 'variant'>,
  claim: ClaimResult,
  options: DrawOptions & Origin = {},
): string {
  const { width = 80, paint = plainly } = options;
  if (claim.trace) return drawRace(claim.trace, claim, options);
  const heading = wrapped(`${model}/${variant}: ${claim.name} is violated, and no race can be drawn:`, width);
  return [
    ...heading.map((line) => paint('bad', line)),
    ...paragraph('  ', claim.message ?? 'nothing was said', width),
  ].join('\n');
}

/** What is said of a violation before the number of its steps. What happens is not violated. */
function violation(name: string): string {
  return ['deadlock', 'BUG_ON', 'WARN_ON_ONCE', 'throws'].includes(name) ? `${name} after` : `${name} is violated in`;
}

/** The lines over a race: which variant, what, in how many steps; at which bounds, from where. */
export function raceHeading(
  { model, variant, bounds, initial, length, switches, fewest, loopFrom }: Trace,
  what: string,
  width: number,
): string[] {
  const sizes = Object.entries(bounds).map(([set, size]) => `${set}=${size}`);
  const start = initial === undefined ? [] : [`from ${initial}`];
  const endless =
    loopFrom === undefined || loopFrom === length ? '' : `, the last ${length - loopFrom} of them again and again`;
  return [
    ...wrapped(`${model}/${variant}: ${what} ${counted(length, 'step')}${endless}`, width),
    ...joined(
      [
        ...sizes,
        ...start,
        `${counted(switches, 'context switch', 'es')}${fewest === false ? ' (fewer not ruled out)' : ''}`,
      ],
      width,
    ),
  ];
}

function counted(n: number, what: string, plural = 's'): string {
  return `${n} ${what}${n === 1 ? '' : plural}`;
}

/** What is false at the end of a race, in a sentence. */
function ending(
  { length, failure, loopFrom }: Trace,
  { name, sentence, message, why = [] }: Violated,
  width: number,
  paint: Paint,
): string[] {
  if (loopFrom !== undefined) {
    return [
      ...wrapped(`${name} is violated${sentence ? ':' : '.'}`, width).map((line) => paint('bad', line)),
      ...(sentence ? paragraph('  ', sentence, width) : []),
      ...(message ? wrapped(`${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`, width) : []),
    ];
  }
  const when = length === 0 ? 'Initially' : `After step ${length}`;
  const [what, said] =
    failure !== undefined
      ? [`Step ${length} fails, ${name}:`, failure]
      : name in reservedSentence
        ? [`${when}, ${name}:`, message ?? reservedSentence[name]]
        : [`${when} ${name} is false${sentence ? ':' : '.'}`, sentence];
  return [
    ...wrapped(what, width).map((line) => paint('bad', line)),
    ...(said ? paragraph('  ', said, width) : []),
    ...why.flatMap((line) => reason(line, width)),
  ];
}

/** A line of the reason why a claim is false, further in than its sentence. */
export function reason(line: string, width: number): string[] {
  const text = line.trimStart();
  const indent = ' '.repeat(4 + line.length - text.length);
  return joined(text.split(', '), width - indent.length).map((each) => indent + each);
}

/** What is wrong where a reserved word is violated, and neither a step nor a claim says more. */
const reservedSentence: Readonly<Record<string, string>> = {
  deadlock: 'a thread is inside its function, and no thread can take a step, now or after anything the hardware may do',
  WARN_ON_ONCE: 'the condition of a WARN_ON_ONCE is true',
  throws: 'a claim threw',
};

/** The steps of a trace, one a row. No line is longer than the width. */
export function drawSteps(trace: Trace, { width = 80, paint = plainly, context }: DrawOptions = {}): string {
  const cells = trace.steps.map((step, i): Cell => {
    const failed = i === trace.steps.length - 1 ? trace.failure : undefined;
    return {
      thread: step.thread,
      step: callOf(step),
      changes: failed === undefined ? changesOf(trace, i) : [`<- ${failed}`],
      prose: failed !== undefined,
    };
  });
  if (cells.length === 0) return '     (the initial state)';
  const digits = Math.max(3, String(cells.length).length);
  const layout = layOut(trace, cells, digits + 2, width);
  const held = trace.states.map((_, at) => barsAt(trace, at, layout));
  const rows = cells.map((cell, i) => {
    const [before = [], after = before] = held.slice(i);
    return [
      ...row(cell, String(i + 1).padStart(digits), layout, width, paint, [[...before, ...after], after]),
      ...places(trace.steps[i] as TraceStep, context, digits + 4, width).map((line) =>
        paint('faint', withBars(line, after)),
      ),
    ];
  });
  const { loopFrom = cells.length } = trace;
  const repeats = loopFrom < cells.length;
  const between = (text: string): string => paint('strong', `${' '.repeat(digits + 2)}${text}`);
  return [
    paint('strong', headings(layout, width)),
    ...rows.slice(0, loopFrom).flat(),
    ...(repeats ? [between('for ever:')] : []),
    ...rows.slice(loopFrom).flat(),
    ...(repeats ? [between(`and again from step ${loopFrom + 1}`)] : []),
  ].join('\n');
}

/** Left of which columns a bar stands in a state: of the threads that hold a lock. */
function barsAt(trace: Trace, at: number, { columnOf, collapsed }: RaceLayout): number[] {
  if (collapsed) return [];
  return [...columnOf].flatMap(([thread, column]) => (heldBy(trace, at, thread).length > 0 ? [column.at - 1] : []));
}

/** A line with bars, where it has room for them: a step may reach over other columns. */
function withBars(line: string, bars: readonly number[]): string {
  return bars.reduce((text, at) => {
    const wide = text.padEnd(at + 1);
    return wide.slice(at - 1, at + 1) === '  ' ? `${wide.slice(0, at)}|${wide.slice(at + 1)}` : text;
  }, line);
}

/** Under a step, further in: the functions that have it. */
function places(step: TraceStep, context: Context | undefined, indent: number, width: number): string[] {
  const said = context?.placesOf(step).map(({ file, function: name }) => `${file}: ${name}()`) ?? [];
  if (said.length === 0) return [];
  return wrapped(said.join(' or '), width - indent).map((line) => ' '.repeat(indent) + line);
}

function headings({ columns, changes }: RaceLayout, width: number): string {
  const line = columns.reduce((text, { heading, at }) => text.padEnd(at) + heading, '');
  return `${line.slice(0, changes - 1).padEnd(changes)}what changed`.slice(0, width);
}

function row(
  cell: Cell,
  number: string,
  layout: RaceLayout,
  width: number,
  paint: Paint,
  [bars, barsBelow]: readonly [readonly number[], readonly number[]],
): string[] {
  const { collapsed, changes, columnOf } = layout;
  const at = columnOf.get(cell.thread)?.at ?? number.length + 2;
  const text = collapsed && cell.thread !== hardware ? `${cell.thread}.${cell.step}` : cell.step;
  const steps = wrapped(text, changes - 2 - at);
  const notes = joined(cell.changes, width - changes);
  const tone = cell.changes[0]?.startsWith('<- ') ? (cell.changes[0] === nothing ? 'faint' : 'bad') : undefined;
  return Array.from({ length: Math.max(steps.length, notes.length) }, (_, i) => {
    const line = `${(i === 0 ? number : '').padEnd(at)}${steps[i] ?? ''}`;
    const left = withBars(line, i === 0 ? bars : barsBelow).padEnd(changes);
    const note = notes[i] ?? '';
    return note === '' ? left.trimEnd() : `${left}${tone ? paint(tone, note) : note}`;
  });
}
