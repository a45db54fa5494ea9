/** The thread that looks for what does not come to its end: state by state, each within a time limit. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  derived,
  executionClaims,
  type Instance,
  initialStates,
  instantiate,
  type Plain,
  pointOf,
  running,
  type Suite,
  transitionsOf,
  viewOf,
} from '#notation';
import type { Job } from './searches.ts';
import { narrowed, ownSuites, suitesOf } from './suites.ts';
import { endsWithin } from './time-limit.ts';

/** Milliseconds in which all that is done with one state must come to its end: the second time, when it did not the first. */
const limits = [200, 300];

const port = parentPort;
if (port === null) throw new Error('[mmucheck bug] the hang worker was started as a program');
const { file, model, variant, bounds, only } = workerData as Job;
const known = file === undefined ? ownSuites() : await suitesOf([file]);
const found = known.find(({ suite }) => suite.model.name === model);
if (found) {
  const suite = narrowed(derived(found.suite, variant), only);
  port.postMessage(whatHangs(instantiate(suite.model, variant, bounds), suite));
}

/** Breadth first, as the search went that did not come to its end. */
function whatHangs(instance: Instance, suite: Suite): string | undefined {
  const claims = [
    ...Object.entries({ ...suite.invariants, ...suite.reachable }),
    ...executionClaims(suite, instance.bounds).flatMap(({ name, given, wanted }) =>
      [given ?? wanted, wanted].map((predicate) => [name, predicate] as const),
    ),
  ];
  const states: Plain[] = [];
  const seen = new Set<string>();
  const add = (state: Plain): void => {
    if (seen.size < seen.add(JSON.stringify(state)).size) states.push(state);
  };
  if (!ends(() => initialStates(instance).forEach(({ state }) => add(state)))) return 'an initial state';
  for (let at = 0; at < states.length; at++) {
    const state = states[at] as Plain;
    for (const [name, claim] of claims)
      if (!ends(() => claim(viewOf(instance, state) as never))) return `claim ${name}`;
    const successors: Plain[] = [];
    const expand = (of: Instance) => () => {
      for (const { applied } of transitionsOf(of, state)) if (applied.kind === 'next') successors.push(applied.state);
    };
    if (!ends(expand(instance))) return stepOf(instance, state, (of) => ends(expand(of)));
    for (const successor of successors) add(successor);
  }
  return undefined;
}

/** What does not come to its end in a state: what the thread does that ran last, or one of the actions. */
function stepOf(instance: Instance, state: Plain, ended: (of: Instance) => boolean): string {
  const thread = instance.threads[running.thread];
  if (thread === undefined) {
    const action = instance.actions.find((each) => !ended({ ...instance, threads: [], actions: [each] }));
    return `action ${action?.label}`;
  }
  const labels = thread.program.points[pointOf(thread, state)]?.map(({ label }) => label) ?? [];
  return `step ${thread.path}.${labels.join(' or ')}`;
}

/** Whether something comes to its end, as far as the limits tell. What fails does, and what has got on with its outcomes: it only has very many. */
function ends(run: () => void): boolean {
  const failing = (): void => {
    try {
      run();
    } catch {
      // It has come to its end.
    }
  };
  const reached = new Set<string>();
  for (const milliseconds of limits) {
    if (endsWithin(milliseconds, failing)) return true;
    reached.add([running.thread, ...running.choices].join());
  }
  return reached.size > 1;
}
