/** Measures of models that are small enough to count by hand. */
import { describe, expect, test } from 'vitest';
import { measureVariant, witness } from '#explorer';
import {
  array,
  atomically,
  bit,
  blocked,
  bool,
  either,
  exit,
  holding,
  type Measure,
  model,
  type Next,
  once,
  range,
  type StateOf,
  spinlock,
  suite,
  thread,
} from '#notation';

const Cell = range('cell');
const Cpu = range('cpu');
const state = {
  lock: spinlock,
  open: bool,
  cells: array(Cell, bit),
  cpu: thread(Cpu, { seen: bit }),
  other: thread(range('other'), {}),
};
interface Cells extends StateOf<typeof state> {}
type Cpu = Cells['cpu'][0];

function open(s: Cells): Next {
  if (s.open) return blocked;
  s.open = true;
}
function fill(s: Cells): Next {
  const empty = s.cells.findIndex((cell) => cell === 0);
  s.cells[empty as 0] = 1;
  if (s.cells.includes(0)) return fill;
}
function empty(s: Cells, cpu: Cpu): Next {
  cpu.seen = s.cells[0];
  s.cells.forEach((_, cell) => {
    s.cells[cell] = 0;
  });
}
function close(s: Cells): void {
  s.open = false;
}
function look(s: Cells): Next {
  if (s.open) return exit;
}
function turn(): void {}

const whole = [open, fill, empty, close];
const cells = model({
  name: 'cells',
  about: 'cells that are filled and emptied',
  state,
  bounds: { cell: 3, cpu: 1, other: 1 },
  variants: {
    unfolded: { cpu: whole, other: [look, turn] },
    folded: { cpu: [atomically(...whole)], other: [look, turn] },
    'folded-within': { cpu: [open, atomically(fill, empty), close], other: [look, turn] },
    locked: { cpu: holding('lock', ...whole), other: holding('lock', look, turn) },
    round: { cpu: either([open, fill, empty, close], [turn]), other: [look, turn] },
    once: { cpu: once(open, fill), other: [look, turn] },
  },
});
type Variant = keyof typeof cells.variants;

const sweep = { set: 'cell', from: 2, to: 3, variants: [] };

function measuring(measure: Omit<Measure<Cells, Variant>, 'what' | 'sweep'>) {
  const measures = { it: { what: 'what is counted', sweep, ...measure } };
  const violated = { unfolded: [], folded: [], 'folded-within': [], locked: [], round: [], once: [] };
  return suite(cells, { invariants: {}, measures, violated });
}

function valueOf(measure: Parameters<typeof measuring>[0], variant: Variant, bounds = {}): number | undefined {
  const made = measuring(measure);
  const measured = measureVariant(made, variant, 'it', { bounds });
  witness(made, measured);
  return measured.value;
}

describe('the steps of a run', () => {
  test('are counted from the first to the return, whatever others do in between', () => {
    expect(valueOf({ of: 'cpu' }, 'unfolded')).toBe(1 + 3 + 1 + 1);
  });

  test('are the same where they are folded into one transition, or some of them', () => {
    expect(valueOf({ of: 'cpu' }, 'folded')).toBe(6);
    expect(valueOf({ of: 'cpu' }, 'folded-within')).toBe(6);
  });

  test('include taking and releasing a lock, by whichever way', () => {
    expect(valueOf({ of: 'cpu' }, 'locked')).toBe(8);
    expect(valueOf({ of: 'other' }, 'locked')).toBe(4);
    expect(valueOf({ of: 'cpu', steps: ['spin_lock(lock)', 'spin_unlock(lock)'] }, 'locked')).toBe(2);
  });

  test('can be counted by name, and of runs that begin with one of them', () => {
    expect(valueOf({ of: 'cpu', steps: ['fill'] }, 'unfolded', { cell: 5 })).toBe(5);
    expect(valueOf({ of: 'cpu', steps: ['fill'] }, 'folded', { cell: 5 })).toBe(5);
    expect(valueOf({ of: 'cpu', steps: ['fill', 'close'], from: 'turn' }, 'round')).toBe(0);
    expect(valueOf({ of: 'cpu', from: 'turn' }, 'round')).toBe(1);
  });

  test('are those of one thread of several', () => {
    expect(valueOf({ of: 'cpu', steps: ['fill'] }, 'unfolded', { cpu: 2 })).toBe(3);
  });

  test('count where the run has no return', () => {
    expect(valueOf({ of: 'cpu' }, 'once')).toBe(4);
  });
});

