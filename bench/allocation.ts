/** What a search allocates on the JavaScript heap, garbage included: arena and seen-set are outside it. `node dist/bench/allocation.js` */
import { Session } from 'node:inspector/promises';
import { searchVariant } from '#explorer';
import { type Case, cases } from './cases.ts';

interface ProfileNode {
  readonly selfSize: number;
  readonly children: readonly ProfileNode[];
}

const { suite, variant, bounds } = cases.Q6 as Case;
const session = new Session();
session.connect();
await session.post('HeapProfiler.startSampling', {
  samplingInterval: 16_384,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
});
const { states } = searchVariant(suite, variant, { bounds });
const { profile } = await session.post('HeapProfiler.stopSampling');
console.log(JSON.stringify({ states, bytes: total(profile.head) }));

function total({ selfSize, children }: ProfileNode): number {
  return children.reduce((sum, child) => sum + total(child), selfSize);
}
