import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { pteListSuite } from '#invariants';
import {
  type PteList,
  pteList,
  pteListDescs,
  pteListOp,
  pteListOperations,
  pteListPolicies,
  rmapHead,
  Spte,
  tailCount,
} from '#model';
import {
  array,
  atomically,
  either,
  forAny,
  type Id,
  type Instance,
  initialStates,
  instantiate,
  member,
  model,
  NULL,
  once,
  type Plain,
  type StateOf,
  symmetric,
  thread,
  transitionsOf,
} from '#notation';
import { mmu_free_pte_list_desc, unlink_head } from '../../model/kernel/pte-list-remove.ts';
import { testFindings } from '../findings/written.ts';
import { reference } from '../reference.ts';

const policies = Object.keys(pteListPolicies) as (keyof typeof pteListPolicies)[];
const variants = Object.keys(pteList.variants);
/** `tail_count` overflows 2 bits with the fifth entry only. */
const small = (variant: string) => ({ head: 1, spte: variant === 'narrow-tail-count' ? 5 : 4, desc: 3, ext: 2 });

describe('what the suite says of each variant', () => {
  test.each(variants)('%s breaks exactly what is expected of it', (variant) => {
    const { claims, neverFired, stopped } = checkVariant(pteListSuite, variant, {
      bounds: small(variant),
      limits: { states: 100_000 },
    });
    const not = (outcome: string) => claims.filter((each) => each.outcome !== outcome).map(({ name }) => name);
    expect(not('holds')).toEqual(claims.filter(({ expected }) => expected === 'violated').map(({ name }) => name));
    expect([neverFired, stopped]).toEqual([[], undefined]);
  });

  test.each([2, 3])(
    'with EXT %i a tail that is filled from itself is seen to be short EXT + 2 steps from the start',
    (ext) => {
      const bounds = { head: 1, spte: ext + 1, desc: 2, ext };
      expect(reference(instantiate(pteList, 'fill-from-same', bounds), pteListSuite).violated).toMatchObject({
        tailsAlwaysFull: ext + 2,
        tailCountExact: ext + 2,
        countExact: ext + 2,
      });
    },
  );

  test('a tail_count of two bits overflows with four entries in the tails', () => {
    const { claims } = checkVariant(pteListSuite, 'narrow-tail-count', { bounds: small('narrow-tail-count') });
    const { message, trace } = claims.find(({ name }) => name === 'range') ?? {};
    expect(message).toMatch(/set desc\[\d\]\.tail_count to 4, and its range is 0\.\.3/);
    expect(trace?.steps.map(({ step }) => step)).toEqual(['rmap_add', 'rmap_add', 'rmap_add', 'rmap_add', 'rmap_add']);
  });

  test('three adds show that the code of 2014 forgets the last full descriptor', () => {
    const { violated } = reference(instantiate(pteList, 'first-fit', small('first-fit')), pteListSuite);
    expect(violated.countExact).toBe(3);
  });
});

/** With one list: every ordering of every subset is reachable, and a list of one entry has two forms. */
function closedForm(sptes: number): number {
  let orderings = 1;
  let states = 1 + sptes;
  for (let left = sptes; left > 0; left--) {
    orderings *= left;
    states += orderings;
  }
  return states;
}

describe('the number of states', () => {
  test.each([
    ['tail-count', 3, 2],
    ['tail-count', 5, 2],
    ['tail-count', 5, 3],
    ['forward-move', 5, 2],
  ])('%s with one list, %i SPTEs and EXT %i has the closed form', (variant, spte, ext) => {
    const { states } = reference(instantiate(pteList, variant, { head: 1, spte, desc: 3, ext }), pteListSuite);
    expect(states).toBe(closedForm(spte));
  });

  test('tail-count with two lists, five SPTEs and three descriptors of two has the states of reference case P4', () => {
    expect(checkVariant(pteListSuite, 'tail-count').states).toBe(13_021);
  });
});

/** The model with its operations step by step. */
const unfolded = {
  ...pteList,
  variants: Object.fromEntries(
    policies.map((name) => [
      name,
      { ...pteList.variants[name], holder: either(...pteListOperations(pteListPolicies[name])) },
    ]),
  ),
};

function everyState(instance: Instance): Plain[] {
  const states = new Map(initialStates(instance).map(({ state }) => [JSON.stringify(state), state]));
  for (const state of states.values()) {
    for (const { applied } of transitionsOf(instance, state)) {
      if (applied.kind === 'next') states.set(JSON.stringify(applied.state), applied.state);
    }
  }
  return [...states.values()];
}

/** The states in which one operation from a state can end. */
function ends(instance: Instance, from: Plain): Set<string> {
  const found = new Set<string>();
  const visit = (state: Plain) => {
    for (const { applied } of transitionsOf(instance, state)) {
      if (applied.kind !== 'next') throw new Error(`${instance.name}: an operation failed`);
      const { holder } = applied.state as { holder: { point: number }[] };
      if (holder[0]?.point === 0) found.add(JSON.stringify(applied.state));
      else visit(applied.state);
    }
  };
  visit(from);
  return found;
}

