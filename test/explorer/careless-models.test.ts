/**
 * Steps and claims that break the contract of the notation where types do not see it. Each does so in one state only, the 58th of a
 * hundred, because a mistake that is made everywhere would be found by any sample.
 */
// oxlint-disable unicorn/consistent-function-scoping -- a step stands beside the example that lists it
import { describe, expect, test } from 'vitest';
import { checkVariant } from '#explorer';
import { blocked, choose, either, type Next, NULL, suite } from '#notation';
import { reference } from '../reference.ts';
import { type Cell, type Cpu, type Page, type Tiny, tiny } from '../tiny.ts';

const zero = 0 as never as Page;
const no = NULL as never as Page;

function count(s: Tiny): void {
  s.x = s.x === 9 ? 0 : s.x + 1;
  if (s.x === 0) s.y = s.y === 9 ? 0 : s.y + 1;
}

function there(s: Tiny): boolean {
  return s.x === 7 && s.y === 5;
}

function goOn(): void {}

type Deed = (s: Tiny, cpu: Cpu) => Next;

/** What a check says is violated when a step does something in one state of a hundred, and what the reference search says. */
function found(deed: Deed): { checked: string[]; meant: string[] } {
  function careless(s: Tiny, cpu: Cpu): Next {
    if (there(s)) return deed(s, cpu);
  }
  const instance = tiny([count, either([careless], [goOn])]);
  const checked = checkVariant(suite(instance.model, { invariants: {}, violated: { only: [] } }), 'only');
  const { violated } = reference(instance);
  return {
    checked: checked.claims.filter(({ outcome }) => outcome === 'violated').map(({ name }) => name),
    meant: Object.keys(violated),
  };
}

describe('a step that', () => {
  test.each<[string, string, Deed]>([
    [
      'counts a local below zero',
      'range',
      (_, cpu) => {
        cpu.i = 0;
        cpu.i--;
      },
    ],
    [
      'counts an element of a row below zero',
      'range',
      (s) => {
        s.counts[0]--;
      },
    ],
    [
      'counts a field too far, for a moment',
      'range',
      (s) => {
        s.x = 10;
        s.x = 0;
      },
    ],
    [
      'sets an element of a row to NaN',
      'range',
      (s) => {
        s.counts[0] = Number.NaN;
      },
    ],
    [
      'sets an element of a row to a half',
      'range',
      (s) => {
        s.counts[0] = s.x / 4;
      },
    ],
    [
      'sets an element of a row to 2^32',
      'range',
      (s) => {
        s.counts[0] = 2 ** 32;
      },
    ],
    [
      'sets an element of a row to 256',
      'range',
      (s) => {
        s.counts[0] = 256;
      },
    ],
    [
      'sets an element of a row to undefined',
      'range',
      (s) => {
        s.counts[0] = undefined as never;
      },
    ],
    [
      'sets a bit to 2',
      'range',
      (s) => {
        s.bits[zero] = 2 as never;
      },
    ],
    [
      'sets a bit to 256',
      'range',
      (s) => {
        s.bits[zero] = 256 as never;
      },
    ],
    [
      'sets a bit to true',
      'range',
      (s) => {
        s.bits[zero] = true as never;
      },
    ],
    [
      'sets a pointer below NULL',
      'range',
      (s) => {
        s.head = -2 as never as Cell;
      },
    ],
    [
      'sets a local pointer below NULL',
      'range',
      (_, cpu) => {
        cpu.cell = -2 as never as Cell;
      },
    ],
    [
      'sets a member to NULL',
      'range',
      (_, cpu) => {
        cpu.page = no;
      },
    ],
    [
      'sets a local to null',
      'range',
      (_, cpu) => {
        cpu.i = null as never;
      },
    ],
    [
      'reads an element behind the end',
      'throws',
      (s) => {
        s.flag = s.counts[2] === 1;
      },
    ],
    [
      'reads an element before the beginning',
      'throws',
      (s) => {
        s.flag = s.bits[no] === 1;
      },
    ],
    [
      'writes an element behind the end',
      'throws',
      (s) => {
        s.counts[2] = 1;
      },
    ],
    [
      'writes an element before the beginning',
      'throws',
      (s) => {
        s.bits[no] = 1;
      },
    ],
    [
      'reads a struct behind the end',
      'throws',
      (s) => {
        s.flag = s.spte[7 as never as Page].writable;
      },
    ],
    [
      'reads a local that is none',
      'throws',
      (s, cpu) => {
        s.x = cpu.i;
      },
    ],
    [
      'reads a field that is not there',
      'throws',
      (s) => {
        s.flag = (s as never as { z: unknown }).z === 1;
      },
    ],
    [
      'sets a field that is not there',
      'throws',
      (s) => {
        (s as never as { z: unknown }).z = 1;
      },
    ],
    [
      'sets a field of a struct that is not there',
      'throws',
      (s) => {
        (s.spte[zero] as never as { z: unknown }).z = 1;
      },
    ],
    [
      'replaces a row',
      'throws',
      (s) => {
        Object.assign(s, { bits: s.bits });
      },
    ],
    [
      'replaces a struct',
      'throws',
      (s) => {
        (s.spte as never as unknown[])[0] = s.spte[zero];
      },
    ],
    [
      'replaces a lock',
      'throws',
      (s) => {
        (s as { lock: unknown }).lock = s.outer;
      },
    ],
    ['returns a number', 'throws', () => 1 as never],
    ['returns NULL', 'throws', () => NULL as never],
    [
      'chooses among nothing',
      'throws',
      () => {
        choose(0);
      },
    ],
  ])('%s fails, in the explorer as in the reference', (_, name, deed) => {
    expect(found(deed)).toEqual({ checked: [name], meant: [name] });
  });
});

