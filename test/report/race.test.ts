import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Change, checkVariant, type ClaimResult, hardware, type Trace, type TraceStep } from '#explorer';
import { dirtyLogSuite } from '#invariants';
import { drawRace, drawSteps } from '#report';

const lost = violation('dirty-then-rmap', 'noLostWrite');

function violation(variant: string, name: string): ClaimResult & { trace: Trace } {
  const claim = checkVariant(dirtyLogSuite, variant).claims.find((each) => each.name === name);
  if (claim?.trace === undefined) throw new Error(`${variant} does not violate ${name}`);
  return { ...claim, trace: claim.trace };
}

const replayed =
  "mmucheck replay 'dirty-log/dirty-then-rmap [gfn=2,vcpu=2,ioctl=1] from bitmapClear: vcpu0.page_fault(0); vcpu0.set_spte(); " +
  'vcpu0.mark_page_dirty(); ioctl0.get_dirty_log(0); ioctl0.clear_dirty_bit(); ioctl0.rmap_write_protect(); ' +
  "ioctl0.kvm_flush_remote_tlbs(0); ioctl0.kvm_flush_remote_tlbs(1); ioctl0.copy_to_user(); vcpu0.rmap_add(); tlb_fill(0, 0); guest_write(0, 0)'";

test('the lost page of dirty-then-rmap fits a mail', () => {
  expect(drawRace(lost.trace, lost).split('\n')).toEqual([
    'dirty-log/dirty-then-rmap: noLostWrite is violated in 12 steps',
    'gfn=2, vcpu=2, ioctl=1, from bitmapClear, 3 context switches',
    '',
    '     vcpu0         ioctl              hardware           what changed',
    '  1  page_fault(0)                                       (gfn = 0)',
    '  2  set_spte()                                          spte[0].writable = true',
    '  3  mark_page_dirty()                                   dirty_bitmap[0] = 1',
    '  4                get_dirty_log(0)                      (gfn = 0)',
    '  5                clear_dirty_bit()                     dirty_bitmap[0] = 0',
    '  6                rmap_write_protect()                  <- changes nothing',
    '  7                kvm_flush_remote_tlbs(0)              (flushed[0] = 1)',
    '  8                kvm_flush_remote_tlbs(1)              (flushed[1] = 1)',
    '  9                copy_to_user()                        <- changes nothing',
    ' 10  rmap_add()                                          rmap[0] = 1',
    ' 11                                   tlb_fill(0, 0)     tlb[0][0] = 1',
    ' 12                                   guest_write(0, 0)  ghost.unsent[0] = 1',
    '',
    'After step 12 noLostWrite is false:',
    '  when nobody is in the middle of anything, every page written since its last',
    '  report has its dirty bit set',
    '    gfn 0: ghost.unsent[0] = 1, dirty_bitmap[0] = 0',
    '',
    replayed,
  ]);
});

test('what is repeated for ever is marked where it begins and where it ends', () => {
  const result = checkVariant(dirtyLogSuite, 'mmu-lock', { bounds: { gfn: 1 }, locks: 'weak' });
  const claim = result.claims.find(({ name }) => name === 'faultCompletes') as ClaimResult & { trace: Trace };
  expect(drawRace(claim.trace, claim).split('\n')).toEqual([
    'dirty-log/mmu-lock: faultCompletes is violated in 5 steps, the last 4 of them',
    'again and again',
    'gfn=1, vcpu=2, ioctl=1, from bitmapClear, 1 context switch',
    '',
    '     vcpu0          ioctl                  what changed',
    '  1  page_fault(0)                         (gfn = 0)',
    '     for ever:',
    '  2                 get_dirty_log(0)       (gfn = 0)',
    '  3                |spin_lock(mmu_lock)    mmu_lock = ioctl0',
    '  4                |clear_dirty_bit()      <- changes nothing',
    '  5                |spin_unlock(mmu_lock)  mmu_lock = free',
    '     and again from step 2',
    '',
    'faultCompletes is violated:',
    '  a page that a vCPU has faulted on comes to be writable',
    'For gfn 0: steps 2 to 5 can be repeated for ever, which is fair to everybody.',
    '',
    "mmucheck replay 'dirty-log/mmu-lock [gfn=1,vcpu=2,ioctl=1] from bitmapClear: vcpu0.page_fault(0); " +
      "(ioctl0.get_dirty_log(0); ioctl0.spin_lock(mmu_lock); ioctl0.clear_dirty_bit(); ioctl0.spin_unlock(mmu_lock))*'",
  ]);
});

