/** The two executions of one notation: the immutable one by immer and the packed one of the explorer. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machineOf } from '#explorer';
import {
  initialStates,
  type Instance,
  instantiate,
  type Plain,
  type Program,
  StepFailure,
  type Suite,
  transitionsOf,
  viewOf,
} from '#notation';
import { nameOf } from '../notation/by-name.ts';
import { shippedVariants, suiteOf } from '../shipped.ts';
import { tinyClaims, tinyModels } from '../tiny-models.ts';

type Claims = Pick<Suite, 'invariants' | 'reachable'>;

/** A machine, and what it has told its listener since the last look. */
function listened(instance: Instance) {
  let words: number[] = [];
  let failed: string[] = [];
  let warned = 0;
  const machine = machineOf(instance, {
    flush(batch) {
      words.push(...batch.words.subarray(0, batch.length * machine.layout.words));
      batch.length = 0;
    },
    failed: (error) => failed.push(kindOf(error)),
    warned: () => warned++,
  });
  const look = () => {
    const seen = { words, failed, warned };
    words = [];
    failed = [];
    warned = 0;
    return seen;
  };
  return { machine, reader: machineOf(instance), look };
}

function kindOf(error: unknown): string {
  return error instanceof StepFailure ? error.failure : 'throws';
}

/** Holds everything that both executions say of a state against each other. Returns the transitions of the immutable one. */
function agree(
  instance: Instance,
  { machine, reader, look }: ReturnType<typeof listened>,
  state: Plain,
  claims: Claims,
) {
  const immutable = transitionsOf(instance, state);
  const words = machine.packPlain(state);
  machine.load(words, 0);
  expect(machine.plain()).toEqual(state);

  const truth = (view: unknown) =>
    Object.entries({ ...claims.invariants, ...claims.reachable }).map(([name, claim]) => {
      try {
        return [name, claim(view as never)];
      } catch (error) {
        return [name, kindOf(error)];
      }
    });
  expect(truth(machine.root)).toEqual(truth(viewOf(instance, state)));

  const inPacked = machine.successors();
  expect(
    inPacked.map(({ words: after, error, warning, ...transition }) => {
      if (after === undefined) return [nameOf(instance, transition), kindOf(error)];
      reader.load(after, 0);
      return [nameOf(instance, transition), reader.plain(), warning];
    }),
  ).toEqual(
    immutable.map(({ transition, applied }) => {
      const name = nameOf(instance, transition);
      return applied.kind === 'next'
        ? [name, applied.state, applied.warning]
        : [name, applied.kind === 'failed' && applied.failure];
    }),
  );

  const fired = machine.fired.slice();
  const transitions = machine.transitions();
  machine.load(words, 0);
  const ofThreads = machine.expand();
  machine.flush();
  const { words: emitted, failed, warned } = look();
  expect(emitted).toEqual(
    inPacked.flatMap((each) => (each.words && each.words.join() !== words.join() ? [...each.words] : [])),
  );
  expect(failed).toEqual(inPacked.filter((each) => each.words === undefined).map((each) => kindOf(each.error)));
  expect(warned).toBe(inPacked.filter((each) => each.words && each.warning !== undefined).length);
  expect(machine.transitions() - transitions).toBe(inPacked.length);
  expect(ofThreads).toBe(inPacked.filter(({ thread }) => thread >= 0).length);
  const counts = new Map<number, number>();
  for (const { thread, edge, words: after } of inPacked) {
    const row = instance.threads[thread]?.row;
    const of = row === undefined ? instance.actions.indexOf(edge) : edge.element;
    const first =
      row === undefined
        ? machine.elements.length - instance.actions.length
        : machine.elements.findIndex((each) => each.row === row);
    const at = of < 0 ? machine.elements.length : first + of;
    if (after) counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  const folded = foldedElements(instance, machine);
  fired.forEach((before, at) => {
    if (!folded.has(at)) expect([at, (machine.fired[at] as number) - before]).toEqual([at, counts.get(at) ?? 0]);
  });
  return immutable;
}

/** Elements that stand inside an atomically: how often they ran is not to be seen from outside. */
function foldedElements(instance: Instance, { elements }: ReturnType<typeof machineOf>): ReadonlySet<number> {
  const found = new Set<number>();
  const add = (program: Program, base: number, inside: boolean): void => {
    for (const { element, operation } of program.points.flat()) {
      if (inside) found.add(base + element);
      if (operation.kind === 'fold') add(operation.program, base, true);
    }
  };
  for (const { row, program } of instance.threads) {
    add(
      program,
      elements.findIndex((each) => each.row === row),
      false,
    );
  }
  return found;
}

describe('along random walks of a shipped model both executions say the same', () => {
  test.each(shippedVariants())('$name', ({ model, variant }) => {
    const instance = instantiate(model, variant);
    const suite = suiteOf(model);
    const both = listened(instance);
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 5, maxLength: 25 }), (turns) => {
        let state = initialStates(instance)[(turns[0] as number) % initialStates(instance).length]?.state as Plain;
        for (const turn of turns) {
          const next = agree(instance, both, state, suite).flatMap(({ applied }) =>
            applied.kind === 'next' ? [applied.state] : [],
          );
          if (next.length === 0) return;
          state = next[turn % next.length] as Plain;
        }
      }),
      { numRuns: 3 },
    );
  });
});

describe('in every state of a tiny model both executions say the same', () => {
  test.each(Object.entries(tinyModels))('%s', (_, instance) => {
    const both = listened(instance);
    const seen = new Set<string>();
    const queue = initialStates(instance).map(({ state }) => state);
    // The first states are enough: what differs between later ones are values.
    for (const state of queue) {
      if (seen.size >= 150) break;
      const key = JSON.stringify(state);
      if (seen.has(key)) continue;
      seen.add(key);
      for (const { applied } of agree(instance, both, state, tinyClaims))
        if (applied.kind === 'next') queue.push(applied.state);
    }
    expect(seen.size).toBeGreaterThan(0);
  });
});
