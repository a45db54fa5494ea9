/**
 * What a search allocates on the JavaScript heap, garbage included: arena and seen-set are outside it. And how much of it is kept.
 * `node --expose-gc dist/bench/allocation.js [case]`. The garbage of callbacks that the case's steps and claims make counts too.
 */
import { Session } from 'node:inspector/promises';
import { search } from '#explorer';
import { instantiate } from '#notation';
import { type Case, cases } from './cases.ts';

interface ProfileNode {
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

const { suite, variant, bounds } = cases[process.argv[2] ?? 'Q6'] as Case;
const instance = instantiate(suite.model, variant, bounds);
const session = new Session();
session.connect();
const before = inUse();
await session.post('HeapProfiler.startSampling', {
  samplingInterval: 16_384,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
});
const searched = search(instance, suite);
const { profile } = await session.post('HeapProfiler.stopSampling');
const kept = inUse() - before;
console.log(JSON.stringify({ states: searched.states, allocated: total(profile.head), kept }));

function inUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function total({ selfSize, children }: ProfileNode): number {
  return children.reduce((sum, child) => sum + total(child), selfSize);
}