describe('the steps while something is true', () => {
  const isOpen = (s: Cells): boolean => s.open;

  test('are those that are taken in such states, the one that makes it true left out', () => {
    expect(valueOf({ of: 'cpu', while: isOpen }, 'unfolded')).toBe(3 + 1 + 1);
  });

  test('are none where no such state can be seen', () => {
    expect(valueOf({ of: 'cpu', while: isOpen }, 'folded')).toBe(0);
  });

  test('have no largest number where somebody can go round', () => {
    expect(valueOf({ of: 'other', while: isOpen }, 'unfolded')).toBe(Number.POSITIVE_INFINITY);
    expect(valueOf({ of: 'other', while: isOpen }, 'locked')).toBe(0);
  });

  test('may end on the way: others see no more than they can', () => {
    expect(valueOf({ of: 'cpu', while: (s) => s.cells.includes(1), steps: ['fill'] }, 'unfolded')).toBe(2);
  });
});

describe('what steps read', () => {
  test('is counted by the elements of a row, each once a step', () => {
    expect(valueOf({ of: 'cpu', reads: 'cells', steps: ['fill'] }, 'unfolded', { cell: 2 })).toBe(2 + 2);
    expect(valueOf({ of: 'cpu', reads: 'cells', steps: ['empty'] }, 'unfolded')).toBe(3);
  });

  test('is counted once for all the steps of a fold', () => {
    expect(valueOf({ of: 'cpu', reads: 'cells' }, 'folded')).toBe(3);
    expect(valueOf({ of: 'cpu', reads: 'cells', steps: ['close'] }, 'folded')).toBe(0);
  });
});

test('a path to the largest number is told by name, from the beginning', () => {
  const made = measuring({ of: 'cpu', while: (s) => s.open, steps: ['fill'] });
  const measured = measureVariant(made, 'unfolded', 'it');
  expect(witness(made, measured)?.steps.map(({ step }) => step)).toEqual(['open', 'fill', 'fill', 'fill']);
});

test('a witness that does not come to the number is refused', () => {
  const made = measuring({ of: 'cpu' });
  const measured = measureVariant(made, 'unfolded', 'it');
  expect(() => witness(made, { ...measured, value: 7 })).toThrow(
    'cells/unfolded: it is 7, and 6 when it is executed again',
  );
});

test('a search that a limit ended says nothing of the number', () => {
  const made = measuring({ of: 'cpu' });
  const measured = measureVariant(made, 'unfolded', 'it', { limits: { depth: 2 } });
  expect(measured).toMatchObject({ stopped: 'depth', value: undefined, path: undefined });
  expect(witness(made, measured)).toBeUndefined();
});

describe('a measure is refused', () => {
  const refusal =
    (measure: Parameters<typeof measuring>[0], name = 'it') =>
    () =>
      measureVariant(measuring(measure), 'unfolded', name);

  test('that the suite does not have', () => {
    expect(refusal({ of: 'cpu' }, 'is')).toThrow('cells has no measure is; it has it');
  });

  test('of steps that no variant has', () => {
    expect(refusal({ of: 'cpu', steps: ['fill', 'fil'] })).toThrow(
      'the measure it counts fil, which cpu does in no variant',
    );
    expect(refusal({ of: 'cpu', from: 'look' })).toThrow('the measure it counts look, which cpu does in no variant');
  });

  test('of what is no row', () => {
    expect(refusal({ of: 'open' })).toThrow('the measure it is of open, which is no row of threads');
    expect(refusal({ of: 'cpu', reads: 'cell' })).toThrow('what is read of cell, which is no row of the state');
  });

  test('whose condition fails', () => {
    const broken = (): boolean => {
      throw new TypeError('no');
    };
    expect(refusal({ of: 'cpu', while: broken })).toThrow(
      'cells/unfolded: the while of a measure failed: TypeError: no',
    );
  });

  test.each([
    [{ while: () => true, from: 'open' }, 'has while and from'],
    [{ sweep: { ...sweep, variants: ['fold'] } }, 'is swept over fold, which is no variant'],
    [{ sweep: { ...sweep, set: 'cells' } }, 'is swept at cells, which is no bound; the bounds are cell, cpu, other'],
    [{ sweep: { ...sweep, bounds: { cpus: 2 } } }, 'is swept at cpus, which is no bound'],
    [{ sweep: { ...sweep, to: 2 } }, 'is swept from 2 to 2; there are no two sizes to compare'],
  ])('when the suite is loaded: %j', (wrong, sentence) => {
    expect(() => measuring({ of: 'cpu', ...wrong } as never)).toThrow(`suite of cells: the measure it ${sentence}`);
  });
});
