/**
 * Small random models, as source text: random threads of random guarded steps over a few fields, with locks, choices, gotos, failing
 * steps and folds. The text is what a failing test prints.
 */
import * as fc from 'fast-check';
import * as notation from '#notation';
import type { Instance, Suite } from '#notation';

/** A random model's source text. */
export interface RandomModel {
  readonly source: string;
}

const comparisons = ['===', '!==', '<'];

/** A number that a step may read without failing. */
const readable = fc.constantFrom(
  's.x',
  's.y',
  's.counts[0]',
  's.counts[1]',
  't.id',
  's.counts[s.y % 2]',
  '0',
  '1',
  '2',
);
const condition = fc.oneof(
  fc.tuple(readable, fc.constantFrom(...comparisons), readable).map(([a, op, b]) => `${a} ${op} ${b}`),
  fc.constantFrom('s.flag', '!s.flag', 's.p === NULL', 's.p !== NULL', 's.lock.held', 's.rw.heldForWrite'),
  fc.constantFrom(
    "s.color === 'red'",
    "s.color !== 'green'",
    's.bits[0] === 1',
    's.bits.includes(0)',
    't.mine.includes(1)',
  ),
  fc.constantFrom('s.cells.every((each) => each.allocated)', 's.bits.every((each, id) => each === t.mine[id])'),
);
const assignment = fc.oneof(
  {
    weight: 16,
    arbitrary: fc
      .tuple(fc.constantFrom('s.x', 's.y', 's.counts[0]', 's.counts[1]'), readable)
      .map(([to, from]) => `${to} = (${from} + 1) % 3;`),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      's.flag = !s.flag;',
      's.flag = true;',
      "s.color = s.flag ? 'red' : 'green';",
      "s.color = 'blue';",
    ),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      's.bits[0] = 1;',
      's.bits[1] = s.bits[0];',
      's.bits[0] = 0;',
      's.bits.forEach((_, id) => { s.bits[id] = 0; });',
    ),
  },
  { weight: 8, arbitrary: fc.constantFrom('t.i = s.y;', 't.mine[0] = 1;', 't.mine[1] = s.bits[0];', 't.p = s.p;') },
  {
    weight: 6,
    arbitrary: fc.constantFrom('s.p = alloc(s.cells);', 's.p = NULL;', 'if (s.p !== NULL) s.cells[s.p].value = s.y;'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'if (s.p !== NULL && s.cells[s.p].allocated) free(s.cells, s.p);',
      'if (s.p !== NULL) free(s.cells, s.p);',
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom('s.y = choose(2);', 'if (choose(2) === 1) s.flag = true;', 's.x = choose(3);'),
  },
  { weight: 1, arbitrary: condition.map((what) => `BUG_ON(${what}, 'bug');`) },
  { weight: 1, arbitrary: condition.map((what) => `WARN_ON_ONCE(${what}, 'warning');`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      's.x = s.x + 1;',
      's.y = s.y - 1;',
      's.y = t.i;',
      'lockdep_assert_held(s.lock);',
      'might_sleep();',
    ),
  },
  { weight: 1, arbitrary: condition.map((what) => `if (${what}) throw new Error('thrown');`) },
);

interface StepSource {
  readonly guards: readonly string[];
  readonly body: readonly string[];
  /** What may take an element of a row out of range. It comes last, for rows are looked at when a transition is complete. */
  readonly last: string | undefined;
  readonly leave: string | undefined;
  /** Condition of a goto to the first step of the same list, where there is one. */
  readonly back: string | undefined;
  readonly member: boolean;
}

const step: fc.Arbitrary<StepSource> = fc.record({
  guards: fc.option(condition, { nil: undefined, freq: 1 }).map((guard) => (guard ? [guard] : [])),
  body: fc.array(assignment, { maxLength: 3 }),
  last: fc.option(fc.constantFrom('s.counts[1] = s.counts[1] - 1;', 's.counts[0] = s.counts[0] + 1;'), {
    nil: undefined,
    freq: 8,
  }),
  leave: fc.option(condition, { nil: undefined, freq: 6 }),
  back: fc.option(condition, { nil: undefined, freq: 4 }),
  member: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});

type Shape =
  | { readonly kind: 'step'; readonly step: StepSource }
  | { readonly kind: 'list' | 'atomically'; readonly items: readonly Shape[] }
  | { readonly kind: 'holding'; readonly lock: string; readonly yields: boolean; readonly items: readonly Shape[] }
  | { readonly kind: 'either'; readonly branches: readonly (readonly Shape[])[] };

const shape = fc.letrec<{ item: Shape }>((tie) => {
  const items = fc.array(tie('item'), { minLength: 1, maxLength: 3 });
  return {
    item: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      { weight: 5, arbitrary: step.map((made): Shape => ({ kind: 'step', step: made })) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('list', 'atomically'), items }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('holding'),
          lock: fc.constantFrom("'lock'", "'outer'", "'rw'", "read('rw')"),
          yields: fc.boolean(),
          items,
        }),
      },
      {
        weight: 1,
        arbitrary: fc
          .array(fc.array(tie('item'), { maxLength: 2 }), { minLength: 1, maxLength: 2 })
          .map((branches): Shape => ({ kind: 'either', branches })),
      },
    ),
  };
}).item;

