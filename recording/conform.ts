/** The comparison: a recording's operations through a model's lists, one after the other. */
import { match, P } from 'ts-pattern';
import type { ConformResult, Difference } from './conform-result.ts';
import type { ListState } from './list-state.ts';
import type { Operation } from './operations.ts';
import type { PteLists } from './pte-lists.ts';
import type { Recording } from './read.ts';
import { readSetSlot, type Slot } from './slots.ts';
import {
  compareSnapshot,
  longestMisfiled,
  type Misfiled,
  type SnapshotComparison,
  snapshotDifferences,
} from './snapshot-comparison.ts';
import { isRmap, type Resynchronisation, TrackedLists } from './tracked-lists.ts';

/**
 * Replays every recorded add, remove and zap through `lists`, in kernel order, and compares each recorded `pre`, `post` and returned value,
 * each list seen by a snapshot, and the statistics in the log. Lists are carried from operation to operation; only after a truncated state
 * and after a phase named `*_untraced` is a list loaded, from the next whole state recorded of it. After a difference the replay goes on
 * with the model's own lists.
 */
export function conform(recording: Recording, lists: PteLists): ConformResult {
  const replay = new Replay(recording, lists);
  for (const operation of recording.operations) replay.take(operation);
  return replay.result();
}

type Call = Extract<Operation, { op: 'add' | 'remove' | 'zap_all' }>;
type Place = Pick<Difference, 'seq' | 'op' | 'list'>;

class Replay {
  readonly #recording: Recording;
  readonly #lists: PteLists;
  readonly #tracked: TrackedLists;
  readonly #slots = new Map<string, Slot>();
  readonly #walked = new Set<string>();
  readonly #resynchronisations: Resynchronisation[] = [];
  readonly #snapshots: SnapshotComparison[] = [];
  readonly #counts = { operations: 0, matched: 0, notReplayed: 0, seen: 0, seenMatched: 0, differences: 0 };
  #difference: Difference | undefined;
  #largest = 0;
  #largestLost = false;
  #distinguishes = false;
  #misfiled: Misfiled | undefined;
  #destroyed = false;

  constructor(recording: Recording, lists: PteLists) {
    this.#recording = recording;
    this.#lists = lists;
    this.#tracked = new TrackedLists(lists);
  }

