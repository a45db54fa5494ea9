/** What the threads of one search tell each other through shared memory: whose turn it is, how far each is, and whether one is lost. */

/** Places in the control words that all members share. */
export const signal = {
  /** Counts the tasks that have been given out; helpers wait for it to change. */
  epoch: 0,
  task: 1,
  /** Helpers that have finished the task. */
  done: 2,
  nextChunk: 3,
  /** A helper has ended, or thrown: 1 and its number. */
  lost: 4,
  /** Helpers that are ready to begin. */
  ready: 5,
  /** The states of the round: from one on and before another, so many a chunk, and how many have been found before it. */
  from: 6,
  to: 7,
  chunkSize: 8,
  count: 9,
  /** Which of the lists of shared memory is the latest. */
  version: 10,
  /** Candidates of each member, from the first, that there are slots for. */
  most: 11,
} as const;

/** Places in the control words that each member has for itself. */
export const own = {
  /** Changes as long as the member gets on. */
  beat: 0,
  /** Rows of candidates of the round. */
  rows: 1,
  /** Messages that wait to be taken. */
  mail: 2,
  /** Whether it met an orbit with several representatives. */
  inexact: 3,
  /** Whether candidates of the round have no slots yet, or were moved to where the others do not see them. */
  waiting: 4,
} as const;

const ownFrom = 16;
/** A line of the cache for each, so that members do not slow each other. */
const ownStride = 16;

/** What a team does together; everybody does his share. */
export const tasks = { expand: 1, claim: 2, count: 3, settle: 4, rebuild: 5, leave: 6 } as const;

/** A task. */
export type Task = (typeof tasks)[keyof typeof tasks];

/** The place of a member's own control word. */
export function ownPlace(member: number, word: number): number {
  return ownFrom + member * ownStride + word;
}

/** Fresh control words for so many members. */
export function controlWords(members: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * (ownFrom + members * ownStride)));
}

/** Looks at a word so often before its thread is put to sleep: rounds are short, and waking takes longer than they last. */
const looksBeforeSleep = 2_000;

/** Waits until a word is no longer what it was, or for some milliseconds. Returns whether it has changed. */
export function waitFor(control: Int32Array, place: number, was: number, milliseconds?: number): boolean {
  for (let look = 0; look < looksBeforeSleep; look++) if (Atomics.load(control, place) !== was) return true;
  Atomics.wait(control, place, was, milliseconds);
  return Atomics.load(control, place) !== was;
}
