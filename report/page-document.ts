/** What the page in a browser is given, as JSON: executions in full, or the results that lead to them. */
import type { Outcome } from '#explorer';
import type { Violated } from './race.ts';
import type { Standing } from './standing.ts';

/** The document in a page: executions (`show --html`), or what `view` begins with. */
export type PageDocument =
  | { readonly kind: 'walks'; readonly version: string; readonly walks: readonly Walk[] }
  | {
      readonly kind: 'results';
      readonly version: string;
      readonly results: readonly PageResult[];
      /** How many of them have come: what comes later is news. */
      readonly news: number;
    };

/** A value of a state: null is a local outside its life, -1 a pointer that is NULL. */
export type PageValue = boolean | number | string | null;

/** A part of a state. Values are named by their place among all values of the state. */
export type PagePart = PageLeaf | PageLock | PageThread | PageArray | PageStruct;

/** A single value. */
export interface PageLeaf {
  readonly kind: 'value';
  readonly name: string;
  readonly at: number;
  readonly type: string;
  /** The set that it is a member of or points into. */
  readonly set?: string | undefined;
  /** What its numbers stand for, where they are places in a list. */
  readonly names?: readonly string[] | undefined;
}

/** A lock: the place of its holder (a thread's number plus 1), and of a bit for each thread that may read. */
export interface PageLock {
  readonly kind: 'lock';
  readonly name: string;
  readonly type: string;
  readonly owner: number;
  readonly readers: readonly number[];
}

/** A thread: the place of its point, what comes next at each point, its locals. */
export interface PageThread {
  readonly kind: 'thread';
  readonly name: string;
  readonly at: number;
  readonly next: readonly string[];
  readonly parts: readonly PagePart[];
}

/** A row of parts, one for each member of a set; of a pool, those that `alloc` hands out. */
export interface PageArray {
  readonly kind: 'array';
  readonly name: string;
  readonly index: string;
  readonly pool: boolean;
  readonly parts: readonly PagePart[];
}

/** Named parts. */
export interface PageStruct {
  readonly kind: 'struct';
  readonly name: string;
  readonly parts: readonly PagePart[];
}

/** A step that somebody takes somewhere. */
export interface PageMove {
  /** The place of who takes it among `threads`. */
  readonly thread: number;
  readonly call: string;
}

/** A claim, and what its letters mean: see `Walk.frames`. */
export interface PageClaim {
  readonly name: string;
  readonly kind: 'invariant' | 'reachable' | 'leadsTo' | 'eventually';
  readonly sentence: string | undefined;
}

/** A state of an execution. */
export interface PageFrame {
  /** What differs from the state before: places and values. */
  readonly changed: readonly (readonly [number, PageValue])[];
  /** A letter a claim: t true, f false, x threw; of claims on executions o for what is owed, n for nothing owed. */
  readonly truths: string;
  /** For the place of an invariant that is false here, why. */
  readonly why: readonly (readonly [number, readonly string[]])[];
  /** The places of the moves that are possible here, and what those say that fail. */
  readonly enabled: readonly number[];
  readonly failing: readonly (readonly [number, string])[];
}

/** An execution, with all that can be looked at in it. */
export interface Walk {
  /** `model/variant`. */
  readonly target: string;
  /** The file that the model was loaded from, when it is not one of ours. */
  readonly file: string | undefined;
  readonly about: string;
  /** Its bounds, and the initial state where there are several. */
  readonly where: string;
  /** What it shows to be false, and why. */
  readonly violated: Violated | undefined;
  readonly replay: string;
  /** What a replay line of the model says before its steps. */
  readonly head: string;
  /** Every thread, by its number; hardware, last. */
  readonly threads: readonly string[];
  /** Those that take a step, in the order of their columns. */
  readonly lanes: readonly string[];
  readonly state: readonly PagePart[];
  readonly claims: readonly PageClaim[];
  /** Every move that is possible anywhere in it. */
  readonly moves: readonly PageMove[];
  /** What was done: the place of a move, and what it changed; of the one that failed, what it said. */
  readonly steps: readonly { readonly move: number; readonly changes: readonly string[] }[];
  /** What the last step said when it failed. */
  readonly failure: string | undefined;
  /** How many steps come before those that are repeated for ever. */
  readonly loopFrom: number | undefined;
  /** Every value of the initial state. */
  readonly start: readonly PageValue[];
  /** Its states, the initial one first. A failing last step adds none. */
  readonly frames: readonly PageFrame[];
}

/** What came out since somebody asked, in the order in which it came. */
export interface PageNews {
  readonly results: readonly PageResult[];
}

/** The verdicts on a variant; while they are awaited, what is claimed of it, and no states. */
export interface PageResult {
  /** `model/variant [gfn=2]`: tells it from the other results. */
  readonly key: string;
  readonly model: string;
  readonly variant: string;
  readonly about: string;
  readonly bounds: string;
  readonly standing: Standing | 'awaited';
  readonly states: number;
  readonly depth: number;
  readonly seconds: number;
  readonly claims: readonly {
    readonly name: string;
    readonly kind: string;
    readonly sentence: string | undefined;
    readonly outcome: Outcome | 'awaited';
    readonly expected: 'holds' | 'violated';
    readonly said: string;
    /** How long its trace is; undefined where there is none. */
    readonly length: string | undefined;
  }[];
  /** The lines from which its executions begin, by the name of the initial state. */
  readonly starts: readonly { readonly name: string; readonly line: string }[];
}
