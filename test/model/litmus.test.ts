/** The outcomes of the litmus tests, against an interpreter of the same programs that shares nothing with the notation. */
import { describe, expect, test } from 'vitest';
import { graphOf, search } from '#explorer';
import { isOutcome, litmusSuite } from '#invariants';
import { type Litmus, litmus, litmusPrograms } from '#model';
import { instantiate, type MemoryOrder, memoryOrders } from '#notation';
import { testFindings } from '../findings/written.ts';

/** What a step's name says it does. */
type Instruction =
  | { kind: 'write'; at: string; value: number; release: boolean }
  | { kind: 'exchange'; at: string; value: number }
  | { kind: 'read'; at: string; register: number }
  | { kind: 'full' | 'stores' | 'nothing' };

function instruction(name: string): Instruction {
  const [, write, at, value] = /^(WRITE_ONCE|smp_store_release|xchg)_(\w)_(\d)$/.exec(name) ?? [];
  if (at !== undefined && write === 'xchg') return { kind: 'exchange', at, value: Number(value) };
  if (at !== undefined) return { kind: 'write', at, value: Number(value), release: write === 'smp_store_release' };
  const [, register, from] = /^r(\d)_\w+_(\w)$/.exec(name) ?? [];
  if (from !== undefined) return { kind: 'read', at: from, register: Number(register) };
  return { kind: name === 'smp_mb' ? 'full' : name === 'smp_wmb' ? 'stores' : 'nothing' };
}

interface Run {
  readonly memory: Readonly<Record<string, number>>;
  readonly registers: readonly number[];
  /** For each thread, where it is and what it has stored: `undefined` stands for a store barrier. */
  readonly threads: readonly { at: number; pending: readonly ([string, number] | undefined)[] }[];
}

/** Every final memory and registers, with buffers of any length. */
function outcomes(program: readonly (readonly Instruction[])[], order: MemoryOrder): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (run: Run): void => {
    const key = JSON.stringify(run);
    if (seen.has(key)) return;
    seen.add(key);
    const next = [...program.keys()].flatMap((thread) => [
      ...commits(run, thread, order),
      ...executes(run, thread, program, order),
    ]);
    if (next.length === 0) found.add(JSON.stringify([run.memory.x, run.memory.y, ...run.registers]));
    next.forEach(visit);
  };
  visit({ memory: { x: 0, y: 0 }, registers: [0, 0, 0, 0], threads: program.map(() => ({ at: 0, pending: [] })) });
  return found;
}

function commits(run: Run, thread: number, order: MemoryOrder): Run[] {
  const { pending } = run.threads[thread] as Run['threads'][number];
  return pending.flatMap((store, i) => {
    const before = pending.slice(0, i);
    if (store === undefined) return i === 0 ? [withThread(run, thread, { pending: pending.slice(1) })] : [];
    const may = order === 'pso' ? before.every((each) => each !== undefined && each[0] !== store[0]) : i === 0;
    if (!may) return [];
    const rest = pending.filter((_, j) => j !== i);
    return [{ ...withThread(run, thread, { pending: rest }), memory: { ...run.memory, [store[0]]: store[1] } }];
  });
}

function executes(run: Run, thread: number, program: readonly (readonly Instruction[])[], order: MemoryOrder): Run[] {
  const { at, pending } = run.threads[thread] as Run['threads'][number];
  const what = program[thread]?.[at];
  if (what === undefined) return [];
  const on = { at: at + 1 };
  const stores = order === 'pso' ? [...pending, undefined] : pending;
  switch (what.kind) {
    case 'nothing':
      return [withThread(run, thread, on)];
    case 'stores':
      return [withThread(run, thread, { ...on, pending: stores })];
    case 'full':
      return pending.length === 0 ? [withThread(run, thread, on)] : [];
    case 'exchange':
      return pending.length === 0
        ? [{ ...withThread(run, thread, on), memory: { ...run.memory, [what.at]: what.value } }]
        : [];
    case 'write': {
      if (order === 'sc') return [{ ...withThread(run, thread, on), memory: { ...run.memory, [what.at]: what.value } }];
      const store: [string, number] = [what.at, what.value];
      return [withThread(run, thread, { ...on, pending: [...(what.release ? stores : pending), store] })];
    }
    case 'read': {
      const own = pending.findLast((store) => store?.[0] === what.at);
      const registers = run.registers.with(what.register, own ? own[1] : (run.memory[what.at] as number));
      return [{ ...withThread(run, thread, on), registers }];
    }
  }
}

function withThread(run: Run, thread: number, change: Partial<Run['threads'][number]>): Run {
  const own = run.threads[thread] as Run['threads'][number];
  return { ...run, threads: run.threads.with(thread, { ...own, ...change }) };
}

/** The same from the search of the model. */
function searched(variant: string): Set<string> {
  const found = search(instantiate(litmus, variant), litmusSuite);
  const { machine, visited, states } = found;
  const { first } = graphOf(found);
  const final = new Set<string>();
  for (let at = 0; at < states; at++) {
    machine.load(visited.arena, at);
    const { x, y, r } = machine.root as Litmus;
    if (isOutcome(machine.root as Litmus)) final.add(JSON.stringify([x, y, ...r]));
    else expect(first[at + 1], 'only an outcome has no transition').toBeGreaterThan(first[at] as number);
  }
  return final;
}

describe('a litmus test has exactly the outcomes of an interpreter with unbounded store buffers', () => {
  for (const order of memoryOrders) {
    test.each(Object.keys(litmusPrograms))(`%s under ${order}`, (name) => {
      const { threads } = litmusPrograms[name] as (typeof litmusPrograms)[string];
      const program = threads.map((steps) => steps.map((step) => instruction(step.name)));
      expect(searched(`${name}-${order}`)).toEqual(outcomes(program, order));
    });
  }
});

testFindings('litmus');