test('an element of a row may be out of range within a step, in the explorer as in the reference', () => {
  const deed = (s: Tiny): void => {
    s.counts[0] = 4;
    s.counts[0] = 0;
  };
  expect(found(deed)).toEqual({ checked: [], meant: [] });
});

describe('a step that writes and then returns blocked is found, however it says so', () => {
  const write = (s: Tiny): boolean => {
    s.flag = true;
    return true;
  };
  const writeAndBlock = (s: Tiny): Next => {
    if (s.x !== 7 || s.y !== 5) return;
    s.flag = true;
    return blocked;
  };
  const pool = { find: write };
  function plainly(s: Tiny): Next {
    if (s.x !== 7 || s.y !== 5) return;
    s.flag = true;
    return blocked;
  }
  function byHelper(s: Tiny): Next {
    if (s.x === 7 && s.y === 5 && write(s)) return blocked;
  }
  function byHelperInReturn(s: Tiny): Next {
    return writeAndBlock(s);
  }
  const byArrow = (s: Tiny): Next => writeAndBlock(s);
  const bySequence = (s: Tiny): Next => (s.x === 7 && s.y === 5 ? ((s.flag = true), blocked) : undefined);
  function byCallback(s: Tiny): Next {
    if (s.x === 7 && s.y === 5 && s.bits.some(() => write(s))) return blocked;
  }
  function byReference(s: Tiny): Next {
    const into = () => write(s);
    if (s.x === 7 && s.y === 5 && s.bits.some(into)) return blocked;
  }
  function byHoistedReference(s: Tiny): Next {
    if (s.x === 7 && s.y === 5 && s.bits.some(into)) return blocked;
    function into(): boolean {
      s.flag = true;
      return true;
    }
  }
  function byOuterReference(s: Tiny): Next {
    if (s.x === 7 && s.y === 5 && [s].some(write)) return blocked;
  }
  function byMethodOfAnother(s: Tiny): Next {
    if (s.x === 7 && s.y === 5 && pool.find(s)) return blocked;
  }
  function byFinally(s: Tiny): Next {
    try {
      if (s.x === 7 && s.y === 5) return blocked;
    } finally {
      if (s.x === 7 && s.y === 5) s.flag = true;
    }
  }
  function byLoop(s: Tiny): Next {
    for (let i = 0; i < 2; i++) {
      if (i === 1 && s.x === 7 && s.y === 5) return blocked;
      if (s.x === 7 && s.y === 5) s.flag = true;
    }
  }
  function byLoopTarget(s: Tiny): Next {
    if (s.x === 7 && s.y === 5) for (s.flag of [true]);
    if (s.x === 7 && s.y === 5) return blocked;
  }
  function byDestructuring(s: Tiny): Next {
    if (s.x === 7 && s.y === 5) [s.flag] = [true];
    if (s.x === 7 && s.y === 5) return blocked;
  }
  function byIncrement(s: Tiny): Next {
    if (s.x === 7 && s.y === 5) s.counts[0]++;
    if (s.x === 7 && s.y === 5) return blocked;
  }
  function byObjectAssign(s: Tiny): Next {
    if (s.x === 7 && s.y === 5) Object.assign(s, { flag: true });
    if (s.x === 7 && s.y === 5) return blocked;
  }
  function byDefault(s: Tiny, _cpu: Cpu, _written = s.x === 7 && s.y === 5 && write(s)): Next {
    if (s.x === 7 && s.y === 5) return blocked;
  }
  const list = [
    plainly,
    byHelper,
    byHelperInReturn,
    byArrow,
    bySequence,
    byCallback,
    byReference,
    byHoistedReference,
    byOuterReference,
    byMethodOfAnother,
    byFinally,
    byLoop,
    byLoopTarget,
    byDestructuring,
    byIncrement,
    byObjectAssign,
    byDefault,
  ];

  test.each(list.map((step) => [step.name, step] as const))('%s', (_, step) => {
    const { model } = tiny([count, step as never]);
    const result = checkVariant(suite(model, { invariants: {}, violated: { only: [] } }), 'only');
    const { violated, states } = reference(tiny([count, step as never]));
    expect(Object.keys(violated)).toContain('throws');
    expect(result.claims.filter(({ outcome }) => outcome === 'violated').map(({ name }) => name)).toContain('throws');
    expect(result.states).toBe(states);
  });
});

