// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
/** What `memory(…)` and the words about it mean under each memory order. */
import { describe, expect, test } from 'vitest';
import { checkVariant, search } from '#explorer';
import {
  alloc,
  array,
  at,
  bit,
  blocked,
  claim,
  cmpxchg,
  drained,
  ended,
  free,
  holding,
  instantiate,
  type Item,
  memory,
  type MemoryOrder,
  memoryOrders,
  model,
  type Next,
  NULL,
  once,
  pointer,
  pool,
  range,
  smp_mb,
  smp_store_release,
  smp_wmb,
  spinlock,
  suite,
  type StateOf,
  symmetric,
  thread,
  upTo,
  xchg,
} from '#notation';
import { reference } from '../reference.ts';

const Cpu = range('cpu');
const Cell = symmetric('cell');
const state = {
  lock: spinlock,
  flag: memory(upTo(3)),
  row: memory(array(Cpu, bit)),
  entry: memory(array(Cpu, { value: upTo(3), next: pointer(Cell) })),
  cell: memory(pool(Cell, { value: upTo(1) })),
  seen: array(Cpu, upTo(3)),
  cpu: thread(Cpu, { was: upTo(3), cell: pointer(Cell) }),
};
interface Weak extends StateOf<typeof state> {}
type Cpu = Weak['cpu'][number];
type List = readonly Item<Weak, Cpu, 'lock'>[];

function instanceOf(order: MemoryOrder, list: List, bounds: Record<string, number> = {}) {
  const made = model({
    name: 'weak',
    about: 'A few steps.',
    state,
    bounds: { cell: 2, cpu: 2 },
    variants: { only: { cpu: once<Weak, Cpu, 'lock'>(...list) } },
  });
  return instantiate(made, `only@${order}`, bounds);
}

const other = (cpu: Cpu) => (1 - cpu.id) as Cpu['id'];
function storeOwn(s: Weak, cpu: Cpu): void {
  s.row[cpu.id] = 1;
}
function loadOther(s: Weak, cpu: Cpu): void {
  cpu.was = s.row[other(cpu)] as number;
}
function tell(s: Weak, cpu: Cpu): void {
  s.seen[cpu.id] = cpu.was + 1;
}
function full(): void {
  smp_mb();
}
function stores(): void {
  smp_wmb();
}
function storeValue(s: Weak, cpu: Cpu): void {
  s.entry[cpu.id].value = 2;
}
function release(s: Weak, cpu: Cpu): void {
  smp_store_release(s.entry[cpu.id], 'next', 0 as never);
}
function exchange(s: Weak, cpu: Cpu): void {
  cpu.was = xchg(s, 'flag', cpu.id + 1);
}
function compare(s: Weak, cpu: Cpu): Next {
  cpu.was = cmpxchg(s, 'flag', 0, cpu.id + 1);
}
function take(s: Weak, cpu: Cpu): Next {
  const cell = alloc(s.cell);
  if (cell === NULL) return blocked;
  cpu.cell = cell;
}
function fill(s: Weak, cpu: Cpu): void {
  if (cpu.cell !== NULL) s.cell[cpu.cell].value = 1;
}
function give(s: Weak, cpu: Cpu): void {
  if (cpu.cell !== NULL) free(s.cell, cpu.cell);
}
const storeBuffering: List = [storeOwn, loadOther, tell];
const bothMissed = { bothMissed: (s: Weak) => !(s.seen[0] === 1 && s.seen[1] === 1) };

/** Steps to the state in which both have read before either store was visible; undefined when there is none. */
function missed(order: MemoryOrder, list: List): number | undefined {
  return search(instanceOf(order, list), { invariants: bothMissed, reachable: {} }).violations.get('bothMissed')
    ?.length;
}

