/** Claims on the executions of random models, against the oracle on the graph that the immutable meaning gives. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkVariant, duty } from '#explorer';
import {
  type Edge,
  idle,
  type Instance,
  initialStates,
  type Plain,
  pointOf,
  type Suite,
  transitionsOf,
  viewOf,
} from '#notation';
import { long } from '../long.ts';
import { oracle } from './lasso-oracle.ts';
import type { Asked } from './random-graph.ts';
import { instanceOf, randomModel } from './random-model.ts';

const runs = long ? 1000 : 60;
/** Small enough for an oracle that tries every set of agents. */
const most = { states: 300, agents: 6 };

type State = { x: number; flag: boolean; lock: { held: boolean }; cpua: Parameters<typeof idle>[0][] };
const predicates: Readonly<Record<string, (s: State) => boolean>> = {
  flag: (s) => s.flag,
  noFlag: (s) => !s.flag,
  big: (s) => s.x === 2,
  held: (s) => s.lock.held,
  busy: (s) => !idle(s.cpua[0] as never),
  atRest: (s) => s.cpua.every((cpu) => idle(cpu)),
};
const name = fc.constantFrom(...Object.keys(predicates));

function takesLock({ operation }: Edge): boolean {
  if (operation.kind === 'fold') return (operation.program.points[0] as readonly Edge[]).every(takesLock);
  return operation.kind === 'lock';
}

/** What is asked of the oracle; undefined of a model that is too large for it. */
function asked(instance: Instance, given: string, wanted: string): Asked | undefined {
  const states = new Map<string, Plain>(initialStates(instance).map(({ state }) => [JSON.stringify(state), state]));
  const starts = Array.from({ length: states.size }, (_, i) => i);
  const agents: string[] = [];
  const labels: { agent: number; owed: number }[] = [];
  const first: number[] = [];
  const to: string[] = [];
  for (const state of states.values()) {
    first.push(to.length);
    for (const { transition, applied } of transitionsOf(instance, state)) {
      const { edge, choices } = transition;
      const thread = instance.threads[transition.thread];
      const begins = thread === undefined || pointOf(thread, state) === 0;
      const ofOne = takesLock(edge) ? duty.strong : duty.weak;
      const agent = thread ? thread.path : edge.fair ? `${edge.label} ${choices[0]}` : undefined;
      if (agent !== undefined && !agents.includes(agent)) agents.push(agent);
      const freely = edge.fair ? duty.weak : duty.none;
      labels.push({ agent: agent === undefined ? -1 : agents.indexOf(agent), owed: begins ? freely : ofOne });
      const key = applied.kind === 'next' ? JSON.stringify(applied.state) : '';
      to.push(key);
      if (applied.kind === 'next' && !states.has(key)) states.set(key, applied.state);
    }
    if (states.size > most.states || agents.length > most.agents) return undefined;
  }
  const places = new Map([...states.keys()].map((key, i) => [key, i]));
  const holds = (which: string, state: Plain): boolean =>
    predicates[which]?.(viewOf(instance, state) as State) === true;
  return {
    graph: {
      states: states.size,
      first: Uint32Array.from([...first, to.length]),
      to: Int32Array.from(to, (key) => places.get(key) ?? -1),
      label: Uint16Array.from(to, (_, i) => i),
      agents: agents.length,
      agentOf: Int16Array.from(labels, ({ agent }) => agent),
      dutyOf: Uint8Array.from(labels, ({ owed }) => owed),
    },
    starts,
    begins: Uint8Array.from([...states.values()], (state) => Number(holds(given, state))),
    stays: Uint8Array.from([...states.values()], (state) => Number(!holds(wanted, state))),
  };
}

test(`${runs} random models violate a leadsTo exactly when the oracle says so`, () => {
  const count = { violated: 0, holds: 0, vacuous: 0 };
  fc.assert(
    fc.property(randomModel, fc.boolean(), name, name, (made, isFair, given, wanted) => {
      const source = made.source.replaceAll(/forAny\(Page, (act\d+)\)/g, isFair ? 'fair(forAny(Page, $1))' : '$&');
      const instance = instanceOf({ source });
      const question = instance && asked(instance, given, wanted);
      fc.pre(instance !== undefined && question !== undefined);
      const leadsTo = { comes: [predicates[given], predicates[wanted]] };
      const suite = { model: instance.model, invariants: {}, reachable: {}, leadsTo, eventually: {}, violated: {} };
      const { claims, states } = checkVariant(suite as unknown as Suite, 'only', { bounds: instance.bounds });
      const found = claims.find(({ kind }) => kind === 'leadsTo');
      const otherwise = question.begins.includes(1) ? 'holds' : 'vacuous';
      expect(states).toBe(question.graph.states);
      expect(found?.outcome).toBe(oracle(question) === 'fair' ? 'violated' : otherwise);
      // One that is violated has been executed again.
      expect(found?.trace === undefined).toBe(found?.outcome !== 'violated');
      count[found?.outcome as keyof typeof count]++;
    }),
    { seed: 7, numRuns: runs, endOnFailure: true },
  );
  expect(Math.min(count.violated, count.holds)).toBeGreaterThan(runs / 5);
}, 600_000);
