/** Traces and graphs in other tools' formats, each read by a reader of the format. */
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { executed, type Searched, search, type Trace } from '#explorer';
import { dirtyLogSuite } from '#invariants';
import { choose, type Instance, instantiate, leavesOf, type Plain, valueIn } from '#notation';
import { automatonOf, dot, itf, objectsOf, raceSvg, rv, type StateGraph, stateGraphOf } from '#report';
import { traceOf } from '../explorer/trace-of.ts';
import { type Slot, type Tiny, tiny } from '../tiny.ts';
import { tinyModels } from '../tiny-models.ts';
import { hostile, hostileInstance } from './hostile-model.ts';

const small = { gfn: 1, vcpu: 1, ioctl: 1 };
const searched = search(instantiate(dirtyLogSuite.model, 'no-flush', small), dirtyLogSuite);
const { instance } = searched.machine;
const trace = traceOf(searched, 'noLostWrite', dirtyLogSuite);
const evil = hostileInstance();
const evilTrace = executed(evil, undefined, [
  { thread: 'cpu0', step: hostile, args: [] },
  { thread: 'cpu0', step: 'second', args: [] },
]);

describe('ITF', () => {
  const expression = { $ref: '#/definitions/expression' };
  const only = (key: string, value: object) => ({
    type: 'object',
    properties: { [key]: value },
    required: [key],
    additionalProperties: false,
  });
  const list = { type: 'array', items: expression };
  /** The format, as the ADR of Apalache says it: no number stands by itself. */
  const valid = new Ajv({ allowUnionTypes: true }).compile({
    definitions: {
      expression: {
        anyOf: [
          { type: ['boolean', 'string'] },
          list,
          only('#bigint', { type: 'string', pattern: '^-?[0-9]+$' }),
          only('#tup', list),
          only('#set', list),
          { type: 'object', propertyNames: { not: { pattern: '^#' } }, additionalProperties: expression },
        ],
      },
    },
    type: 'object',
    properties: {
      '#meta': { type: 'object' },
      vars: { type: 'array', items: { type: 'string', not: { pattern: '^#' } } },
      states: {
        type: 'array',
        items: {
          type: 'object',
          properties: { '#meta': only('index', { type: 'integer' }) },
          required: ['#meta'],
          patternProperties: { '^[^#]': expression },
          additionalProperties: false,
        },
      },
    },
    required: ['#meta', 'vars', 'states'],
    additionalProperties: false,
  });
  const written = (of: Trace, at: Instance) =>
    JSON.parse(itf(of, at, { version: '1.2.3', claim: { name: 'noLostWrite', sentence: 'no write is lost' } }));

  test.each([
    ['a race', trace, instance],
    ['hostile names', evilTrace, evil],
  ])('of %s has its shape, and every variable in every state', (_, of, at) => {
    const document = written(of, at);
    expect([valid(document), valid.errors]).toEqual([true, null]);
    expect(document.states).toHaveLength(of.length + 1);
    for (const [index, { '#meta': meta, ...state }] of document.states.entries()) {
      expect(meta).toEqual({ index });
      expect(Object.keys(state)).toEqual(document.vars);
    }
    expect(Object.keys(document['#meta'].varTypes)).toEqual(document.vars);
  });

  test('says who did what, and what became of the state', () => {
    const { '#meta': meta, states } = written(trace, instance);
    const [first, second] = states;
    expect([first['mbt::actionTaken'], second['mbt::actionTaken']]).toEqual(['init', trace.steps[0]?.step]);
    expect(second['mbt::nondetPicks']).toEqual({ args: [{ '#bigint': '0' }], thread: 'vcpu0' });
    expect(second.vcpu[0]).toEqual({ at: 'set_spte', gfn: { tag: 'Some', value: { '#bigint': '0' } } });
    expect(first.vcpu[0]).toEqual({ at: 'page_fault', gfn: { tag: 'None', value: { '#tup': [] } } });
    expect(first.mmu_lock).toEqual({ owner: { tag: 'None', value: { '#tup': [] } } });
    expect(meta.varTypes.vcpu).toBe('Seq({ at: Str, gfn: None(UNIT) | Some(Int) })');
    expect(meta).toMatchObject({ format: 'ITF', source: 'dirty-log/no-flush', status: 'violation' });
    for (const [i, state] of states.entries()) {
      const { dirty_bitmap } = trace.states[i] as unknown as { dirty_bitmap: number[] };
      expect(state.dirty_bitmap).toEqual(dirty_bitmap.map((value) => ({ '#bigint': String(value) })));
    }
  });

  test('has a lock by who holds it, for writing or reading', () => {
    const [first] = written(evilTrace, evil).states;
    expect(first.rw).toEqual({ owner: { tag: 'None', value: { '#tup': [] } }, readers: { '#set': [] } });
    const held = evilTrace.states.map((state) => ({
      ...(state as object),
      lock: { owner: 1, readers: [] },
      rw: { owner: 0, readers: [1] },
    }));
    const [taken] = written({ ...evilTrace, states: held as unknown as Plain[] }, evil).states;
    expect(taken.lock).toEqual({ owner: { tag: 'Some', value: 'cpu0' } });
    expect(taken.rw.readers).toEqual({ '#set': ['cpu0'] });
  });
});

