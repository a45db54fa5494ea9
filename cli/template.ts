/** What `mmucheck new` writes: a model with its suite, and a test of it, for somebody who has not written one yet. */

/** The model and its suite; `name` is in lower case with dashes. */
export function modelText(name: string): string {
  return `/**
 * What it is, in a sentence: here, whether a statistic of page faults may be counted without mmu_lock.
 *
 * Models: the patch by its title, the file and the functions that it changes.
 *
 * Assumes: what is left out, because the claims below do not depend on it.
 */
import { claim, ended, holding, implies, model, once, range, spinlock, type StateOf, suite, thread, upTo } from 'mmucheck';

// A set of names. How many members it has is a bound, which may be raised: mmucheck check ./${name}.ts --bounds vcpu=3
const Vcpu = range('vcpu');

// What another CPU, or a claim, can tell apart. Everything is zero at the start.
const state = {
  mmu_lock: spinlock,
  pf_fixed: upTo(Vcpu),
  vcpu: thread(Vcpu, { seen: upTo(Vcpu) }), // threads, with what each has in a local variable
  ghost: { faults: upTo(Vcpu) }, // what no kernel field says, and the claim needs
};
interface State extends StateOf<typeof state> {}
type VcpuThread = State['vcpu'][0];

// Steps: one for whatever another CPU could see in between. Each is one atomic transition, and may return blocked (not now).
function load_pf_fixed(s: State, vcpu: VcpuThread): void {
  vcpu.seen = s.pf_fixed;
}

function store_pf_fixed(s: State, vcpu: VcpuThread): void {
  s.pf_fixed = vcpu.seen + 1;
  s.ghost.faults++;
}

// Variants: orders of the same steps. A wrong one is kept, and named for what it does wrong.
export const patch = model({
  name: '${name}',
  about: 'Whether page faults may be counted without mmu_lock.',
  state,
  bounds: { vcpu: 2 },
  variants: {
    'under-mmu-lock': { vcpu: once(...holding('mmu_lock', load_pf_fixed, store_pf_fixed)) },
    'no-lock': { vcpu: once(load_pf_fixed, store_pf_fixed) },
  },
});

// Claims: sentences that must be true in every state that can be reached.
export const everyFaultCounts = claim('when all faults have ended, each of them has been counted', (s: State) =>
  implies(s.vcpu.every(ended), () => s.pf_fixed === s.ghost.faults),
);

// What is claimed of which variant: exactly what is violated in it, no more and no less.
export default suite(patch, {
  invariants: { everyFaultCounts },
  violated: { 'under-mmu-lock': [], 'no-lock': ['everyFaultCounts'] },
});
`;
}

/** Its test. */
export function testText(name: string): string {
  return `/** Run it with vitest: npx vitest run ${name}.test.ts */
import { assertHolds } from 'mmucheck';
import { test } from 'vitest';
import patchSuite from './${name}.ts';

test('every variant comes out as the suite expects, in every interleaving', () => {
  assertHolds(patchSuite, { file: './${name}.ts' });
});

test('so it does with one more vCPU', () => {
  assertHolds(patchSuite, { file: './${name}.ts', bounds: { vcpu: 3 } });
});
`;
}
