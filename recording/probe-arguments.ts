/** The arguments of a kprobe event. */
import { shown } from './json-line.ts';
import { type DescriptorState, DESCRIPTORS_READ, type ListState, PTE_LIST_EXT } from './list-state.ts';
import { RecordingError } from './recording-error.ts';
import type { TraceEvent } from './tracefs-text.ts';

/** The arguments of one kprobe event, `name=value` each, in the types of the recordings' `probes.txt`. What is asked for must be there. */
export class ProbeArguments {
  readonly #event: TraceEvent;
  readonly #values = new Map<string, string>();

  constructor(event: TraceEvent) {
    this.#event = event;
    for (const [, name = '', value = ''] of event.text.matchAll(/(\w+)=(\{[^}]*\}|\S+)/g))
      this.#values.set(name, value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** An `x64`: hex digits without the `0x`. */
  address(name: string): string {
    const [, digits] = /^0x([0-9a-f]{1,16})$/.exec(this.#value(name)) ?? [];
    return digits ?? this.#not(name, 'a number in hex');
  }

  /** An `x64` that is calculated with. */
  number(name: string): bigint {
    return BigInt(`0x${this.address(name)}`);
  }

  /** A `u32` or `u64` that counts something. */
  whole(name: string): number {
    const text = this.#value(name);
    return /^\d+$/.test(text) ? Number(text) : this.#not(name, 'a whole number');
  }

  /** The function of a `symbol`, without its offset and what the compiler appended to its name. */
  function(name: string): string {
    return functionName(this.#value(name)) ?? this.#not(name, 'a place in a function');
  }

  /**
   * The list as the probe read it: the head word `val`, and `n`, `t`, `m`ore and `s`lots of eight descriptors. Those behind the end of the
   * list hold whatever was there, and are not looked at.
   */
  listState(): ListState {
    const head = this.number('val');
    if (head === 0n) return { k: 'empty' };
    if ((head & 1n) === 0n) return { k: 'one', s: this.address('val') };
    const d: DescriptorState[] = [];
    let next = head - 1n;
    while (next !== 0n && d.length < DESCRIPTORS_READ) {
      const i = d.length;
      const n = this.whole(`n${i}`);
      if (n > PTE_LIST_EXT) this.#not(`n${i}`, `a spte_count in 0..${PTE_LIST_EXT}, as at the offsets of probes.txt`);
      const tail = this.has(`t${i}`) ? { t: this.whole(`t${i}`) } : {};
      d.push({ a: next.toString(16), n, ...tail, s: this.#slots(`s${i}`).slice(0, n) });
      next = this.number(`m${i}`);
    }
    return next === 0n ? { k: 'many', d } : { k: 'many', d, trunc: true };
  }

  #slots(name: string): string[] {
    const [, list] = /^\{(0x[0-9a-f]{1,16}(?:,0x[0-9a-f]{1,16})*)\}$/.exec(this.#value(name)) ?? [];
    const slots = list?.split(',').map((slot) => slot.slice(2));
    return slots?.length === PTE_LIST_EXT ? slots : this.#not(name, `${PTE_LIST_EXT} slots`);
  }

  #value(name: string): string {
    return this.#values.get(name) ?? 'nothing';
  }

  #not(name: string, expected: string): never {
    throw wrongEvent(this.#event, `expected ${name} to be ${expected}, and saw ${shown(this.#value(name))}`);
  }
}

/** The function of `function.suffix+0x12/0x34`, or undefined for anything else. */
export function functionName(symbol: string): string | undefined {
  return /^([A-Za-z_]\w*)[.+]/.exec(symbol)?.[1];
}

/** The error of an event that does not fit. */
export function wrongEvent(event: TraceEvent, sentence: string): RecordingError {
  const again = 'copy the file `trace` of tracefs whole, or record anew with the probes of probes.txt';
  return new RecordingError(event.file, event.line, `${sentence} (event ${event.name}); ${again}`);
}
