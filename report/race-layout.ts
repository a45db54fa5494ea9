/** Where the columns of a race stand: one a thread, then what changed. */
import { hardware, type Trace } from '#explorer';

/** A column of steps. */
export interface Column {
  readonly heading: string;
  /** Where it begins, from 0. */
  readonly at: number;
}

/** What goes into a row. */
export interface Cell {
  readonly thread: string;
  readonly step: string;
  readonly changes: readonly string[];
  /** Whether the changes are prose, which may be broken anywhere. */
  readonly prose: boolean;
}

/** The columns of a race, which fit its width. */
export interface RaceLayout {
  readonly columns: readonly Column[];
  readonly columnOf: ReadonlyMap<string, Column>;
  /** Whether there was no room for a column a thread: steps then stand in one, and say whose they are. */
  readonly collapsed: boolean;
  /** Where the column of changes begins. */
  readonly changes: number;
}

const gap = 2;
/** What a step's column and the column of changes need at least before threads share one column. */
const narrowestStep = 12;
const narrowestChanges = 20;
/** What the sentence of a failing step needs at least before the columns of threads move together. */
const narrowestProse = 28;

/**
 * Lays out a race. Columns stand side by side where the width allows. Where it does not, each begins so far to the right of the
 * one before that the steps are seen to move between threads: a row has one step, which may reach into the columns after it.
 * @param first where the first column begins.
 */
export function layOut(trace: Trace, cells: readonly Cell[], first: number, width: number): RaceLayout {
  const threads = columnsOf(trace);
  const headings = threads.map((thread) => headingOf(trace, thread));
  const stepsOf = threads.map((thread) => cells.filter((cell) => cell.thread === thread).map(({ step }) => step.length));
  const full = headings.map((heading, i) => Math.max(heading.length, ...(stepsOf[i] as number[])) + gap);
  const lists = cells.filter(({ prose }) => !prose).map((cell) => cell.changes);
  const proseWidth = cells.some(({ prose }) => prose) ? narrowestProse : 'what changed'.length;
  const changes = Math.max(proseWidth, ...lists.map((list) => list.join(', ').length));
  const widestChange = Math.max(proseWidth, ...lists.flat().map((each) => each.length + 1));

  // First with every row's changes in one line, then with each change in one line, then with what is left.
  for (const wanted of [changes, widestChange]) {
    for (let spread = 1; spread >= 0; spread -= 0.05) {
      const at = offsets(spread);
      const end = Math.max(...at.map((from, i) => from + Math.max((headings[i] as string).length, ...(stepsOf[i] as number[]))));
      if (end + gap + wanted <= width) return inColumns(at, end + gap);
    }
  }
  const at = offsets(0);
  const last = at.at(-1) ?? first;
  const right = Math.max(last + narrowestStep + gap, Math.min(width - narrowestChanges, Math.ceil(width * 0.55)));
  if (right + narrowestChanges <= width) return inColumns(at, right);
  return inOne();

  function offsets(spread: number): number[] {
    const starts: number[] = [];
    full.reduce((from, size, i) => {
      starts.push(from);
      return from + Math.max((headings[i] as string).length + gap, Math.round(size * spread));
    }, first);
    return starts;
  }

  function inColumns(at: readonly number[], right: number): RaceLayout {
    const columns = headings.map((heading, i) => ({ heading, at: at[i] as number }));
    const columnOf = new Map(threads.map((thread, i) => [thread, columns[i] as Column]));
    return { columns, columnOf, collapsed: false, changes: right };
  }

  function inOne(): RaceLayout {
    const column = { heading: 'step', at: first };
    const longest = Math.max(...cells.map(({ thread, step }) => thread.length + 1 + step.length));
    const room = Math.max(first + narrowestStep + gap, width - Math.max(narrowestChanges, Math.min(widestChange, width / 2)));
    return {
      columns: [column],
      columnOf: new Map(threads.map((thread) => [thread, column])),
      collapsed: true,
      changes: Math.min(first + longest + gap, Math.floor(room)),
    };
  }
}

interface Row {
  readonly name: string;
  readonly threads: readonly string[];
}

/** The rows of threads of a trace's states, in order of declaration, vCPUs first. */
function rowsOf({ states }: Trace): Row[] {
  const fields = Object.entries((states[0] ?? {}) as Record<string, unknown>);
  const rows = fields.flatMap(([name, parts]) =>
    Array.isArray(parts) && parts.every(isThread) ? [{ name, threads: parts.map((_, i) => `${name}${i}`) }] : [],
  );
  return [...rows.filter(({ name }) => isVcpu(name)), ...rows.filter(({ name }) => !isVcpu(name))];
}

function isThread(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'point' in part;
}

function isVcpu(row: string): boolean {
  return row.startsWith('vcpu');
}

/** Whether a thread is back at the first point of its list in the state that a step led to. */
export function returned(trace: Trace, step: number): boolean {
  const thread = trace.steps[step]?.thread;
  const row = rowsOf(trace).find(({ threads }) => threads.some((each) => each === thread));
  if (row === undefined) return false;
  const after = (trace.states[step + 1] ?? {}) as Record<string, { point: number }[]>;
  return after[row.name]?.[row.threads.indexOf(thread as string)]?.point === 0;
}

/** The threads that take a step, in the order of their columns. */
function columnsOf(trace: Trace): string[] {
  const stepping = new Set(trace.steps.map(({ thread }) => thread));
  const known = [...rowsOf(trace).flatMap(({ threads }) => threads), hardware];
  return known.filter((thread) => stepping.has(thread));
}

/** A thread's name over its column: that of its row where it is the only one. */
function headingOf(trace: Trace, thread: string): string {
  const row = rowsOf(trace).find(({ threads }) => threads.includes(thread));
  return row?.threads.length === 1 ? row.name : thread;
}