test('with more columns the columns of threads stand beside each other', () => {
  expect(drawSteps(lost.trace, { width: 100 }).split('\n').slice(0, 5)).toEqual([
    '     vcpu0              ioctl                     hardware           what changed',
    '  1  page_fault(0)                                                   (gfn = 0)',
    '  2  set_spte()                                                      spte[0].writable = true',
    '  3  mark_page_dirty()                                               dirty_bitmap[0] = 1',
    '  4                     get_dirty_log(0)                             (gfn = 0)',
  ]);
});

test('a lock says who holds it, and a bar stands beside its critical section', () => {
  const drawn = drawSteps(violation('mmu-lock-no-flush', 'noLostWrite').trace).split('\n');
  expect(drawn[2]).toMatch(/^ {2}2 \|spin_lock\(mmu_lock\) +mmu_lock = vcpu0$/);
  expect(drawn[6]).toMatch(/^ {2}6 \|spin_unlock\(mmu_lock\) +mmu_lock = free$/);
  expect(drawn[9]).toMatch(/^ {2}9 +\|spin_lock\(mmu_lock\) +mmu_lock = ioctl0$/);
  expect(
    drawn
      .slice(1)
      .map((line) => line[4])
      .join(''),
  ).toMatch(/^ \|{5} +$/);
});

test('a lock that is held for reading names all who hold it', () => {
  const steps = [
    step('vcpu0', [shared('mmu_lock.readers[1]', 1)]),
    step('vcpu1', [shared('mmu_lock.readers[2]', 1)]),
    step('vcpu0', [shared('mmu_lock.readers[1]', 0)]),
    step('vcpu1', [shared('mmu_lock.readers[2]', 0)]),
  ];
  const states = [readBy(0, 0), readBy(1, 0), readBy(1, 1), readBy(0, 1), readBy(0, 0)];
  expect(drawSteps({ ...traceOf(steps), states }).split('\n')).toEqual([
    '     vcpu0   vcpu1   what changed',
    '  1 |work()          mmu_lock = vcpu0 (read)',
    '  2 |       |work()  mmu_lock = vcpu0, vcpu1 (read)',
    '  3 |work() |        mmu_lock = vcpu1 (read)',
    '  4         |work()  mmu_lock = free',
  ]);
});

