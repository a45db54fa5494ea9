import { describe, expect, test } from 'vitest';
import { forwardMove, type PteListPolicy, type PteListSteps, pteListPolicies, tailCount } from '#model';
import { atomically, compile, type Edge, fire, NULL, poolOf } from '#notation';

const policies = Object.keys(pteListPolicies) as (keyof typeof pteListPolicies)[];

/** One list on plain objects that grow, without bounds. */
class PlainList {
  readonly op: Record<string, unknown> = { rmap_head: 0, iter: {} };
  readonly head = { spte: NULL, desc: NULL as unknown as number };
  readonly desc: { allocated: boolean; more: number; spte_count: number; tail_count: number; sptes: number[] }[] = [];
  readonly policy: Pick<PteListPolicy, 'add' | 'remove' | 'destroy'>;
  readonly edges = new Map<PteListSteps, Edge>();

  constructor(policy: Pick<PteListPolicy, 'add' | 'remove' | 'destroy'>, ext: number) {
    this.policy = policy;
    const { desc } = this;
    const unused: number[] = [];
    const none = NULL as unknown as number;
    const pool = {
      name: 'desc',
      candidates() {
        if (unused.length === 0) {
          const sptes = Array<number>(ext).fill(none);
          unused.push(desc.push({ allocated: false, more: none, spte_count: 0, tail_count: 0, sptes }) - 1);
        }
        return unused.slice(-1);
      },
      take(id: number) {
        unused.pop();
        Object.assign(desc[id] as object, { allocated: true });
      },
      release: (id: number) => unused.push(id) > 0 && Object.assign(desc[id] as object, { allocated: false }),
    };
    Object.defineProperty(desc, poolOf, { value: pool });
  }

  run(steps: PteListSteps, spte?: number): void {
    this.op.spte = spte;
    const edge = this.edges.get(steps) ?? (compile('plain', 'op', atomically(steps), {}).points[0]?.[0] as Edge);
    this.edges.set(steps, edge);
    fire({ rmap_head: [this.head], desc: this.desc }, { op: this.op }, edge, {});
  }

  add(...sptes: number[]): unknown[] {
    return sptes.map((spte) => {
      this.run(this.policy.add, spte);
      return this.op.count;
    });
  }

  remove(...sptes: number[]): this {
    for (const spte of sptes) this.run(this.policy.remove, spte);
    return this;
  }

  /** The entries of each descriptor, head first; an inline entry as itself. */
  get shape(): (number | number[])[] {
    if ((this.head.spte as unknown) !== NULL) return [this.head.spte as unknown as number];
    const shape: number[][] = [];
    for (let each = this.desc[this.head.desc]; each; each = this.desc[each.more]) {
      shape.push(each.sptes.filter((spte) => spte >= 0));
    }
    return shape;
  }
}

describe('what each policy does, with EXT 2', () => {
  test.each([
    ['first-fit', [[0, 1], [2, 3], [4]], [0, 1, 0, 3, 2], [[1], [2, 3], [4]], 1, [[1, 5], [2, 3], [4]]],
    [
      'fill-from-last',
      [[0, 1], [2, 3], [4]],
      [0, 1, 0, 3, 2],
      [
        [4, 1],
        [2, 3],
      ],
      2,
      [[4, 1], [2, 3], [5]],
    ],
    ['per-array-counter', [[0, 1], [2, 3], [4]], [0, 1, 2, 3, 4], [[1], [2, 3], [4]], 1, [[1, 5], [2, 3], [4]]],
    [
      'tail-count',
      [[4], [2, 3], [0, 1]],
      [0, 1, 2, 3, 4],
      [
        [2, 3],
        [4, 1],
      ],
      4,
      [[5], [2, 3], [4, 1]],
    ],
    [
      'forward-move',
      [[4], [2, 3], [0, 1]],
      [0, 1, 2, 3, 4],
      [
        [2, 3],
        [4, 1],
      ],
      4,
      [[5], [2, 3], [4, 1]],
    ],
  ] as const)('%s: five adds, one remove, one add', (policy, five, returned, four, next, fiveAgain) => {
    const list = new PlainList(pteListPolicies[policy], 2);
    expect(list.add(0, 1, 2, 3, 4)).toEqual(returned);
    expect(list.shape).toEqual(five);
    expect(list.remove(0).shape).toEqual(four);
    expect(list.add(5)).toEqual([next]);
    expect(list.shape).toEqual(fiveAgain);
  });

  test.each(policies)('%s never takes the last entry of a descriptor back into the head word', (policy) => {
    const list = new PlainList(pteListPolicies[policy], 2);
    list.add(0, 1);
    expect(list.remove(0).shape).toEqual([[1]]);
    expect(list.remove(1).shape).toEqual([]);
  });

  test.each(policies)('%s: removing what is not there is a kernel bug in each form of the head word', (policy) => {
    const list = new PlainList(pteListPolicies[policy], 2);
    expect(() => list.remove(7)).toThrow('the SPTE is not what the head word holds');
    list.add(0);
    expect(() => list.remove(7)).toThrow('the SPTE is not what the head word holds');
    list.add(1, 2);
    expect(() => list.remove(7)).toThrow('the SPTE is not in the list');
    expect(list.shape.flat().toSorted()).toEqual([0, 1, 2]);
  });

  test.each(policies)('%s: a zap clears every SPTE once, frees every descriptor and leaves 0', (policy) => {
    for (const length of [0, 1, 2, 5]) {
      const list = new PlainList(pteListPolicies[policy], 2);
      const sptes = Array.from({ length }, (_, i) => i);
      const cleared: number[] = [];
      list.add(...sptes);
      list.run(list.policy.destroy((_, spte) => cleared.push(spte as unknown as number)) as PteListSteps);
      expect(cleared.toSorted()).toEqual(sptes);
      expect(list.shape).toEqual([]);
      expect(list.desc.filter(({ allocated }) => allocated)).toEqual([]);
    }
  });

  test.each([tailCount, forwardMove])(
    'to clear the slot before the copy makes no difference to whoever holds mmu_lock',
    (policy) => {
      const [find, copy, clear, ...rest] = policy.remove;
      const swapped = { ...policy, remove: [find, clear, copy, ...rest] as PteListSteps };
      for (const first of [0, 1, 2, 3]) {
        const [list, other] = [new PlainList(policy, 2), new PlainList(swapped, 2)];
        list.add(0, 1, 2, 3);
        other.add(0, 1, 2, 3);
        expect(other.remove(first).shape).toEqual(list.remove(first).shape);
      }
    },
  );
});

test('the same steps run on thousands of descriptors with EXT 14', () => {
  const list = new PlainList(tailCount, 14);
  const sptes = Array.from({ length: 30_000 }, (_, i) => i);
  expect(list.add(...sptes)).toEqual(sptes);
  expect(list.desc.length).toBe(Math.ceil(30_000 / 14));
  expect(list.remove(29_999, 29_998).shape.flat().length).toBe(29_998);
  list.run(list.policy.destroy(() => {}) as PteListSteps);
  expect(list.shape).toEqual([]);
});