describe('a store waits in its buffer', () => {
  test('under sc it does not, and costs no state', () => {
    const plain = instanceOf('sc', storeBuffering);
    expect(plain.buffers).toBeUndefined();
    expect(missed('sc', storeBuffering)).toBeUndefined();
  });

  test('so that two CPUs may each miss the other', () => {
    expect(missed('tso', storeBuffering)).toBe(6);
    expect(missed('pso', storeBuffering)).toBe(6);
  });

  test('unless a full barrier stands between store and load, on both sides', () => {
    expect(missed('tso', [storeOwn, full, loadOther, tell])).toBeUndefined();
    expect(missed('tso', [storeOwn, stores, loadOther, tell])).toBe(8);
  });

  test('or a lock is taken between them', () => {
    expect(missed('tso', [storeOwn, ...holding('lock', loadOther), tell])).toBeUndefined();
  });

  test('and releasing a lock is a store that may wait as well', () => {
    expect(missed('tso', [...holding('lock', storeOwn), loadOther, tell])).toBeUndefined();
    const pending = { pending: (s: Weak) => !(s.seen[0] === 1 && s.seen[1] === 0 && s.lock.held) };
    const searched = search(instanceOf('tso', [...holding('lock', storeOwn), loadOther, tell]), {
      invariants: pending,
      reachable: {},
    });
    expect(searched.violations.get('pending')?.length).toBeDefined();
  });

  test('and under pso it does not become visible before the stores that came before it', () => {
    const told = (s: Weak): void => {
      s.seen[0] = 1;
    };
    const list = [...holding('lock', storeOwn), told];
    const locked = (s: Weak) => s.lock.held || s.seen[0] === 0 || s.row[0] === 1;
    const released = search(instanceOf('pso', list, { cpu: 1 }), { invariants: { locked }, reachable: {} });
    expect([...released.violations.keys()]).toEqual([]);
  });

  test('and is read back by its own CPU, which sees its own last store', () => {
    const twice = (s: Weak): void => {
      s.flag = 1;
    };
    const again = (s: Weak): void => {
      s.flag = 2;
    };
    const look = (s: Weak, cpu: Cpu): void => {
      cpu.was = s.flag;
    };
    const seesLast = (s: Weak) => s.seen[0] === 0 || s.seen[0] === 3;
    for (const order of memoryOrders) {
      const { violations } = search(instanceOf(order, [twice, again, look, tell], { cpu: 1 }), {
        invariants: { seesLast },
        reachable: {},
      });
      expect([...violations.keys()]).toEqual([]);
    }
  });

  test('until it is visible, of which a claim can ask', () => {
    const searched = search(instanceOf('tso', storeBuffering), {
      invariants: {},
      reachable: { drained, waits: (s) => !drained(s) },
    });
    expect([...searched.reached].toSorted()).toEqual(['drained', 'waits']);
  });
});

test('a store is visible at some time, in every fair execution', () => {
  const has = (s: Weak) => s.cpu.some((cpu) => ended(cpu));
  const visible = (s: Weak) => s.cpu.every((cpu) => !ended(cpu) || s.row[cpu.id] === 1);
  for (const order of memoryOrders) {
    const { model, variant } = instanceOf(order, [storeOwn]);
    const claims = { invariants: {}, leadsTo: { becomesVisible: [has, visible] }, violated: { only: [] } };
    const result = checkVariant(suite(model as never, claims as never), variant);
    expect(result.claims.find(({ name }) => name === 'becomesVisible')?.outcome).toBe('holds');
  }
});

describe('a search under a memory order finds what the reference search finds', () => {
  const lists: Readonly<Record<string, List>> = {
    'two stores': [storeOwn, storeValue, loadOther, tell],
    'a store barrier': [storeOwn, stores, storeValue, loadOther, tell],
    'a release': [storeOwn, release, loadOther, tell],
    'an exchange': [storeOwn, exchange, loadOther, tell],
    'a compare-and-exchange': [storeOwn, compare, tell],
    'a lock': [storeOwn, ...holding('lock', storeValue, loadOther), tell],
    'a pool': [take, fill, give, loadOther],
  };
  for (const [name, list] of Object.entries(lists)) {
    test.each(memoryOrders)(`of ${name} under %s`, (order) => {
      const instance = instanceOf(order, list);
      const { states, transitions, depth, violations } = search(instance);
      const violated = Object.fromEntries([...violations].map(([claim, { length }]) => [claim, length]));
      expect({ states, transitions, depth, violated, reached: [] }).toEqual(reference(instance));
    });
  }
});

describe('the size of a store buffer', () => {
  test('is a bound', () => {
    const states = [1, 2, 3].map(
      (size) => search(instanceOf('tso', [storeOwn, storeValue, release, tell2], { store_buffer: size })).states,
    );
    expect(states).toEqual(states.toSorted((a, b) => a - b));
    expect(new Set(states).size).toBe(3);
  });

  test('is never passed by losing a store', () => {
    const wholeRow = (s: Weak) => !s.cpu.every((cpu) => ended(cpu)) || !drained(s) || s.row.every((own) => own === 1);
    for (const size of [1, 2]) {
      const instance = instanceOf('tso', [storeValue, storeOwn], { store_buffer: size });
      const { violations } = search(instance, { invariants: { wholeRow }, reachable: {} });
      expect([...violations.keys()]).toEqual([]);
    }
  });

  function tell2(s: Weak, cpu: Cpu): void {
    s.seen[cpu.id] = 1;
  }
});

describe('a step under a weak order', () => {
  test('makes one access to memory, and the error names both', () => {
    const twice = (s: Weak, cpu: Cpu): void => {
      s.entry[cpu.id].value = s.flag;
    };
    const { violations } = search(instanceOf('tso', [twice]));
    expect(violations.get('throws')?.message).toBe(
      'makes two accesses to memory, flag and entry[0].value; under tso a step makes at most one: make it two steps',
    );
    expect(search(instanceOf('sc', [twice])).violations.size).toBe(0);
  });

  test('does not wait for a store of its own', () => {
    const storesAndWaits = (s: Weak): void => {
      s.flag = 1;
      smp_mb();
    };
    expect(search(instanceOf('tso', [storesAndWaits])).violations.get('throws')?.message).toContain('two steps');
  });

  test('refuses a value out of range when it is stored', () => {
    const tooMuch = (s: Weak): void => {
      s.flag = 4;
    };
    for (const order of memoryOrders) {
      expect(search(instanceOf(order, [tooMuch])).violations.get('range')?.message).toContain('flag to 4');
    }
  });
});