describe('a step that, in one of 3,200 states and with nothing the types refuse,', () => {
  function countFar(s: Tiny): void {
    s.x = s.x === 9 ? 0 : s.x + 1;
    if (s.x === 0) s.y = s.y === 9 ? 0 : s.y + 1;
    if (s.x !== 0 || s.y !== 0) return;
    s.counts[0] = s.counts[0] === 3 ? 0 : s.counts[0] + 1;
    if (s.counts[0] === 0) s.counts[1] = s.counts[1] === 3 ? 0 : s.counts[1] + 1;
  }

  test.each<[string, string, (s: Tiny) => void]>([
    ['reads behind the end of a row', 'throws', (s) => void (s.flag = s.counts[s.x] === 1)],
    ['reads right behind the end of a row', 'throws', (s) => void (s.flag = s.counts[s.counts.length] === 1)],
    ['writes behind the end of a row', 'throws', (s) => void (s.counts[s.x] = 1)],
    ['sets an element of a row to a fraction', 'range', (s) => void (s.counts[0] = s.x / 4)],
  ])('%s, fails', (_, name, deed) => {
    function careless(s: Tiny): void {
      if (s.x === 7 && s.y === 5 && s.counts[0] === 2 && s.counts[1] === 1) deed(s);
    }
    const instance = tiny([countFar, either([careless], [goOn])]);
    const checked = checkVariant(suite(instance.model, { invariants: {}, violated: { only: [] } }), 'only');
    const violated = checked.claims.filter(({ outcome }) => outcome === 'violated');
    expect([checked.states, violated.map((claim) => claim.name)]).toEqual([3_200, [name]]);
  });
});

describe('a claim that', () => {
  const outcomes = (claim: (s: Tiny) => boolean) => {
    const { model } = tiny([count]);
    const result = checkVariant(
      suite(model as never, { invariants: { claim }, violated: { only: [] } } as never),
      'only',
    );
    return [result.states, result.outcome, result.claims.find(({ name }) => name === 'throws')?.outcome];
  };

  test('writes in one state is found, and changes no state', () => {
    const writes = (s: Tiny) => {
      if (there(s)) s.flag = true;
      return true;
    };
    expect(outcomes(writes)).toEqual([100, 'violated', 'violated']);
  });

  test('looks behind the end of a row in one state is found', () => {
    expect(outcomes((s) => !there(s) || s.counts[2] !== 1)).toEqual([100, 'violated', 'violated']);
  });

  test('throws in one state is found', () => {
    const throws = (s: Tiny) => {
      if (there(s)) throw new Error('there');
      return true;
    };
    expect(outcomes(throws)).toEqual([100, 'violated', 'violated']);
  });
});

describe('a step that depends on something else than the state', () => {
  let calls = 0;
  function everyOther(s: Tiny): void {
    calls++;
    s.flag = calls % 2 === 0;
  }
  function atRandom(s: Tiny): void {
    s.flag = Math.random() < 0.5;
  }

  test.each([everyOther, atRandom])('%o is never reported as holding', (step) => {
    const { model } = tiny([count, step]);
    const result = checkVariant(suite(model, { invariants: {}, violated: { only: [] } }), 'only');
    expect(result.outcome).toBe('violated');
    expect(result.claims.find(({ name }) => name === 'throws')?.message).toMatch(/depend on nothing but the state/);
  });
});

describe('a step that keeps something outside the state', () => {
  const message = (step: Deed): string | undefined => {
    const { model } = tiny([count, step]);
    const result = checkVariant(suite(model, { invariants: {}, violated: { only: [] } }), 'only');
    return result.claims.find(({ name }) => name === 'throws')?.message;
  };

  test('is found though it does so once', () => {
    let calls = 0;
    function onTheHundredth(s: Tiny): void {
      calls++;
      if (calls === 100) s.flag = true;
    }
    expect(message(onTheHundredth)).toMatch(/^tiny\/only: .* leads to another state when it is searched again/);
  });

  test('is found when it keeps the state itself, and writes to it later', () => {
    let kept: Tiny | undefined;
    function keep(s: Tiny): void {
      if (kept) kept.flag = true;
      kept = s;
    }
    expect(message(keep)).toMatch(/depend on nothing but the state/);
  });

  test('is found when it asks for the time or for chance, in every state and not by luck', () => {
    const asks = [() => Date.now(), () => new Date(), () => Math.random()];
    const told = asks.map((ask) => {
      function asking(s: Tiny): void {
        if (there(s)) ask();
      }
      return message(asking);
    });
    expect(told.map((each) => each?.split(';')[0])).toEqual([
      'asked for Date.now()',
      'asked for new Date()',
      'asked for Math.random()',
    ]);
    expect([new Date(0).getTime(), Date.now() > 0, Math.random() < 1]).toEqual([0, true, true]);
  });
});

test('a step that asks what a row is made of is found, though every search of it comes out alike', () => {
  function asks(s: Tiny): void {
    s.flag = Array.isArray(s.bits);
  }
  const { model } = tiny([count, asks]);
  const result = checkVariant(suite(model, { invariants: {}, violated: { only: [] } }), 'only');
  expect(result.claims.find(({ name }) => name === 'throws')?.message).toMatch(/^step asks\(\) leads to another state/);
});
