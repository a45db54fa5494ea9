/** One thread of a search that several share: its part of each task of a round. */
import type { Listener } from './expansion.ts';
import { failureOf, type Machine } from './machine.ts';
import type { OpenClaims } from './open-claims.ts';
import type { Symmetry } from './symmetry.ts';
import { besideState, chunkWords, teamLookup } from './team-lookup.ts';
import type { Memory } from './team-memory.ts';
import { own, ownPlace, signal, type Task, tasks } from './team-signals.ts';
import { lookup as lookupOf, regionOf, type States } from './visited.ts';

/** What a member has to say after its part of a round. Nothing in it is decided: the searching thread looks at it in order. */
export interface Mail {
  /** States that decide a claim, or tell something of it; in order. */
  readonly states: readonly number[];
  /** Transitions that failed or warned, the first of each name. */
  readonly failures: readonly { readonly index: number; readonly name: string; readonly message: string }[];
  /** States inside a function from which no thread can step. */
  readonly stuck: readonly number[];
  /** Its candidates, where they have moved. */
  readonly candidates: Int32Array | undefined;
}

/** What a member of a team works with. */
export interface MemberParts {
  readonly number: number;
  /** Members in all. */
  readonly members: number;
  readonly machine: Machine;
  /** Made to give the member what the machine finds. */
  readonly listener: Listener;
  readonly symmetry: Symmetry | undefined;
  /** Claims of its own, which it never decides. */
  readonly claims: OpenClaims;
  readonly control: Int32Array;
  readonly totals: Float64Array;
  readonly tell: (mail: Mail) => void;
}

/** Places in a member's totals; then comes how often each element fired. */
export const total = { transitions: 0, expanded: 1, fired: 2 } as const;

/** A member. */
export interface Member {
  remember(memory: Memory): void;
  /** Does its part of a task that so many members share. */
  act(task: Task, members: number): void;
}

/** A member of a team. */
export function memberOf(parts: MemberParts): Member {
  const { number, members, machine, listener, symmetry, claims, control, totals, tell } = parts;
  const { words: width } = machine.layout;
  const row = width + besideState;
  const lookup = teamLookup(width, members);
  const { rebuild } = lookupOf(width);
  const firedBefore = machine.fired.slice();
  const transitionsBefore = machine.transitions();
  const seen = new Set<string>();
  let memory: Memory;
  let states: States;
  /** Of all members; its own are moved when there is no more room. */
  let candidates: Int32Array[];
  let moved = false;
  /** Candidates of its own that take slots when they are met; the others wait. */
  let most = 0;
  let rows = 0;
  let current = 0;
  let expanded = 0;
  let notable: number[] = [];
  let stuck: number[] = [];
  let failures: Mail['failures'][number][] = [];

  const beat = (): void => {
    (control[ownPlace(number, own.beat)] as number)++;
  };
  const failed = (name: string, message: string): void => {
    if (!seen.has(name)) failures.push({ index: current, name, message });
    seen.add(name);
  };
  listener.flush = (batch) => {
    beat();
    if (symmetry) for (let i = 0; i < batch.length; i++) symmetry.canonize(batch.words, i * width);
    const needed = (rows + batch.length) * row;
    const mine = candidates[number] as Int32Array;
    if (needed > mine.length) {
      const larger = new Int32Array(new SharedArrayBuffer(8 * needed));
      larger.set(mine);
      candidates[number] = larger;
      moved = true;
      // The others do not see what it appends from now on.
      most = Math.min(most, rows);
    }
    rows = lookup.sift(states, batch, candidates, number, rows, most);
    batch.length = 0;
  };
  listener.failed = (error) => {
    const { failure, message } = failureOf(error);
    failed(failure, message);
  };
  listener.warned = (message) => failed('WARN_ON_ONCE', message);

  function expand(): void {
    const [from, to, size] = [signal.from, signal.to, signal.chunkSize].map((word) => control[word] as number);
    const { chunks } = memory;
    rows = 0;
    most = control[signal.most] as number;
    for (;;) {
      const chunk = Atomics.add(control, signal.nextChunk, 1);
      const first = (from as number) + chunk * (size as number);
      if (first >= (to as number)) break;
      chunks[chunk * chunkWords] = number;
      chunks[chunk * chunkWords + 1] = rows;
      expandChunk(first, Math.min(to as number, first + (size as number)));
      chunks[chunk * chunkWords + 2] = rows;
    }
    control[ownPlace(number, own.rows)] = rows;
    control[ownPlace(number, own.waiting)] = moved || rows > most ? 1 : 0;
    report();
  }

  function expandChunk(from: number, to: number): void {
    const { arena } = memory;
    for (current = from; current < to; current++) {
      beat();
      machine.load(arena, current);
      const isNotable = claims.isNotable();
      if (machine.changed() || isNotable) notable.push(current);
      if (machine.expand() === 0 && machine.midFunction()) stuck.push(current);
    }
    expanded += to - from;
    machine.flush();
  }

  function report(): void {
    totals[total.transitions] = machine.transitions() - transitionsBefore;
    totals[total.expanded] = expanded;
    for (let i = 0; i < firedBefore.length; i++)
      totals[total.fired + i] = (machine.fired[i] as number) - (firedBefore[i] as number);
    if (symmetry && !symmetry.exact()) control[ownPlace(number, own.inexact)] = 1;
    if (!moved && notable.length + stuck.length + failures.length === 0) return;
    tell({ states: notable, failures, stuck, candidates: moved ? candidates[number] : undefined });
    control[ownPlace(number, own.mail)] = 1;
    notable = [];
    stuck = [];
    failures = [];
    moved = false;
  }

  function chunkCount(): number {
    return Math.ceil(
      ((control[signal.to] as number) - (control[signal.from] as number)) / (control[signal.chunkSize] as number),
    );
  }

  return {
    remember(latest) {
      memory = latest;
      const { arena, parents, table } = latest;
      states = { arena, parents, table, count: 0 };
      candidates = [...latest.candidates];
      claims.close(latest.closed);
    },
    act(task, taking) {
      states.count = control[signal.count] as number;
      if (task === tasks.expand) expand();
      else if (task === tasks.claim) lookup.claim(states, candidates, number, rows);
      else if (task === tasks.count) lookup.count(memory, chunkCount(), number);
      else if (task === tasks.settle) lookup.settle(states, memory, chunkCount(), number);
      else if (memory.larger) {
        const { from, to } = part(memory.larger, number, taking);
        rebuild(states, memory.larger, from, to);
      }
      beat();
    },
  };
}

/** The slots of a table that one of so many members fills. */
function part({ length }: Int32Array, number: number, members: number): { from: number; to: number } {
  const size = regionOf(length);
  const regions = length / size;
  const until = (count: number): number => Math.floor((count * regions) / members) * size;
  return { from: until(number), to: until(number + 1) };
}