  take(operation: Operation): void {
    match(operation)
      .with({ op: P.union('add', 'remove', 'zap_all') }, (call) => this.#call(call))
      .with({ op: 'seen' }, (seen) => {
        this.#walked.add(seen.list);
        const kind = this.#compare(seen, seen.list, 'state', seen.state);
        if (kind === 'equal' || kind === 'differs') this.#counts.seen += 1;
        if (kind === 'equal') this.#counts.seenMatched += 1;
      })
      .with({ op: 'phase' }, ({ phase }) => {
        if (!phase.endsWith('_untraced')) return;
        this.#tracked.lose();
        this.#largestLost = true;
      })
      .with({ op: 'snapshot_begin' }, () => this.#walked.clear())
      .with({ op: 'snapshot_end' }, ({ seq, op, phase }) => this.#snapshot({ seq, op }, phase))
      .with({ op: 'mark' }, ({ text }) => {
        if (text === 'VM_DESTROY_BEGIN') this.#destroyed = true;
        const slot = readSetSlot(text);
        if (slot !== undefined) this.#slots.set(slot.slot, slot);
      })
      .exhaustive();
  }

  result(): ConformResult {
    const { operations, seen, differences } = this.#counts;
    const left = this.#tracked.names('all').filter((list) => this.#lists.count(list) > 0 || this.#tracked.isLost(list));
    const nothing = operations + seen + differences === 0 && this.#resynchronisations.length === 0;
    return {
      ...this.#counts,
      outcome: differences > 0 ? 'differs' : nothing ? 'nothing to compare' : 'matches',
      difference: this.#difference,
      resynchronisations: this.#resynchronisations,
      snapshots: this.#snapshots,
      distinguishes: this.#distinguishes,
      misfiled: this.#misfiled,
      endsWhole: this.#destroyed && left.length === 0,
      hasLog: this.#recording.log !== undefined,
    };
  }

  #call(call: Call): void {
    const { list } = call;
    const before = this.#counts.differences;
    this.#counts.operations += 1;
    if (this.#compare(call, list, 'pre', call.pre) === 'unknown') {
      this.#counts.notReplayed += 1;
      if (call.op === 'add' && isRmap(list)) this.#largestLost = true;
      this.#comparePost(call);
      return;
    }
    match(call)
      .with({ op: 'add' }, ({ spte, ret }) => {
        const returned = this.#lists.add(list, spte);
        if (isRmap(list)) this.#largest = Math.max(this.#largest, returned);
        if (returned !== ret) this.#differ(call, { field: 'ret', kernel: `${ret}`, model: `${returned}` });
      })
      .with({ op: 'remove' }, ({ spte }) => {
        if (holds(this.#lists.state(list), spte)) this.#lists.remove(list, spte);
        else this.#differ(call, { field: 'spte', kernel: spte, model: 'no such entry in the list' });
      })
      .with({ op: 'zap_all' }, () => this.#lists.zapAll(list))
      .exhaustive();
    this.#tracked.changed(list);
    this.#noteLength(this.#lists.state(list));
    this.#comparePost(call);
    if (this.#counts.differences === before) this.#counts.matched += 1;
  }

  #comparePost(call: Call): void {
    if (call.op !== 'zap_all' && call.post !== undefined) this.#compare(call, call.list, 'post', call.post);
  }

  #compare(at: Place, list: string, field: string, kernel: ListState): 'equal' | 'loaded' | 'differs' | 'unknown' {
    this.#noteLength(kernel);
    const outcome = this.#tracked.compare(list, kernel);
    match(outcome)
      .with({ kind: 'loaded' }, ({ after }) => this.#resynchronisations.push({ seq: at.seq, list, after }))
      .with({ kind: 'differs' }, ({ found, model }) => {
        const { path, ...values } = found;
        this.#differ(at, { field: `${field}.${path}`, ...values, kernelState: kernel, modelState: model });
      })
      .with({ kind: P.union('equal', 'unknown') }, () => {})
      .exhaustive();
    return outcome.kind;
  }

  #noteLength(state: ListState): void {
    if (state.k === 'many' && state.d.length > 1) this.#distinguishes = true;
  }

  #differ({ seq, op, list }: Place, found: Omit<Difference, keyof Place>): void {
    this.#counts.differences += 1;
    this.#difference ??= list === undefined ? { seq, op, ...found } : { seq, op, list, ...found };
  }

  #snapshot(at: Place, phase: string): void {
    this.#tracked.walked();
    const lengths = new Map<string, number>();
    for (const list of this.#tracked.names('rmaps')) {
      const length = this.#tracked.isLost(list) ? 0 : this.#lists.count(list);
      if (length === 0) continue;
      lengths.set(list, length);
      if (this.#walked.has(list)) continue;
      this.#differ({ ...at, list }, { field: 'seen', kernel: 'an empty list', model: `${length} entries` });
    }
    const longest = longestMisfiled(phase, lengths);
    if (longest !== undefined && longest.count > (this.#misfiled?.count ?? 0)) this.#misfiled = longest;

    const logged = this.#recording.log?.snapshots[this.#snapshots.length];
    if (logged === undefined) return;
    const largest = this.#largestAt(at, logged.max_mmu_rmap_size);
    const lost = this.#tracked.names('rmaps').filter((list) => this.#tracked.isLost(list));
    const comparison = compareSnapshot(logged, {
      seq: at.seq,
      lengths,
      lost,
      largest,
      slots: [...this.#slots.values()],
    });
    this.#snapshots.push(comparison);
    for (const { path, ...values } of snapshotDifferences(comparison)) this.#differ(at, { field: path, ...values });
  }

  // what was added unseen may have raised the kernel's maximum, and cannot have lowered it
  #largestAt(at: Place, kernel: number | undefined): number {
    if (this.#largestLost && kernel !== undefined && kernel >= this.#largest) {
      this.#largest = kernel;
      this.#largestLost = false;
      this.#resynchronisations.push({ seq: at.seq, list: 'max_mmu_rmap_size', after: 'an untraced phase' });
    }
    return this.#largest;
  }
}

function holds(state: ListState, spte: string): boolean {
  if (state.k === 'one') return state.s === spte;
  return state.k === 'many' && state.d.some(({ s }) => s.includes(spte));
}
