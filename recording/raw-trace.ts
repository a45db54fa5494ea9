/** The same operations from the untrimmed text of tracefs. */
import { shown } from './json-line.ts';
import { ListNames } from './list-names.ts';
import type { Operation } from './operations.ts';
import { inOrder } from './order.ts';
import { functionName, ProbeArguments, wrongEvent } from './probe-arguments.ts';
import { readSetSlot } from './slots.ts';
import { readTraceEvents, type TraceEvent } from './tracefs-text.ts';

/**
 * Reads the text of tracefs's `trace` file, untrimmed: kprobe events named as in the recordings' `probes.txt`, trace clock `counter`,
 * tracing on since before the VM was made. Gives the same operations as the trimmed form of the same run; the names of lists, which that
 * form has and a trace has not, are deduced by {@link ListNames}.
 *
 * @throws {RecordingError} naming the line: events lost or missing, a call without its return, an argument of another form.
 */
export function readRawTrace(text: string, file: string): Operation[] {
  return operationsOf(readTraceEvents(text, file), file);
}

/** The same from its events. */
export function operationsOf(events: readonly TraceEvent[], file: string): Operation[] {
  const calls = new Calls(file);
  for (const event of events) calls.take(event);
  return calls.operations();
}

type ListCall = Extract<Operation, { op: 'add' | 'remove' | 'zap_all' }>;

/** Events in, operations out: a call takes the place in the order that its entry had, and is finished by its return. */
class Calls {
  readonly #file: string;
  readonly #names = new ListNames();
  readonly #done: Operation[] = [];
  readonly #lines: number[] = [];
  readonly #open = new Map<string, { readonly index: number; readonly entry: TraceEvent; readonly call: ListCall }>();
  #snapshot: string | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  take(event: TraceEvent): void {
    switch (event.name) {
      case 'tracing_mark_write':
        return this.#mark(event);
      case 'rmap_add':
        return this.#rmapAdd(event);
      case 'list_add':
      case 'list_rm':
      case 'list_zap_all':
        return this.#enter(event, this.#call(event, event.name));
      case 'list_add_ret':
      case 'list_rm_ret':
      case 'list_zap_all_ret':
        return this.#leave(event);
      case 'list_count':
        return this.#seen(event);
      default:
        return;
    }
  }

  operations(): Operation[] {
    for (const { entry } of this.#open.values()) {
      throw wrongEvent(entry, `expected the return of this ${entry.name}, and saw none`);
    }
    return inOrder(this.#done, this.#file, (index) => this.#lines[index] ?? 0);
  }

  #record(event: TraceEvent, operation: Operation): number {
    this.#lines.push(event.line);
    return this.#done.push(operation) - 1;
  }

  #rmapAdd(event: TraceEvent): void {
    const given = new ProbeArguments(event);
    const [gfn, base_gfn] = [given.number('gfn'), given.number('base_gfn')];
    const [rmap4k, rmap2m] = [given.number('rmap4k'), given.number('rmap2m')];
    this.#names.rmapAdd(event.pid, { spte: given.address('spte'), gfn, base_gfn, rmap4k, rmap2m });
  }

  #call(event: TraceEvent, name: 'list_add' | 'list_rm' | 'list_zap_all'): ListCall {
    const { seq, pid } = event;
    const given = new ProbeArguments(event);
    const head = given.address('head');
    const pre = given.listState();
    if (name === 'list_zap_all') {
      return { seq, op: 'zap_all', list: this.#names.of(head, '1G'), pre, by: given.function('from') };
    }
    const spte = given.address('spte');
    if (name === 'list_rm') {
      return { seq, op: 'remove', list: this.#names.of(head, 'parent'), spte, pre, by: given.function('from') };
    }
    // the return tells these two
    const unknown = { ret: 0, by: '' };
    return { seq, op: 'add', list: this.#names.ofAdd(pid, spte, head), spte, pre, ...unknown };
  }

  #enter(entry: TraceEvent, call: ListCall): void {
    const key = `${entry.pid} ${entry.name}`;
    if (this.#open.has(key)) {
      throw wrongEvent(entry, `expected the return of the ${entry.name} before, and saw the next one`);
    }
    this.#open.set(key, { index: this.#record(entry, call), entry, call });
  }

  #leave(event: TraceEvent): void {
    const key = `${event.pid} ${event.name.replace('_ret', '')}`;
    const open = this.#open.get(key);
    if (open === undefined) throw wrongEvent(event, `expected a call before this ${event.name}, and saw none`);
    this.#open.delete(key);
    const { call, index } = open;
    if (call.op === 'zap_all') return;
    const given = new ProbeArguments(event);
    // where the probe of the return reads the head again, it has the list after the call
    const post = given.has('head') ? { post: given.listState() } : {};
    if (call.op === 'remove') {
      this.#done[index] = { ...call, ...post };
      return;
    }
    const [, caller = ''] = /^\((\S+)/.exec(event.text) ?? [];
    const by = functionName(caller);
    if (by === undefined) throw wrongEvent(event, `expected the function that called, and saw ${shown(caller)}`);
    this.#done[index] = { ...call, ret: given.whole('ret'), by, ...post };
  }

  #seen(event: TraceEvent): void {
    const given = new ProbeArguments(event);
    const state = given.listState();
    if (state.k === 'empty' || this.#snapshot === undefined) return;
    const list = this.#names.of(given.address('head'), '1G');
    this.#record(event, { seq: event.seq, op: 'seen', snapshot: this.#snapshot, list, state });
  }

  #mark(event: TraceEvent): void {
    const { seq, text } = event;
    const [word = '', phase = ''] = text.split(' ');
    switch (word) {
      case 'PHASE':
        this.#record(event, { seq, op: 'phase', phase });
        break;
      case 'SNAPSHOT_BEGIN':
        this.#record(event, { seq, op: 'snapshot_begin', phase });
        this.#snapshot = phase;
        break;
      case 'SNAPSHOT_END':
        this.#record(event, { seq, op: 'snapshot_end', phase });
        this.#snapshot = undefined;
        break;
      case 'VM_DESTROY_BEGIN':
        this.#record(event, { seq, op: 'mark', text });
        break;
      case 'SETSLOT': {
        this.#record(event, { seq, op: 'mark', text });
        const slot = readSetSlot(text);
        if (slot === undefined) {
          throw wrongEvent(event, `expected SETSLOT slot= gfn= npages= flags=, and saw ${shown(text)}`);
        }
        this.#names.setSlot(slot);
      }
    }
  }
}