describe('what is drawn of a trace', () => {
  test('a step that fails says why, and so does the end', () => {
    const failing = { ...lost.trace, failure: 'set spte_count to 9, and its range is 0..8' };
    const drawn = drawRace(failing, { name: 'range', message: failing.failure });
    expect(drawn).toMatch(/ 12 +guest_write\(0, 0\) {2}<- set spte_count to 9, and\n +its range is 0\.\.8\n/);
    expect(drawn).toContain('Step 12 fails, range:\n  set spte_count to 9, and its range is 0..8\n');
  });

  test('a deadlock is explained', () => {
    expect(drawRace(lost.trace, { name: 'deadlock' })).toContain(
      'After step 12, deadlock:\n  a thread is inside its function, and no thread can take a step, now or after\n',
    );
  });

  test('a claim that is false before any step has no rows', () => {
    const empty = { ...lost.trace, steps: [], length: 0, switches: 0, states: lost.trace.states.slice(0, 1) };
    const drawn = drawRace(empty, { name: 'noLostWrite' });
    expect(drawn).toContain('noLostWrite is violated in 0 steps\n');
    expect(drawn).toContain('Initially noLostWrite is false.\n');
    expect(drawn).toMatch(/from bitmapClear:'$/);
  });

  test('shared state hides what the thread changed of its own', () => {
    expect(rows([step('vcpu0', [local('vcpu0.gfn', 1), shared('rmap[1]', 1)])])[1]).toBe('  1  work()  rmap[1] = 1');
    expect(rows([step('vcpu0', [local('vcpu0.gfn', 1), local('vcpu0.i', 2)])])[1]).toBe(
      '  1  work()  (gfn = 1, i = 2)',
    );
  });

  test('changes that do not fit in one line go on in the next', () => {
    const changes = ['desc[0].more', 'desc[0].spte_count', 'desc[0].tail_count', 'desc[1].spte_count'].map((path) =>
      shared(path, 1),
    );
    expect(rows([step('vcpu0', changes)])).toEqual([
      '     vcpu0   what changed',
      '  1  work()  desc[0].more = 1, desc[0].spte_count = 1, desc[0].tail_count = 1,',
      '             desc[1].spte_count = 1',
    ]);
  });

  test('vCPUs come first and hardware last, a row of one thread goes by the name of the row', () => {
    const steps = [step(hardware), step('ioctl0'), step('vcpu1'), step('vcpu0')];
    expect(rows(steps)[0]?.trim().split(/ {2,}/)).toEqual(['vcpu0', 'vcpu1', 'ioctl', 'hardware', 'what changed']);
  });

  test('more threads than there is room for share a column', () => {
    const many = Array.from({ length: 14 }, (_, i) => step(`vcpu${i}`, [shared(`dirty_bitmap[${i}]`, 1)]));
    const drawn = rows(many);
    expect(drawn[0]).toBe('     step           what changed');
    expect(drawn[14]).toBe(' 14  vcpu13.work()  dirty_bitmap[13] = 1');
  });
});

test('no line is longer than the width, whatever the names', () => {
  const name = fc.stringMatching(/^[a-z_]{1,45}$/);
  const steps = fc.array(
    fc.record({
      thread: fc.constantFrom('vcpu0', 'vcpu1', 'ioctl0', 'kvm_nx_huge_page_recovery0', hardware),
      step: name,
      args: fc.array(fc.nat({ max: 4095 }), { maxLength: 3 }),
      changed: fc.array(fc.record({ path: name, value: fc.nat(), local: fc.constant(false) }), { maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 40, max: 140 }), (drawn, width) => {
      const lines = drawSteps(traceOf(drawn), { width }).split('\n');
      expect(lines.filter((line) => line.length > width)).toEqual([]);
      expect(lines.filter((line) => /^ *\d+ /.test(line)).length).toBeGreaterThanOrEqual(drawn.length);
      // Nothing is lost by breaking lines.
      const told = drawn
        .map((each) => each.step + (each.changed.map(({ path }) => path).join('') || 'changesnothing'))
        .join('');
      expect(letters(lines.slice(1).join(''))).toBeGreaterThanOrEqual(letters(told));
    }),
    { numRuns: 200 },
  );
});

function letters(text: string): number {
  return text.replace(/[^a-z_]/g, '').length;
}

function rows(steps: readonly TraceStep[]): string[] {
  return drawSteps(traceOf(steps)).split('\n');
}

function traceOf(steps: readonly TraceStep[]): Trace {
  const state = { ioctl: threads(1), kvm_nx_huge_page_recovery: threads(2), vcpu: threads(14) };
  const { length } = steps;
  const states = [state, ...steps.map(() => state)];
  return { ...lost.trace, steps, length, switches: 0, states, failure: undefined };
}

function threads(count: number): { point: number }[] {
  return Array.from({ length: count }, () => ({ point: 1 }));
}

/** A state of one ioctl and two vCPUs, which read under the lock or not. */
function readBy(...vcpus: readonly number[]) {
  return { mmu_lock: { owner: 0, readers: [0, ...vcpus] }, ioctl: threads(1), vcpu: threads(2) };
}

function step(thread: string, changed: readonly Change[] = []): TraceStep {
  return { thread, step: 'work', args: [], changed };
}

function shared(path: string, value: Change['value']): Change {
  return { path, value, local: false };
}

function local(path: string, value: Change['value']): Change {
  return { path, value, local: true };
}