interface Drawn {
  readonly objects: readonly {
    readonly name: string;
    readonly label?: string;
    readonly style?: string;
    readonly nodes?: readonly number[];
  }[];
  readonly edges: readonly {
    readonly tail: number;
    readonly head: number;
    readonly label?: string;
    readonly color?: string;
  }[];
}

const graphviz = await Graphviz.load();

/** What Graphviz reads: nodes by name, edges between names. */
function read(text: string) {
  const { objects = [], edges = [] } = JSON.parse(graphviz.layout(text, 'dot_json', 'dot')) as Drawn;
  const nodes = objects.filter(({ nodes: members, name }) => members === undefined && !name.startsWith('cluster'));
  return {
    nodes: nodes.filter(({ name }) => /^\d+$/.test(name)),
    names: nodes.map(({ name }) => name),
    edges: edges.map(({ tail, head, label, color }) => ({
      from: objects[tail]?.name as string,
      to: objects[head]?.name as string,
      label,
      color,
    })),
  };
}

describe('a graph of states', () => {
  const whole = stateGraphOf(searched, trace, 150);

  test('is read by Graphviz with every state and every step', () => {
    const { nodes, edges } = read(dot(whole));
    expect(nodes.map(({ name }) => Number(name)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: searched.states }, (_, i) => i),
    );
    const pairs = new Set(whole.edges.map(({ from, to }) => `${from} ${to}`));
    expect(new Set(edges.filter(({ from }) => /^\d/.test(from)).map(({ from, to }) => `${from} ${to}`))).toEqual(pairs);
    const [first] = trace.steps;
    expect(edges.find(({ from, label }) => from === '0' && label === `vcpu0.${first?.step}(0)`)).toBeDefined();
    expect(nodes[0]).toMatchObject({ name: '0', label: 'TRUE', style: expect.stringContaining('filled') });
  });

  test('has the steps of one thread in one colour', () => {
    const byThread = new Map<string, Set<string | undefined>>();
    for (const { label = '', color } of read(dot(whole)).edges.filter(({ from }) => /^\d/.test(from))) {
      if (label.includes('\\n') || color === 'lightgray') continue;
      const thread = label.split('.')[1] === undefined ? 'hardware' : (label.split('.')[0] as string);
      byThread.set(thread, (byThread.get(thread) ?? new Set()).add(color));
    }
    expect([...byThread.values()].map((colours) => colours.size)).toEqual([1, 1, 1]);
    expect(new Set([...byThread.values()].flatMap((colours) => [...colours])).size).toBe(3);
  });

  test('that is too large has the states of the trace, those next to them, and marks where it was cut', () => {
    const near = stateGraphOf(searched, trace, 30);
    expect([near.nodes.length, near.all]).toEqual([30, searched.states]);
    expect(near.nodes.filter(({ onTrace }) => onTrace)).toHaveLength(trace.length + 1);
    expect(near.edges.filter(({ onTrace }) => onTrace).length).toBeGreaterThanOrEqual(trace.length);
    const inside = new Set(near.nodes.map(({ id }) => id));
    for (const { id, cut } of near.nodes) {
      expect(cut).toBe(whole.edges.some(({ from, to }) => from === id && !inside.has(to)));
    }
    expect(near.edges).toEqual(whole.edges.filter(({ from, to }) => inside.has(from) && inside.has(to)));
    expect(read(dot(near)).nodes).toHaveLength(30);
  });

  test('never cuts the trace, and without one begins where runs start', () => {
    expect(stateGraphOf(searched, trace, 3).nodes.every(({ onTrace }) => onTrace)).toBe(true);
    const start = stateGraphOf(searched, undefined, 5);
    expect(start.nodes).toHaveLength(5);
    expect(start.nodes.filter(({ initial }) => initial)).toHaveLength(2);
  });

  test('keeps hostile names inside their strings', () => {
    const graph = stateGraphOf(search(evil), evilTrace, 150);
    const { nodes } = read(dot({ ...graph, name: hostile }));
    expect(nodes).toHaveLength(graph.all);
    const edges: StateGraph['edges'] = [{ from: 0, to: 0, thread: hostile, label: hostile, onTrace: true }];
    expect(read(dot({ ...graph, edges })).nodes).toHaveLength(graph.all);
  });
});

