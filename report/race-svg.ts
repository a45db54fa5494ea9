/** A race as a picture: a lane a thread, a row a step, bars where locks are held, what each step changed at the right. */
import type { Trace } from '#explorer';
import { changesOf, nothing } from './changes.ts';
import { oneLine, xml } from './escape.ts';
import type { Violated } from './race.ts';
import { raceHeading } from './race.ts';
import { callOf, replayCommand } from './replay-line.ts';
import { columnsOf, headingOf, heldBy } from './threads.ts';
import { wrapped } from './wrap.ts';

/** Sizes in pixels: of a letter, a row, the margin, the space between lanes. */
const letter = 7.3;
const row = 30;
const margin = 16;
const gap = 14;
/** Letters in a line of what changed. */
const widestChange = 60;

/** What is drawn of one step. */
interface Step {
  readonly lane: number;
  readonly call: string;
  readonly changes: readonly string[];
  readonly idle: boolean;
  readonly y: number;
  readonly height: number;
}

/**
 * The picture, which needs nothing beside itself: no font, no script, no network. It follows the viewer's choice of dark or light.
 * @param suiteFile the file that the model was loaded from, when it is not one of ours.
 */
export function raceSvg(trace: Trace, violated: Violated, suiteFile?: string): string {
  const threads = columnsOf(trace);
  const steps = stepsOf(trace, threads);
  const widths = threads.map((thread, lane) => {
    const own = steps.filter((step) => step.lane === lane).map(({ call }) => call.length);
    return Math.max(headingOf(trace, thread).length, ...own) * letter + 2 * gap;
  });
  const lanes = widths.map(
    (_, lane) => margin + 30 + widths.slice(0, lane).reduce((sum, width) => sum + width + gap, 0),
  );
  const right = (lanes.at(-1) ?? margin) + (widths.at(-1) ?? 0) + gap;
  const heading = raceHeading(trace, `${violated.name} is violated in`, 100);
  const end = endOf(trace, violated);
  const top = margin + heading.length * 20 + 40;
  const bottom = steps.reduce((y, step) => Math.max(y, step.y + step.height), 0) + top;
  const longest = Math.max(...steps.flatMap(({ changes }) => changes.map((each) => each.length)), 12) * letter;
  const width = Math.ceil(
    Math.max(right + longest, ...[...heading, ...end].map((text) => text.length * letter)) + 2 * margin,
  );
  const height = bottom + 20 + end.length * 20 + margin;
  const title = heading[0] as string;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${xml(title)}</title>`,
    `<desc id="desc">${xml(replayCommand(trace, suiteFile))}</desc>`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...heading.map((line, i) => text(margin, margin + 14 + i * 20, line, i === 0 ? 'title' : 'faint')),
    ...threads.flatMap((thread, lane) =>
      laneOf(headingOf(trace, thread), lanes[lane] as number, widths[lane] as number, top, bottom),
    ),
    ...threads.flatMap((thread, lane) => bars(trace, thread, steps, (lanes[lane] as number) + 3, top)),
    ...steps.flatMap((step, i) => stepOf(step, i, lanes[step.lane] as number, widths[step.lane] as number, top, right)),
    ...end.map((line, i) => text(margin + (i === 0 ? 0 : gap), bottom + 30 + i * 20, line, i === 0 ? 'bad' : 'plain')),
    '</svg>',
    '',
  ].join('\n');
}

const style = [
  ':root{color-scheme:light dark}',
  'text{font:13px ui-monospace,Consolas,"DejaVu Sans Mono",monospace;fill:#1b1f24;white-space:pre}',
  '.paper{fill:#fff}.lane{fill:#f3f5f7}.step{fill:#fff;stroke:#57606a}.idle{stroke-dasharray:4 3}.held{fill:#8250df}',
  '.title,.head{font-weight:bold}text.faint{fill:#57606a}text.bad{fill:#b3261e}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117}.lane{fill:#161b22}',
  '.step{fill:#0d1117;stroke:#8b949e}.held{fill:#bc8cff}text.faint{fill:#8b949e}text.bad{fill:#ff8a80}}',
].join('');

function stepsOf(trace: Trace, threads: readonly string[]): Step[] {
  let y = 0;
  return trace.steps.map((step, i) => {
    const failed = i === trace.steps.length - 1 ? trace.failure : undefined;
    const told = failed === undefined ? changesOf(trace, i) : [`<- ${failed}`];
    const changes = told.flatMap((each) => wrapped(oneLine(each), widestChange));
    const height = Math.max(row, changes.length * 17 + 8);
    const made = {
      lane: threads.indexOf(step.thread),
      call: oneLine(callOf(step)),
      changes,
      idle: told[0] === nothing,
      y,
      height,
    };
    y += height;
    return made;
  });
}

function laneOf(heading: string, x: number, width: number, top: number, bottom: number): string[] {
  return [
    `<rect class="lane" x="${n(x)}" y="${top - 6}" width="${n(width)}" height="${bottom - top + 12}" rx="6"/>`,
    text(x + gap, top - 14, heading, 'head'),
  ];
}

/** A bar along the lane of a thread, from the step that takes a lock to the one that releases it. */
function bars(trace: Trace, thread: string, steps: readonly Step[], x: number, top: number): string[] {
  const locks = [...new Set(trace.states.flatMap((_, at) => heldBy(trace, at, thread)))];
  return locks.flatMap((lock, i) =>
    spans(trace.states.map((_, at) => heldBy(trace, at, thread).includes(lock))).map(({ from, to }) => {
      const begin = from === 0 ? 0 : (steps[from - 1]?.y ?? 0) + 4;
      const last = steps[Math.min(to, steps.length) - 1];
      const stop = last === undefined ? begin : last.y + last.height - 4;
      return `<rect class="held" x="${n(x + i * 5)}" y="${n(top + begin)}" width="3" height="${n(Math.max(3, stop - begin))}"><title>${xml(`${thread} holds ${lock}`)}</title></rect>`;
    }),
  );
}

/** Where a row of truths is true: from the first state of each stretch to the one after its last. */
function spans(truths: readonly boolean[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const [at, isTrue] of truths.entries()) {
    const last = found.at(-1);
    if (!isTrue) continue;
    if (last?.to === at) last.to = at + 1;
    else found.push({ from: at, to: at + 1 });
  }
  return found;
}

function stepOf(step: Step, i: number, x: number, width: number, top: number, right: number): string[] {
  const { call, changes, idle, y, height } = step;
  const middle = top + y + height / 2;
  const tone = idle ? 'faint' : changes[0]?.startsWith('<- ') ? 'bad' : 'plain';
  return [
    text(margin, middle + 4, String(i + 1).padStart(3), 'faint'),
    `<rect class="step${idle ? ' idle' : ''}" x="${n(x + gap - 5)}" y="${n(middle - 11)}" width="${n(width - 2 * gap + 10)}" height="22" rx="4"/>`,
    text(x + gap, middle + 4, call, idle ? 'faint' : 'plain'),
    ...changes.map((each, line) => text(right, middle + 4 + (line - (changes.length - 1) / 2) * 17, each, tone)),
  ];
}

function endOf(trace: Trace, { name, sentence, message }: Violated): string[] {
  const when = trace.length === 0 ? 'Initially' : `After step ${trace.length}`;
  const why = trace.failure ?? message ?? sentence;
  const what =
    trace.failure === undefined
      ? `${when}, ${name} is false${why === undefined ? '.' : ':'}`
      : `Step ${trace.length} fails, ${name}:`;
  return [what, ...(why === undefined ? [] : wrapped(oneLine(why), 100).map((line) => `  ${line}`))].map(oneLine);
}

function text(x: number, y: number, content: string, tone: string): string {
  return `<text x="${n(x)}" y="${n(y)}" class="${tone}">${xml(content)}</text>`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
