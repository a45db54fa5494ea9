/**
 * Litmus tests: the smallest programs whose outcomes tell one memory order from another, each plain and with the fences that matter.
 *
 * Models the shapes SB, MP, LB, R, S, 2+2W, IRIW, CoRR and CoWW of the litmus-test literature, in the words of
 * `tools/memory-model/Documentation/litmus-tests.txt`.
 *
 * Assumes that each thread is a CPU, that loads are in order, and that a store is seen by all other CPUs at once.
 */
import {
  array,
  type Id,
  memory,
  type MemoryOrder,
  memoryOrders,
  model,
  type Next,
  once,
  oneOf,
  range,
  smp_load_acquire,
  smp_mb,
  smp_rmb,
  smp_store_release,
  smp_wmb,
  type StateOf,
  thread,
  upTo,
  type Variant,
  xchg,
} from '#notation';

export const Register = range('register');
type Register = Id<typeof Register>;

/** Every shape; an initial state says which one a variant is. */
const shapes = ['sb', 'mp', 'lb', 'r', 's', 'two-w', 'iriw', 'corr', 'coww'] as const;
export type LitmusShape = (typeof shapes)[number];

const Cpu = range('cpu');
const state = {
  x: memory(upTo(2)),
  y: memory(upTo(2)),
  r: array(Register, upTo(2)),
  shape: oneOf(...shapes),
  P0: thread(Cpu, {}),
  P1: thread(Cpu, {}),
  P2: thread(Cpu, {}),
  P3: thread(Cpu, {}),
};
export interface Litmus extends StateOf<typeof state> {}
type Step = (s: Litmus) => Next;

type Location = 'x' | 'y';

/** A step under a name that says what it does, as litmus tests are written. */
function named(name: string, step: Step): Step {
  return Object.defineProperty(step, 'name', { value: name });
}
const W = (at: Location, value: number): Step =>
  named(`WRITE_ONCE_${at}_${value}`, (s) => {
    s[at] = value;
  });
const Wrel = (at: Location, value: number): Step =>
  named(`smp_store_release_${at}_${value}`, (s) => {
    smp_store_release(s, at, value);
  });
const Wxchg = (at: Location, value: number): Step =>
  named(`xchg_${at}_${value}`, (s) => {
    xchg(s, at, value);
  });
const R = (register: number, at: Location): Step =>
  named(`r${register}_READ_ONCE_${at}`, (s) => {
    s.r[register as Register] = s[at];
  });
const Racq = (register: number, at: Location): Step =>
  named(`r${register}_smp_load_acquire_${at}`, (s) => {
    s.r[register as Register] = smp_load_acquire(s, at);
  });
const mb = named('smp_mb', () => smp_mb());
const wmb = named('smp_wmb', () => smp_wmb());
const rmb = named('smp_rmb', () => smp_rmb());
const idle = named('idle', () => {});

interface Program {
  readonly shape: LitmusShape;
  readonly threads: readonly (readonly Step[])[];
}