/** Reads an automaton by the rules that the kernel's generator has: a line a state, then the initial edge, then a line an edge. */
function monitor(text: string) {
  const lines = text.split('\n').map((line) => line.trim());
  expect(lines[0]?.split(' ').slice(0, 2)).toEqual(['digraph', 'state_automaton']);
  const begin = lines.findIndex((line) => line.startsWith('{node '));
  const end = lines.findIndex((line, i) => i > begin && !line.startsWith('{node '));
  const nameIn = (line: string) => (line.split(/\s+/).at(-1) as string).replace(/"|};/g, '');
  const nodes = lines.slice(begin, end);
  const [initial] = nodes.map(nameIn).filter((name) => name.startsWith('__init_'));
  const after = lines.slice(end + 1);
  const edges = after
    .slice(
      0,
      after.findIndex((line) => !line.startsWith('"')),
    )
    .map((line) => {
      const words = line.split(/\s+/);
      expect([words[1], words.at(-1)]).toEqual(['->', '];']);
      const event = words.slice(words.indexOf('label') + 2, -1).join('');
      return {
        from: words[0]?.replaceAll('"', ''),
        to: words[2]?.replaceAll('"', ''),
        event: event.replaceAll('"', ''),
      };
    });
  return {
    initial: initial?.slice('__init_'.length),
    states: nodes.map(nameIn).filter((name) => !name.startsWith('__init_')),
    final: nodes.filter((line) => line.includes('doublecircle')).map(nameIn),
    edges,
  };
}

function paint(s: Tiny): void {
  s.color = choose(2) === 0 ? 'green' : 'blue';
}
function wash(s: Tiny): void {
  s.color = 'red';
}
const spread = [paint, wash];
/** Counts to 4 to the power of the number of slots. */
function tick(s: Tiny): void {
  for (let i = 0; i < s.counts.length; i++) {
    const at = i as Slot;
    if (s.counts[at] < 3) {
      s.counts[at]++;
      return;
    }
    s.counts[at] = 0;
  }
}

describe('the automaton of an object', () => {
  test('is what the generator of monitors reads, and Graphviz too', () => {
    const text = rv(automatonOf(searched, 'spte[0]'));
    expect(monitor(text)).toEqual({
      initial: 'writable_false',
      states: ['writable_false', 'writable_true'],
      final: ['writable_false'],
      edges: [
        { from: 'writable_false', event: 'set_spte', to: 'writable_true' },
        { from: 'writable_true', event: 'rmap_write_protect', to: 'writable_false' },
      ],
    });
    expect(read(text).names.toSorted()).toEqual(['__init_writable_false', 'writable_false', 'writable_true']);
  });

  test('of a lock says whether it is held, of a thread where it is', () => {
    const locked = search(instantiate(dirtyLogSuite.model, 'mmu-lock', small));
    expect(monitor(rv(automatonOf(locked, 'mmu_lock'))).edges).toEqual([
      { from: 'mmu_lock_free', event: 'spin_lock_mmu_lock', to: 'mmu_lock_held' },
      { from: 'mmu_lock_held', event: 'spin_unlock_mmu_lock', to: 'mmu_lock_free' },
    ]);
    expect(monitor(rv(automatonOf(searched, 'vcpu0'))).states).toContain('at_set_spte');
  });

  test('is in all values at once that an event may lead to, and is refused when there are too many', () => {
    const either = search(tiny(spread));
    const { states, edges } = monitor(rv(automatonOf(either, 'color')));
    expect(states).toEqual(['color_red', 'color_blue_or_color_green']);
    expect(edges.map(({ from, event, to }) => `${from} ${event} ${to}`)).toEqual([
      'color_red paint color_blue_or_color_green',
      'color_blue_or_color_green wash color_red',
    ]);
    const wide = search(tiny(tick, { bounds: { slot: 5 } }));
    expect(() => automatonOf(wide, 'counts')).toThrow('it has more than 1000 states; name a part of it');
    expect(automatonOf(wide, 'counts[4]').states).toEqual(['counts_4_0', 'counts_4_1', 'counts_4_2', 'counts_4_3']);
  });

  const names = [
    'a lost update under a lock',
    'readers and writers',
    'choices',
    'hardware with arguments',
    'several initial states',
  ];
  const subjects: [string, Searched][] = [
    ['dirty-log', searched],
    ...names.map((name): [string, Searched] => [name, search(tinyModels[name] as Instance)]),
    ['hostile', search(evil)],
  ];
  test.each(subjects)(
    'of %s is deterministic, has names of C, and goes along with every step of the model',
    (_, of) => {
      const { machine, visited, states } = of;
      const all = Array.from({ length: states }, (__, at) => at);
      const steps = all.map((at) => {
        machine.load(visited.arena, at);
        return machine
          .successors()
          .flatMap(({ words, edge }) => (words ? [{ to: visited.find(words), event: named(edge.label) }] : []));
      });
      for (const object of objectsOf(machine.instance).filter((path) => !path.includes('.'))) {
        const { initial, states: names, edges } = monitor(rv(automatonOf(of, object)));
        expect(new Set(edges.map(({ from, event }) => `${from} ${event}`)).size).toBe(edges.length);
        expect([...names, ...edges.map(({ event }) => event)].filter((name) => !/^[A-Za-z]\w*$/.test(name))).toEqual(
          [],
        );
        expect(new Set(names).size).toBe(names.length);
        // The model and the automaton walk at the same time: no step that changes the object is refused.
        const next = new Map(edges.map(({ from, event, to }) => [`${from} ${event}`, to]));
        const values = all.map((at) => valueAt(of, at, object));
        const seen = new Set<string>();
        const open = all.filter((at) => visited.parents[at] === -1).map((at) => ({ at, where: initial }));
        for (const { at, where } of open) {
          for (const { to, event } of steps[at] ?? []) {
            const then = values[at] === values[to] ? where : next.get(`${where} ${event}`);
            if (then === undefined) throw new Error(`${object}: ${event} is refused in ${where}`);
            if (!seen.has(`${to} ${then}`)) open.push({ at: to, where: then });
            seen.add(`${to} ${then}`);
          }
        }
        expect(seen.size).toBeGreaterThan(0);
      }
    },
  );
});

function named(label: string): string {
  const name = label.replace(/\W+/g, '_').replace(/^_+|_+$/g, '');
  return /^[A-Za-z]/.test(name) ? name : `n_${name}`;
}

/** What is seen of an object: of a thread where it is, of a lock whether and how it is held, else everything. */
function valueAt({ machine, visited }: Searched, at: number, object: string): string {
  const { instance: of } = machine;
  machine.load(visited.arena, at);
  const state = machine.plain();
  const thread = of.threads.find(({ path }) => path === object);
  const under = [...leavesOf(of.root)].filter(
    ({ path }) => path === object || /^[.[]/.test(path.startsWith(object) ? path.slice(object.length) : ''),
  );
  const values = (thread ? [thread.point] : under).map((leaf) => valueIn(of, state, leaf));
  if (of.root.fields[object]?.kind !== 'lock') return JSON.stringify(values);
  const [owner, ...readers] = values;
  return `${owner !== 0} ${readers.filter((bit) => bit === 1).length}`;
}

describe('a race as SVG', () => {
  const errorsIn = async (text: string) =>
    (await validateXML({ xml: { fileName: 'race.svg', contents: text }, schema: anything })).errors.map(
      ({ message }) => message,
    );
  /** Only that it is XML; a reader of XML is what counts. */
  const anything = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/2000/svg">
    <xs:element name="svg"><xs:complexType><xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xs:sequence>
    <xs:anyAttribute processContents="skip"/></xs:complexType></xs:element></xs:schema>`;

  test('is well-formed, and has every step in the lane of its thread', async () => {
    const text = raceSvg(trace, { name: 'noLostWrite', sentence: 'no write is lost' });
    expect(await errorsIn(text)).toEqual([]);
    const lanes = new Map(
      [...text.matchAll(/<text x="([\d.]+)" y="[\d.]+" class="head">([^<]*)</g)].map(([, x, name]) => [name, x]),
    );
    expect([...lanes.keys()]).toEqual(['vcpu', 'ioctl', 'hardware']);
    const xs = [...text.matchAll(/<text x="([\d.]+)" y="[\d.]+" class="(?:plain|faint)">(\w+\([^<]*\))</g)].map(
      ([, x]) => x,
    );
    expect(xs).toEqual(trace.steps.map(({ thread }) => lanes.get(thread.replace(/\d$/, ''))));
    expect(text).toContain('>noLostWrite is false:<'.replace('>', '>After step '.concat(`${trace.length}, `)));
    expect(text).not.toMatch(/<script|href|url\(|@import|on\w+=/);
  });

  test('has a bar beside the steps between which a lock is held', () => {
    const held = search(instantiate(dirtyLogSuite.model, 'mmu-lock-no-flush', small), dirtyLogSuite);
    const text = raceSvg(traceOf(held, 'noLostWrite', dirtyLogSuite), { name: 'noLostWrite' });
    expect([...text.matchAll(/<title>([^<]* holds [^<]*)</g)].map(([, title]) => title)).toEqual([
      'vcpu0 holds mmu_lock',
      'ioctl0 holds mmu_lock',
    ]);
  });

  test('keeps hostile names as text', async () => {
    const text = raceSvg({ ...evilTrace, failure: hostile }, { name: hostile, message: hostile }, `${hostile}.ts`);
    expect(await errorsIn(text)).toEqual([]);
    expect(text).toContain('&lt;d&gt;&amp;]]&gt;');
  });
});