/** Random models. */
export const randomModel: fc.Arbitrary<RandomModel> = fc
  .record({
    rows: fc.array(
      fc.record({
        items: fc.array(shape, { minLength: 2, maxLength: 4, size: 'max' }),
        once: fc.nat(3).map((n) => n === 0),
      }),
      { minLength: 1, maxLength: 2, size: 'max' },
    ),
    threads: fc.constantFrom(2, 1, 2, 3),
    actions: fc.array(step, { maxLength: 2 }),
    initial: fc.array(
      fc.array(fc.constantFrom('s.x = 1;', 's.flag = true;', 's.bits[1] = 1;', 's.p = 1;'), { maxLength: 2 }),
      { maxLength: 2 },
    ),
  })
  .map(({ rows, threads, actions, initial }) => {
    const functions: string[] = [];
    const rowNames = rows.map((_, i) => `cpu${'ab'[i]}`);
    const lists = rows.map(({ items, once }) => {
      const list = `[${sequence(items, functions, false).join(', ')}]`;
      return once ? `once(...${list})` : list;
    });
    const actionItems = actions.map((made) => {
      const name = `act${functions.length}`;
      const own = { ...made, leave: undefined, back: undefined };
      functions.push(
        functionSource(name, own, undefined, ['s'])
          .replaceAll(/\bt\.(id|i)\b/g, 's.y')
          .replaceAll(/\bt\.(mine|p)\b/g, 's.$1')
          .replaceAll('s.mine', 's.bits'),
      );
      return made.member ? `forAny(Page, ${name})` : name;
    });
    const starts = initial.map((body, i) => `function start${i}(s) { ${body.join(' ')} }`);
    return {
      source: `
const Cpu = range('cpu'), Page = symmetric('page'), Slot = range('slot');
const state = {
  lock: spinlock, outer: spinlock, rw: rwlock, x: upTo(3), y: upTo(2), flag: bool, color: oneOf('red', 'green', 'blue'), p: pointer(Page),
  bits: array(Page, bit), counts: array(Slot, upTo(2)), cells: pool(Page, { value: upTo(2) }),
  ${rowNames.map((row) => `${row}: thread(Cpu, { i: upTo(2), p: pointer(Page), mine: array(Page, bit) }),`).join('\n  ')}
};
${functions.join('\n')}
${starts.join('\n')}
return model({
  name: 'random', about: 'A random model.', state, bounds: { cpu: ${threads}, page: 2, slot: 2 },
  actions: [${actionItems.join(', ')}],
  initial: [${starts.map((_, i) => `start${i}`).join(', ')}],
  variants: { only: { ${rowNames.map((row, i) => `${row}: ${lists[i]}`).join(', ')} } },
});`,
    };
  });

/**
 * The items of a list, and their functions. A goto leads back to the first step that is directly in the same list; there is none in
 * an atomically, which could go round for ever.
 */
function sequence(items: readonly Shape[], functions: string[], folded: boolean): string[] {
  let first: string | undefined;
  const inner = (list: readonly Shape[], fold = folded): string => sequence(list, functions, fold).join(', ');
  return items.map((item) => {
    switch (item.kind) {
      case 'step': {
        const name = `step${functions.length}`;
        const made = folded ? { ...item.step, last: undefined, back: undefined } : item.step;
        functions.push(functionSource(name, made, first, ['s', 't']));
        first ??= name;
        return item.step.member ? `forAny(Page, ${name})` : name;
      }
      case 'list':
        return `[${inner(item.items)}]`;
      case 'atomically':
        return `atomically(${inner(item.items, true)})`;
      case 'either':
        return `either(${item.branches.map((branch) => `[${inner(branch)}]`).join(', ')})`;
      case 'holding': {
        const [one, ...others] = sequence(item.items, functions, folded);
        const list = [one, ...(item.yields ? [`cond_resched(${item.lock})`] : []), ...others];
        return `...holding(${[item.lock, ...list].join(', ')})`;
      }
    }
  });
}

function functionSource(
  name: string,
  { guards, body, last, leave, back, member }: StepSource,
  first: string | undefined,
  parameters: string[],
): string {
  const lines = [
    ...guards.map((guard) => `if (${guard}) return blocked;`),
    ...(member ? ['if (s.bits[page] === 1) return blocked;', 's.bits[page] = 1;'] : []),
    ...body,
    ...(leave ? [`if (${leave}) return exit;`] : []),
    ...(back && first ? [`if (${back}) return ${first};`] : []),
    ...(last ? [last] : []),
  ];
  return `function ${name}(${[...parameters, ...(member ? ['page'] : [])].join(', ')}) { ${lines.join(' ')} }`;
}

/** The model of a source text; undefined when its lists do not compile, which the notation must say by an error. */
export function instanceOf({ source }: RandomModel): Instance | undefined {
  const words = Object.entries(notation).filter(([, word]) => word !== undefined);
  const make = new Function(...words.map(([word]) => word), source);
  try {
    return notation.instantiate(make(...words.map(([, word]) => word)), 'only');
  } catch (error) {
    if ((error as Error).message.startsWith('random/only: ')) return undefined;
    throw error;
  }
}

/** Claims that are true in some states of random models and false in others. */
export const randomClaims: Pick<Suite, 'invariants' | 'reachable'> = {
  invariants: {
    xIsSmall: (s: { x: number }) => s.x < 3,
    notBoth: (s: { x: number; y: number }) => s.x !== 2 || s.y !== 2,
    lockIsFree: (s: { lock: { held: boolean }; rw: { held: boolean } }) => !s.lock.held && !s.rw.held,
  },
  reachable: {
    flagAndBlue: (s: { flag: boolean; color: string }) => s.flag && s.color === 'blue',
    allBits: (s: { bits: { every(test: (each: number) => boolean): boolean } }) => s.bits.every((each) => each === 1),
  },
};
