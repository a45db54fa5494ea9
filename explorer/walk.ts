/**
 * Random walks, for bounds that cannot be exhausted. Walk number i of a seed is the same on every machine and in every order, so that
 * several workers can take different ones and what they find is found again by its number.
 *
 * Each walk has its own order of the threads: some are more likely to be next than others, and whoever goes is more or less likely to go
 * on. A walk whose threads all have the same chance hardly ever lets one of them wait for long, which is what most races need.
 */
import { describe, type Instance, instantiate, running, StepFailure, type Suite } from '#notation';
import { stuckness } from './deadlock.ts';
import { kindsIn } from './graph.ts';
import { machineOf } from './machine.ts';
import { openClaims } from './open-claims.ts';
import { shrunk } from './shrink.ts';
import { type NamedPath, pathAlong } from './trace.ts';
import type { Batch } from './visited.ts';

/** Which walks are to be made. */
export interface Walks {
  readonly seed: number;
  /** The number of the first one, and how many. */
  readonly first: number;
  readonly count: number;
  /** Steps that each has at most. */
  readonly steps: number;
  /** Wall-clock seconds after which no other one begins. */
  readonly seconds?: number | undefined;
  /** The claim or reserved word that is looked for; any of them when nothing is said. */
  readonly claim?: string | undefined;
}

/** What walks came to, as plain data that a worker can send. */
export interface Walked {
  /** Walks that were made. */
  readonly walks: number;
  /** Steps that they took, in all. */
  readonly steps: number;
  /** The violation that the first of them met that met any. */
  readonly found: FoundByWalk | undefined;
}

/** A violation that a walk met. */
export interface FoundByWalk {
  /** The number of the walk. */
  readonly walk: number;
  /** Steps that it took to there. */
  readonly length: number;
  readonly name: string;
  readonly inStep: boolean;
  readonly message: string | undefined;
  /** The steps that were left when those that it does not need were taken away. */
  readonly path: NamedPath;
}

/** How much more likely one thread is than the next: each has one of these weights, in each walk another. */
const weights = [1, 1, 3, 9, 27];
/** How likely it is that whoever took a step takes the next one too. */
const stamina = [0, 0.5, 0.8, 0.95];

/**
 * Walks through one variant until something is violated.
 * @throws Error with a sentence, as `instantiate` does.
 */
export function walkVariant(
  suite: Suite,
  variant: string,
  bounds: Readonly<Record<string, number>> | undefined,
  walks: Walks,
): Walked {
  const instance = instantiate(suite.model, variant, bounds);
  const started = performance.now();
  const walker = walkerOf(instance, wantedOf(suite.invariants, walks.claim), walks);
  let steps = 0;
  for (let done = 0; done < walks.count; done++) {
    if (walks.seconds !== undefined && performance.now() - started > walks.seconds * 1000)
      return { walks: done, steps, found: undefined };
    const walk = walker(walks.first + done);
    steps += walk.steps;
    if (walk.found) return { walks: done + 1, steps, found: walk.found };
  }
  return { walks: walks.count, steps, found: undefined };
}

/** The invariants that have to be looked at: one that throws is found only by looking. */
function wantedOf(invariants: Suite['invariants'], claim: string | undefined): Suite['invariants'] {
  if (claim === undefined || claim === 'throws') return invariants;
  return Object.fromEntries(Object.entries(invariants).filter(([name]) => name === claim));
}

interface Meeting {
  readonly name: string;
  readonly inStep: boolean;
  readonly message: string | undefined;
  /** Who takes the step that fails; 0 is the hardware. */
  readonly agent: number;
}