test("a local is nobody else's, and so not in memory(…)", () => {
  const local = { cpu: thread(Cpu, { i: memory(bit) }) };
  const nothing = (): void => {};
  const made = model({
    name: 'local',
    about: '.',
    state: local,
    bounds: { cpu: 1 },
    variants: { only: { cpu: [nothing] } },
  });
  expect(() => instantiate(made, 'only')).toThrow('nobody else can see it');
});

describe('a part of memory with one writer', () => {
  const Reader = range('reader');
  const Writer = range('writer');
  const word = { low: upTo(2), pointer: pointer(Cell) };
  const shared = {
    word: memory(array(Cell, word), { writer: 'writer' }),
    head: memory(word, { writer: 'writer', word: ['low', 'pointer'] }),
    writer: thread(Writer, {}),
    reader: thread(Reader, { low: upTo(2), cell: pointer(Cell), torn: bit }),
  };
  interface Shared extends StateOf<typeof shared> {}
  type Reading = Shared['reader'][number];

  function publish(s: Shared): void {
    s.head.low = 2;
    s.head.pointer = s.word.findIndex(() => true);
  }
  function publish_more(s: Shared): void {
    if (s.head.low === 2 && s.word.every(({ low }) => low === 0)) s.head.low = 1;
  }
  function look({ head }: Shared, reader: Reading): void {
    reader.low = head.low;
    reader.cell = head.pointer;
    reader.torn = (head.low === 0) === (head.pointer === NULL) ? 0 : 1;
  }
  function read_all({ word: all }: Shared, reader: Reading): void {
    reader.low = all.reduce((sum, { low }) => sum + low, 0);
  }
  function spoil({ head }: Shared): void {
    head.low = 1;
  }
  function end(): void {}

  const neverTorn = claim('nobody sees a half of the word', ({ reader }: Shared) =>
    reader.every((each) => ended(each) || !at(each, end) || each.torn === 0),
  );
  const neverOne = claim('nobody sees 1', ({ reader }: Shared) =>
    reader.every((each) => ended(each) || !at(each, end) || each.low !== 1),
  );

  function suiteOf(reading: (s: Shared, reader: Reading) => void, bounds = {}) {
    const lists = { writer: once(publish, publish_more), reader: once(reading, end) };
    const made = model({
      name: 'shared',
      about: 'One writer.',
      state: shared,
      bounds: { cell: 2, writer: 1, reader: 1, ...bounds },
      variants: { tso: { ...lists, memoryOrder: 'tso' }, pso: { ...lists, memoryOrder: 'pso' }, sc: lists },
    });
    return suite(made, { invariants: { neverTorn, neverOne }, violated: { tso: [], pso: [], sc: [] } });
  }

  test.each(['sc', 'tso', 'pso'] as const)(
    'is read by it at will, and a word of it is stored and seen at once under %s',
    (order) => {
      const made = suiteOf(look);
      const { claims, states } = checkVariant(made, order);
      expect(claims.filter(({ outcome }) => outcome === 'violated').map(({ name }) => name)).toEqual(['neverOne']);
      const found = reference(instantiate(made.model, order), made);
      expect([found.states, Object.keys(found.violated)]).toEqual([states, ['neverOne']]);
    },
  );

  test('shows both fields of a word where it is stored, and where it becomes visible', () => {
    const { trace } = checkVariant(suiteOf(look), 'tso').claims.find(({ name }) => name === 'neverOne') ?? {};
    const of = (step: string) => trace?.steps.find((each) => each.step === step)?.changed.map(({ path }) => path);
    expect(of('publish')).toEqual(['head.low', 'head.pointer']);
    expect(of('commit_writer0')).toEqual(['head.low', 'head.pointer']);
  });

  test.each([
    ['two places', read_all, 'makes two accesses to memory, word[0].low and word[1].low'],
    ['a place of the writer', spoil, 'stores to head.low, to which only writer stores'],
  ] as const)('lets nobody else use %s', (_, step, message) => {
    const { claims } = checkVariant(suiteOf(step), 'tso');
    expect(claims.find(({ name }) => name === 'throws')?.message).toContain(message);
  });

  test('is refused when the writer is not one, or a word has none', () => {
    expect(() => instantiate(suiteOf(look, { writer: 2 }).model, 'tso')).toThrow(
      'shared/tso: word[0].low is stored to by writer, of which there are 2; under a memory order there is to be one',
    );
    expect(() => instantiate(suiteOf(look, { writer: 2 }).model, 'sc')).not.toThrow();
    const torn = model({
      name: 'torn',
      about: 'No writer.',
      state: { head: memory({ low: bit, high: bit }, { word: ['low', 'high'] }), cpu: thread(Cpu, {}) },
      bounds: { cpu: 1 },
      variants: { all: { cpu: [end] } },
    });
    expect(() => instantiate(torn, 'all@pso')).toThrow('torn/all@pso: head.low is in a word without a writer');
  });
});