describe.each(policies)('the lists of %s', (policy) => {
  const bounds = { head: 1, spte: 4, desc: 3, ext: 2 };
  const folded = instantiate(pteList, policy, bounds);
  const stepByStep = instantiate(unfolded, policy, bounds);

  test('mean the same folded as step by step when nobody else runs', () => {
    for (const state of everyState(folded)) expect(ends(stepByStep, state)).toEqual(ends(folded, state));
  });

  test('store at most one word of a list in each step', () => {
    for (const state of everyState(stepByStep)) {
      for (const { transition, applied } of transitionsOf(stepByStep, state)) {
        if (applied.kind !== 'next' || transition.edge.label === 'mmu_free_pte_list_desc') continue;
        const stored = applied.patches.flatMap(({ path }) => {
          if (path[0] === 'desc') return [path.join('.')];
          return path[0] === 'rmap_head' ? [path.slice(0, 2).join('.')] : [];
        });
        expect(new Set(stored).size, `${transition.edge.label} stores ${stored}`).toBeLessThanOrEqual(1);
      }
    }
  });
});

function emptySlotBetween(s: PteList) {
  for (const head of s.rmap_head) head.desc = s.desc.findIndex(() => true);
  for (const desc of s.desc) {
    desc.allocated = true;
    s.ghost.home.forEach((_, spte) => {
      desc.sptes[desc.sptes[0] === NULL ? 0 : 2] = spte;
    });
  }
  s.ghost.home.forEach((_, spte) => {
    s.ghost.home[spte] = s.rmap_head.findIndex(() => true);
  });
}

test('an entry behind an empty slot is not in the list: iterators stop at the first empty one', () => {
  const gapped = {
    ...pteList,
    variants: { gap: { ...pteList.variants['forward-move'], initial: [emptySlotBetween] } },
  };
  const instance = instantiate(gapped, 'gap', { head: 1, spte: 2, desc: 1, ext: 3 });
  expect(reference(instance, pteListSuite).violated).toMatchObject({ slotPrefix: 0, rmapExact: 0 });
});

function sameInEveryHead(s: PteList) {
  s.ghost.home.forEach((_, spte) => {
    for (const head of s.rmap_head) head.spte = spte;
  });
}

test('an SPTE that two head words hold is twice in the lists', () => {
  const variant = { ...pteList.variants['tail-count'], initial: [sameInEveryHead] };
  const instance = instantiate({ ...pteList, variants: { variant } }, 'variant', { head: 2, spte: 1, desc: 1 });
  expect(reference(instance, pteListSuite).violated.noDup).toBe(0);
});

test.each([
  { step: mmu_free_pte_list_desc, what: 'a descriptor that leaves its list and is not freed' },
  { step: unlink_head, what: 'a list that goes on into a descriptor that was freed' },
])('a removal without $step.name leaks: $what', ({ step }) => {
  const remove = tailCount.remove.filter((each) => each !== step);
  expect(remove).toHaveLength(tailCount.remove.length - 1);
  const operations = pteListOperations({ ...tailCount, remove }).map((steps) => atomically(...steps));
  const variant = { ...pteList.variants['tail-count'], holder: either(...operations) };
  const instance = instantiate({ ...pteList, variants: { variant } }, 'variant', { head: 1, spte: 2, desc: 1 });
  // Two additions and two removals.
  expect(reference(instance, pteListSuite).violated.noLeak).toBe(4);
});

test('lists may be named by any set of a model, such as its gfns', () => {
  const Gfn = symmetric('gfn');
  const Vcpu = symmetric('vcpu');
  const state = {
    rmap_head: array(Gfn, rmapHead),
    desc: pteListDescs,
    vcpu: thread(Vcpu, { op: { ...pteListOp, rmap_head: member(Gfn) } }),
  };
  interface State extends StateOf<typeof state> {}
  function map(_: State, { op }: State['vcpu'][Id<typeof Vcpu>], gfn: Id<typeof Gfn>, spte: Spte) {
    op.rmap_head = gfn;
    op.spte = spte;
  }
  const byGfn = model({
    name: 'lists-by-gfn',
    about: 'A list for each gfn.',
    state,
    bounds: { gfn: 2, vcpu: 2, spte: 1, desc: 1, ext: 2, tail: 1 },
    variants: { 'tail-count': { vcpu: once(forAny(Gfn, Spte, map), tailCount.add) } },
  });
  const reachable = { both: (s: State) => s.rmap_head.every(({ spte }) => spte !== NULL) };
  expect(reference(instantiate(byGfn, 'tail-count'), { invariants: {}, reachable }).reached).toEqual(['both']);
});

testFindings('pte-list');