/** The walk of a number. */
function walkerOf(
  instance: Instance,
  invariants: Suite['invariants'],
  { seed, steps: most, claim }: Walks,
): (walk: number) => { steps: number; found: FoundByWalk | undefined } {
  const agents = instance.threads.length + 1;
  let met: Meeting | undefined;
  const meet = (name: string, inStep: boolean, message: string | undefined): void => {
    if (claim === undefined || claim === name) met ??= { name, inStep, message, agent: running.thread + 1 };
  };

  /** The successors of the state where the walk is, by who takes the step. */
  let after: Int32Array[][] = [];
  const machine = machineOf(
    instance,
    {
      flush(batch: Batch) {
        for (let i = 0; i < batch.length; i++) {
          const number = batch.parents[i] as number;
          if (number >= 0) after[number % agents]?.push(batch.words.slice(i * width, (i + 1) * width));
        }
        batch.length = 0;
      },
      failed(error) {
        const failure = error instanceof StepFailure ? error : new StepFailure('throws', `threw ${describe(error)}`);
        meet(failure.failure, true, failure.message);
      },
      warned: (message) => meet('WARN_ON_ONCE', true, message),
    },
    false,
    kindsIn(instance).numbers,
  );
  const width = machine.layout.words;
  const isStuck = stuckness(machine);
  const starts = (instance.initial.length > 0 ? instance.initial : [() => {}]).map((make) => machine.pack(make));
  const open = openClaims({ invariants, reachable: {} }, machine.root, (decision) => {
    if (decision.kind === 'violated') meet(decision.name, false, undefined);
    else if (decision.kind === 'threw') meet('throws', false, decision.message);
  });

  return (walk) => {
    const random = numbersFrom(seed, walk);
    const weight = Array.from({ length: agents }, () => one(weights, random));
    const goesOn = one(stamina, random);
    const states = new Int32Array((most + 1) * width);
    const takers: number[] = [];
    states.set(one(starts, random));
    let last = -1;
    let at = 0;
    for (; ; at++) {
      machine.load(states, at);
      open.look();
      if (machine.changed()) meet('throws', false, 'a claim wrote to the state; a claim only reads');
      if (met) break;
      after = Array.from({ length: agents }, () => []);
      const ofThreads = machine.expand();
      machine.flush();
      if (met) break;
      if (ofThreads === 0 && (claim ?? 'deadlock') === 'deadlock' && machine.midFunction() && isStuck(states, at)) {
        meet('deadlock', false, undefined);
        break;
      }
      const able = after.flatMap((each, agent) => (each.length > 0 ? [agent] : []));
      if (at === most || able.length === 0) return { steps: at, found: undefined };
      if (!able.includes(last) || random() >= goesOn) last = weighted(able, weight, random);
      takers.push(last);
      states.set(one(after[last] as Int32Array[], random), (at + 1) * width);
    }
    const { agent, ...violation } = met as Meeting;
    const path = Array.from({ length: at + 1 }, (_, i) => i);
    if (violation.inStep) takers.push(agent);
    const walked = pathAlong(
      {
        machine,
        visited: { isAt: (words, i) => words.every((word, k) => word === states[i * width + k]) },
        symmetry: undefined,
      },
      path,
      takers.length,
      ({ thread, error, warning }, i) => {
        if (thread + 1 !== takers[i]) return false;
        if (i < at) return true;
        if (violation.name === 'WARN_ON_ONCE') return warning !== undefined;
        return error !== undefined && (error instanceof StepFailure ? error.failure : 'throws') === violation.name;
      },
    );
    const found = {
      walk,
      length: walked.steps.length,
      ...violation,
      path: shrunk(machine, invariants, walked, violation),
    };
    return { steps: at, found };
  };
}

function one<Each>(all: readonly Each[], random: () => number): Each {
  return all[Math.floor(random() * all.length)] as Each;
}

function weighted(able: readonly number[], weight: readonly number[], random: () => number): number {
  let left = random() * able.reduce((sum, agent) => sum + (weight[agent] as number), 0);
  return able.find((agent) => (left -= weight[agent] as number) < 0) ?? (able.at(-1) as number);
}

/** Numbers from 0 to below 1, the same ones for the same seed and walk. */
function numbersFrom(seed: number, walk: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(walk + 1, 0xc2b2ae35);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
