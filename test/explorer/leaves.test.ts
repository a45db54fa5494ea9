/** Leaves of every size: what is put into a packed state comes out of it, at the ends of every range. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layoutOf, machineOf, search } from '#explorer';
import {
  array,
  bit,
  bool,
  decode,
  type Id,
  instantiate,
  type LeafPart,
  leavesOf,
  member,
  model,
  type Next,
  NULL,
  oneOf,
  type Plain,
  plain,
  pointer,
  range,
  rwlock,
  type StateOf,
  spinlock,
  symmetric,
  thread,
  transitionsOf,
  upTo,
} from '#notation';
import { reference } from '../reference.ts';

const Few = symmetric('few');
const Byte = symmetric('byte');
const Many = range('many');
const Cpu = range('cpu');
const names = Array.from({ length: 130 }, (_, i) => `n${i}`) as [string, ...string[]];

const state = {
  lock: spinlock,
  rw: rwlock,
  one: upTo(1),
  u126: upTo(126),
  u127: upTo(127),
  u128: upTo(128),
  u255: upTo(255),
  u256: upTo(256),
  u65535: upTo(65_535),
  u1048576: upTo(1_048_576),
  yes: bool,
  few: oneOf('a'),
  names: oneOf(...names),
  inFew: member(Few),
  inByte: member(Byte),
  inMany: member(Many),
  toFew: pointer(Few),
  toByte: pointer(Byte),
  toMany: pointer(Many),
  bits: array(Few, bit),
  rowOf127: array(Few, upTo(127)),
  rowOf128: array(Few, upTo(128)),
  rowOf1048576: array(Few, upTo(1_048_576)),
  rowToByte: array(Few, pointer(Byte)),
  rowToMany: array(Few, pointer(Many)),
  rowInByte: array(Few, member(Byte)),
  rows: array(Few, array(Few, pointer(Few))),
  cpu: thread(Cpu, {
    i1: upTo(1),
    i126: upTo(126),
    i127: upTo(127),
    i1048576: upTo(1_048_576),
    yes: bool,
    name: oneOf(...names),
    few: member(Few),
    byte: member(Byte),
    toByte: pointer(Byte),
    toMany: pointer(Many),
    nested: { i: upTo(3), to: pointer(Few) },
    row: array(Few, pointer(Many)),
  }),
};
interface State extends StateOf<typeof state> {}
type Cpu = State['cpu'][Id<typeof Cpu>];

function begin(): void {}
function end(): void {}

const made = model({
  name: 'leaves',
  about: 'A leaf of every size.',
  state,
  bounds: { few: 3, byte: 128, many: 4096, cpu: 2 },
  variants: { only: { cpu: [begin, end] } },
});
const instance = instantiate(made, 'only');
const leaves = [...leavesOf(instance.root)];

describe('every value of every leaf', () => {
  const machine = machineOf(instance);
  const lowest = (leaf: LeafPart) => leaf.low - (leaf.local ? 1 : 0);
  const codes = fc.tuple(
    ...leaves.map((leaf) =>
      fc.oneof(fc.constantFrom(lowest(leaf), leaf.low, leaf.high), fc.integer({ min: lowest(leaf), max: leaf.high })),
    ),
  );

  test('is the same after it has been packed and loaded', () => {
    fc.assert(
      fc.property(codes, (all) => {
        const given = plain(instance.root, (leaf) => decode(leaf, all[leaves.indexOf(leaf)] as number)) as Plain;
        const words = machine.packPlain(given);
        machine.load(words, 0);
        expect(machine.plain()).toEqual(given);
      }),
      { numRuns: 100 },
    );
  });

  test('takes no more bits than it needs', () => {
    const bits = leaves.reduce((sum, leaf) => sum + Math.max(1, Math.ceil(Math.log2(leaf.high - lowest(leaf) + 1))), 0);
    const { words } = layoutOf(instance);
    expect(words).toBeGreaterThanOrEqual(Math.ceil(bits / 32));
    expect(words).toBeLessThanOrEqual(Math.ceil(bits / 32) + 1);
  });
});

describe('a step that goes to the end of a range, and beyond', () => {
  const fields = ['one', 'u126', 'u127', 'u128', 'u255', 'u256', 'u65535', 'u1048576'] as const;
  const rows = ['rowOf127', 'rowOf128', 'rowOf1048576'] as const;
  const locals = ['i1', 'i126', 'i127', 'i1048576'] as const;
  type Counted = Record<string | number, number>;
  const places: [string, (s: State, cpu: Cpu) => [Counted, string | number]][] = [
    ...fields.map((name): [string, (s: State) => [Counted, string]] => [name, (s) => [s as never, name]]),
    ...rows.map((name): [string, (s: State) => [Counted, number]] => [name, (s) => [s[name] as never, 1]]),
    ...locals.map((name): [string, (s: State, cpu: Cpu) => [Counted, string]] => [
      name,
      (_, cpu) => [cpu as never, name],
    ]),
  ];

  test.each(places)('%s', (name, place) => {
    const largest = Number(/\d+$/.exec(name)?.[0] ?? 1);
    for (const [value, fits] of [
      [0, true],
      [largest, true],
      [-1, false],
      [largest + 1, false],
      [largest + 256, false],
    ] as const) {
      function assign(s: State, cpu: Cpu): Next {
        const [of, key] = place(s, cpu);
        of[key] = value;
      }
      const own = instantiate({ ...made, variants: { only: { cpu: [assign, end] } } }, 'only', { cpu: 1 });
      const { violations, states } = search(own);
      expect([value, [...violations.keys()]]).toEqual([value, fits ? [] : ['range']]);
      expect([value, { states, violated: Object.keys(reference(own).violated) }]).toEqual([
        value,
        { states, violated: fits ? [] : ['range'] },
      ]);
    }
  });

  test('a pointer of a large set reaches NULL and the last member', () => {
    function last(s: State, cpu: Cpu): Next {
      s.toMany = 4095;
      s.rowToMany[s.inFew] = 4095;
      cpu.toMany = NULL;
      cpu.row[s.inFew] = 4095;
      s.toByte = NULL;
    }
    const own = instantiate({ ...made, variants: { only: { cpu: [last, end] } } }, 'only', { cpu: 1 });
    const machine = machineOf(own);
    const zero = machine.pack(begin);
    machine.load(zero, 0);
    const [meant] = transitionsOf(own, machine.plain());
    const [found] = machine.successors();
    machine.load(found?.words as Int32Array, 0);
    expect(meant?.applied).toMatchObject({ kind: 'next', state: machine.plain() });
    expect(machine.plain()).toMatchObject({
      toMany: 4095,
      toByte: -1,
      rowToMany: [4095, -1, -1],
      cpu: [{ toMany: -1 }],
    });
  });
});

test('a state that is too large to be packed is refused with its size', () => {
  const huge = model({
    name: 'huge',
    about: 'More than 256 words.',
    state: { row: array(Many, upTo(65_535)), cpu: thread(Cpu, {}) },
    bounds: { many: 600, cpu: 1 },
    variants: { only: { cpu: [begin] } },
  });
  expect(() => search(instantiate(huge, 'only'))).toThrow(
    'huge/only: a state takes 301 words of 32 bits, and at most 256 can be stored; lower a bound',
  );
  expect(search(instantiate(huge, 'only', { many: 500 })).states).toBe(1);
});
