/** The memory that the threads of one search share, and how one tells the others where it is. */
import type { Rounds } from './team-lookup.ts';

/** All memory that the members share, at one time. */
export interface Memory extends Rounds {
  readonly version: number;
  readonly arena: Int32Array;
  readonly parents: Int32Array;
  readonly table: Int32Array;
  /** The table that is to be filled, where the other has become too small. */
  readonly larger: Int32Array | undefined;
  /** Claims that are decided, by their places. */
  readonly closed: readonly number[];
}

/** The beginning of shared memory: an array of 4 GiB or more cannot be sent to a thread as such. */
interface Piece {
  readonly buffer: SharedArrayBuffer;
  readonly length: number;
}

/** Arrays that may be so large. */
type Large = 'arena' | 'parents' | 'table' | 'larger';

/** Memory as it can be sent. */
export type SentMemory = Omit<Memory, Large> & { readonly [Part in Large]: Piece | Extract<Memory[Part], undefined> };

/** What is sent. */
export function sent(memory: Memory): SentMemory {
  const { arena, parents, table, larger } = memory;
  return {
    ...memory,
    arena: pieceOf(arena),
    parents: pieceOf(parents),
    table: pieceOf(table),
    larger: larger && pieceOf(larger),
  };
}

/** The same memory, where it was received. */
export function received(memory: SentMemory): Memory {
  const { arena, parents, table, larger } = memory;
  return {
    ...memory,
    arena: wordsOf(arena),
    parents: wordsOf(parents),
    table: wordsOf(table),
    larger: larger && wordsOf(larger),
  };
}

function pieceOf({ buffer, length }: Int32Array): Piece {
  return { buffer: buffer as SharedArrayBuffer, length };
}

function wordsOf({ buffer, length }: Piece): Int32Array {
  return new Int32Array(buffer, 0, length);
}
