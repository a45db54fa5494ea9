/** Where the columns of a race stand: one a thread, then what changed. */
import type { Trace } from '#explorer';
import { columnsOf, headingOf } from './threads.ts';

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
  const stepsOf = threads.map((thread) =>
    cells.filter((cell) => cell.thread === thread).map(({ step }) => step.length),
  );
  const full = headings.map((heading, i) => Math.max(heading.length, ...(stepsOf[i] as number[])) + gap);
  const lists = cells.filter(({ prose }) => !prose).map((cell) => cell.changes);
  const proseWidth = cells.some(({ prose }) => prose) ? narrowestProse : 'what changed'.length;
  const changes = Math.max(proseWidth, ...lists.map((list) => list.join(', ').length));
  const widestChange = Math.max(proseWidth, ...lists.flat().map((each) => each.length + 1));

  // First with every row's changes in one line, then with each change in one line, then with what is left.
  for (const wanted of [changes, widestChange]) {
    for (let spread = 1; spread >= 0; spread -= 0.05) {
      const starts = offsets(spread);
      const end = Math.max(
        ...starts.map((from, i) => from + Math.max((headings[i] as string).length, ...(stepsOf[i] as number[]))),
      );
      if (end + gap + wanted <= width) return inColumns(starts, end + gap);
    }
  }
  const closest = offsets(0);
  const last = closest.at(-1) ?? first;
  const middle = Math.max(last + narrowestStep + gap, Math.min(width - narrowestChanges, Math.ceil(width * 0.55)));
  return middle + narrowestChanges <= width ? inColumns(closest, middle) : inOne();

  function offsets(spread: number): number[] {
    const starts: number[] = [];
    full.reduce((from, size, i) => {
      starts.push(from);
      return from + Math.max((headings[i] as string).length + gap, Math.round(size * spread));
    }, first);
    return starts;
  }

  function inColumns(starts: readonly number[], right: number): RaceLayout {
    const columns = headings.map((heading, i) => ({ heading, at: starts[i] as number }));
    const columnOf = new Map(threads.map((thread, i) => [thread, columns[i] as Column]));
    return { columns, columnOf, collapsed: false, changes: right };
  }

  function inOne(): RaceLayout {
    const column = { heading: 'step', at: first };
    const longest = Math.max(...cells.map(({ thread, step }) => thread.length + 1 + step.length));
    const room = Math.max(
      first + narrowestStep + gap,
      width - Math.max(narrowestChanges, Math.min(widestChange, width / 2)),
    );
    return {
      columns: [column],
      columnOf: new Map(threads.map((thread) => [thread, column])),
      collapsed: true,
      changes: Math.min(first + longest + gap, Math.floor(room)),
    };
  }
}