/** The programs, by name: the shape, then what orders each thread. */
export const litmusPrograms: Readonly<Record<string, Program>> = {
  sb: {
    shape: 'sb',
    threads: [
      [W('x', 1), R(0, 'y')],
      [W('y', 1), R(1, 'x')],
    ],
  },
  'sb-mb-once': {
    shape: 'sb',
    threads: [
      [W('x', 1), mb, R(0, 'y')],
      [W('y', 1), R(1, 'x')],
    ],
  },
  'sb-mbs': {
    shape: 'sb',
    threads: [
      [W('x', 1), mb, R(0, 'y')],
      [W('y', 1), mb, R(1, 'x')],
    ],
  },
  'sb-wmbs': {
    shape: 'sb',
    threads: [
      [W('x', 1), wmb, R(0, 'y')],
      [W('y', 1), wmb, R(1, 'x')],
    ],
  },
  'sb-releases': {
    shape: 'sb',
    threads: [
      [Wrel('x', 1), Racq(0, 'y')],
      [Wrel('y', 1), Racq(1, 'x')],
    ],
  },
  'sb-xchgs': {
    shape: 'sb',
    threads: [
      [Wxchg('x', 1), R(0, 'y')],
      [Wxchg('y', 1), R(1, 'x')],
    ],
  },
  mp: {
    shape: 'mp',
    threads: [
      [W('x', 1), W('y', 1)],
      [R(0, 'y'), R(1, 'x')],
    ],
  },
  'mp-wmb-rmb': {
    shape: 'mp',
    threads: [
      [W('x', 1), wmb, W('y', 1)],
      [R(0, 'y'), rmb, R(1, 'x')],
    ],
  },
  'mp-rmb': {
    shape: 'mp',
    threads: [
      [W('x', 1), W('y', 1)],
      [R(0, 'y'), rmb, R(1, 'x')],
    ],
  },
  'mp-release-acquire': {
    shape: 'mp',
    threads: [
      [W('x', 1), Wrel('y', 1)],
      [Racq(0, 'y'), R(1, 'x')],
    ],
  },
  'mp-mb': {
    shape: 'mp',
    threads: [
      [W('x', 1), mb, W('y', 1)],
      [R(0, 'y'), R(1, 'x')],
    ],
  },
  'mp-xchg': {
    shape: 'mp',
    threads: [
      [W('x', 1), Wxchg('y', 1)],
      [R(0, 'y'), R(1, 'x')],
    ],
  },
  lb: {
    shape: 'lb',
    threads: [
      [R(0, 'x'), W('y', 1)],
      [R(1, 'y'), W('x', 1)],
    ],
  },
  'lb-acquire-release': {
    shape: 'lb',
    threads: [
      [Racq(0, 'x'), Wrel('y', 1)],
      [Racq(1, 'y'), Wrel('x', 1)],
    ],
  },
  r: {
    shape: 'r',
    threads: [
      [W('x', 1), W('y', 1)],
      [W('y', 2), R(0, 'x')],
    ],
  },
  'r-mb': {
    shape: 'r',
    threads: [
      [W('x', 1), W('y', 1)],
      [W('y', 2), mb, R(0, 'x')],
    ],
  },
  'r-wmb': {
    shape: 'r',
    threads: [
      [W('x', 1), wmb, W('y', 1)],
      [W('y', 2), R(0, 'x')],
    ],
  },
  'r-wmb-mb': {
    shape: 'r',
    threads: [
      [W('x', 1), wmb, W('y', 1)],
      [W('y', 2), mb, R(0, 'x')],
    ],
  },
  s: {
    shape: 's',
    threads: [
      [W('x', 2), W('y', 1)],
      [R(0, 'y'), W('x', 1)],
    ],
  },
  's-wmb': {
    shape: 's',
    threads: [
      [W('x', 2), wmb, W('y', 1)],
      [R(0, 'y'), W('x', 1)],
    ],
  },
  's-release': {
    shape: 's',
    threads: [
      [W('x', 2), Wrel('y', 1)],
      [Racq(0, 'y'), W('x', 1)],
    ],
  },
  'two-w': {
    shape: 'two-w',
    threads: [
      [W('x', 1), W('y', 2)],
      [W('y', 1), W('x', 2)],
    ],
  },
  'two-w-wmb-once': {
    shape: 'two-w',
    threads: [
      [W('x', 1), wmb, W('y', 2)],
      [W('y', 1), W('x', 2)],
    ],
  },
  'two-w-wmbs': {
    shape: 'two-w',
    threads: [
      [W('x', 1), wmb, W('y', 2)],
      [W('y', 1), wmb, W('x', 2)],
    ],
  },
  iriw: { shape: 'iriw', threads: [[W('x', 1)], [W('y', 1)], [R(0, 'x'), R(1, 'y')], [R(2, 'y'), R(3, 'x')]] },
  'iriw-rmbs': {
    shape: 'iriw',
    threads: [[W('x', 1)], [W('y', 1)], [R(0, 'x'), rmb, R(1, 'y')], [R(2, 'y'), rmb, R(3, 'x')]],
  },
  corr: { shape: 'corr', threads: [[W('x', 1)], [R(0, 'x'), R(1, 'x')]] },
  'corr-rmb': { shape: 'corr', threads: [[W('x', 1)], [R(0, 'x'), rmb, R(1, 'x')]] },
  coww: { shape: 'coww', threads: [[W('x', 1), W('x', 2)]] },
  'coww-wmb': { shape: 'coww', threads: [[W('x', 1), wmb, W('x', 2)]] },
};

function variantOf(name: string, memoryOrder: MemoryOrder): Variant<typeof state> {
  const { shape, threads } = litmusPrograms[name] as Program;
  const program = (i: number) => once<Litmus, unknown>(...(threads[i] ?? [idle]));
  const start = (s: Litmus) => {
    s.shape = shape;
  };
  return { P0: program(0), P1: program(1), P2: program(2), P3: program(3), memoryOrder, initial: [start] };
}

export const litmus = model({
  name: 'litmus',
  about: 'Which outcomes of small programs each memory order allows.',
  state,
  bounds: { register: 4, cpu: 1 },
  variants: Object.fromEntries(
    Object.keys(litmusPrograms).flatMap((name) =>
      memoryOrders.map((order) => [`${name}-${order}`, variantOf(name, order)]),
    ),
  ),
});
