import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, mmucheck } from './mmucheck.ts';

const line =
  'dirty-log/dirty-then-rmap [gfn=2,vcpu=2,ioctl=1] from bitmapClear: vcpu0.page_fault(0); vcpu0.set_spte(); vcpu0.mark_page_dirty()';

test.concurrent('a line is executed, drawn, and what is false at its end is said', async () => {
  const { code, stdout } = await mmucheck(['replay', line]);
  expect(stdout.split('\n')).toEqual([
    'dirty-log/dirty-then-rmap: replayed 3 steps',
    'gfn=2, vcpu=2, ioctl=1, from bitmapClear, 0 context switches',
    '',
    '     vcpu0              what changed',
    '  1  page_fault(0)      (gfn = 0)',
    '  2  set_spte()         spte[0].writable = true',
    '  3  mark_page_dirty()  dirty_bitmap[0] = 1',
    '',
    'After step 3 dirtyNeverVisibleBeforeRmap is false:',
    '  "we should ensure the writable spte can be found in rmap before the dirty',
    '  bitmap is visible"',
    '    mmu_lock = free',
    '    vcpu0 is at rmap_add',
    '',
  ]);
  expect(code).toBe(0);
});

test.concurrent('the only thread of a row may go by the name of the row, and bounds by their defaults', async () => {
  const { code, stdout } = await mmucheck([
    'replay',
    'dirty-log/mmu-lock from bitmapSet: ioctl.get_dirty_log(1); ioctl.spin_lock(mmu_lock)',
  ]);
  expect(stdout).toContain('  2 |spin_lock(mmu_lock)  mmu_lock = ioctl0\n\nAfter step 2 every invariant is true.\n');
  expect(code).toBe(0);
});

describe.concurrent('steps that are to be repeated for ever', () => {
  const start = 'museum/404381c5839d/large-spte-kept [gfn=1,vcpu=1]';
  const fault = [
    'page_fault(0)',
    'spin_lock(mmu_lock)',
    'mmu_set_spte()',
    'mark_page_dirty()',
    'spin_unlock(mmu_lock)',
    'srcu_read_unlock()',
  ];
  const enable = [
    'kvm_set_memslot()',
    'synchronize_srcu()',
    'grace_period_over()',
    'spin_lock(mmu_lock)',
    'kvm_mmu_slot_remove_write_access()',
  ];
  const finish = ['slot_rmap_write_protect()', 'spin_unlock(mmu_lock)', 'kvm_flush_remote_tlbs(0)', 'firstPass()'];
  const report = ['get_dirty_log(0)', 'spin_lock(mmu_lock)', 'clear_dirty_bit()', 'spin_unlock(mmu_lock)'];
  const steps = (thread: string, names: readonly string[]): string =>
    names.map((name) => `${thread}.${name}`).join('; ');
  const vcpu = steps('vcpu', fault);
  const logged = `${vcpu}; ${steps('ioctl', [...enable, ...finish])}; ${vcpu}`;
  test.each([
    [
      'are said to go round, and what they violate',
      `${start} ${logged}; (${vcpu})*`,
      'Steps 22 to 27 can be repeated for ever. Then faultCompletes is violated: a page that a vCPU faults on',
    ],
    [
      'are not repeated for ever while somebody waits',
      `dirty-log/mmu-lock [gfn=1,vcpu=1] from bitmapClear: vcpu.page_fault(0); (${steps('ioctl', report)})*`,
      'Steps 2 to 5 can be repeated, but not for ever: vcpu0 finds a lock free again and again, and does not get it.',
    ],
    [
      'that do not come back are said not to',
      `${start} (${steps('vcpu', fault.slice(0, 2))})*`,
      'Steps 1 to 2 cannot be repeated: the state after step 2 is not the one before.',
    ],
    [
      'by none of them while somebody has to go on are no end',
      `${start} ${steps('vcpu', fault.slice(0, 2))}; ()*`,
      'It cannot end there: vcpu0 could always go on, and does not.',
    ],
    [
      'by none of them where nobody has to are one',
      `${start} ${vcpu}; ()*`,
      'It may end there: nobody has to take a step.',
    ],
  ])('%s', async (_, text, sentence) => {
    const { stdout, stderr } = await mmucheck(['replay', text]);
    expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain(sentence);
  });
});

test.concurrent('the trace of a JSON document is executed from a file', async () => {
  const cwd = folder();
  await mmucheck(['dirty-log/dirty-then-rmap', '--json', 'out.json'], { cwd });
  const { default: document } = await import(join(cwd, 'out.json'), { with: { type: 'json' } });
  const { trace } = document.results[0].claims.find(({ name }: { name: string }) => name === 'noLostWrite');
  const file = join(folder({ 'trace.json': JSON.stringify(trace) }), 'trace.json');
  const { code, stdout } = await mmucheck(['replay', file]);
  expect(stdout).toContain('dirty-log/dirty-then-rmap: replayed 12 steps');
  expect(stdout).toContain('After step 12 noLostWrite is false:');
  expect(code).toBe(0);
});

describe.concurrent('a line that does not apply is drawn as far as it does, and refused', () => {
  const start = 'dirty-log/mmu-lock from bitmapClear:';
  test.each([
    [
      'at a step that comes later in the list',
      `${start} vcpu0.page_fault(0); vcpu0.rmap_add()`,
      /^mmucheck: step 2, vcpu0.rmap_add\(\): vcpu0 would do spin_lock\(mmu_lock\); what can happen there is vcpu0.spin_lock\(mmu_lock\), vcpu1/,
      1,
    ],
    [
      'at a step that is not enabled',
      `${start} tlb_fill(0, 0)`,
      /^mmucheck: step 1, tlb_fill\(0, 0\): it is not enabled there; what can happen/,
      0,
    ],
    [
      'at an argument that is out of range',
      `${start} vcpu0.page_fault(7)`,
      /^mmucheck: step 1, vcpu0.page_fault\(7\): .*vcpu0.page_fault\(0\)/,
      0,
    ],
    ['at an argument too few', `${start} vcpu0.page_fault()`, /^mmucheck: step 1, vcpu0.page_fault\(\): /, 0],
    [
      'at a thread that is not there',
      `${start} vcpu7.page_fault(0)`,
      /^mmucheck: step 1, .* has no thread vcpu7; it has vcpu0, vcpu1, ioctl0, hardware/,
      0,
    ],
    [
      'at the start',
      'dirty-log/mmu-lock vcpu0.page_fault(0)',
      /has no initial state .*; it has bitmapClear, bitmapSet/,
      0,
    ],
  ])('%s', async (_, text, sentence, steps) => {
    const { code, stdout, stderr } = await mmucheck(['replay', text]);
    expect(stderr).toMatch(sentence);
    expect(stdout.split('\n').filter((each) => /^ +\d/.test(each))).toHaveLength(steps);
    expect(code).toBe(150);
  });
});

describe.concurrent('a file that is no trace is refused', () => {
  const trace = {
    model: 'dirty-log',
    variant: 'mmu-lock',
    bounds: {},
    initial: 'bitmapClear',
    steps: [{ thread: 'vcpu0', step: 'page_fault', args: [0] }],
  };
  test.each([
    ['no JSON', '{"model": ', /is no trace: it is no JSON: /],
    ['no object', '[1]', /is no trace: it holds no object/],
    ['the whole document', '{"results": []}', /it is a whole document; give the file one of its traces/],
    ['no model', JSON.stringify({ ...trace, model: 1 }), /model and variant must be names/],
    [
      'a bound that is no number',
      JSON.stringify({ ...trace, bounds: { gfn: '2' } }),
      /bounds must be an object of whole numbers/,
    ],
    ['no steps', JSON.stringify({ ...trace, steps: undefined }), /steps must be a list/],
    [
      'a step without a name',
      JSON.stringify({ ...trace, steps: [...trace.steps, { thread: 'vcpu0', args: [] }] }),
      /steps\[1\] must have thread and step/,
    ],
    [
      'a loop that begins after the end',
      JSON.stringify({ ...trace, loopFrom: 2 }),
      /loopFrom must be the number of steps before those that are repeated/,
    ],
    [
      'an unknown variant',
      JSON.stringify({ ...trace, variant: 'mmu-look' }),
      /dirty-log has no variant mmu-look \(did you mean mmu-lock\?\)/,
    ],
    [
      'a bound that is too small',
      JSON.stringify({ ...trace, bounds: { gfn: 0 } }),
      /bound gfn=0 must be a whole number/,
    ],
    [
      'a step that does not apply',
      JSON.stringify({ ...trace, steps: [{ thread: 'vcpu0', step: 'rmap_add', args: [] }] }),
      /step 1, vcpu0.rmap_add\(\)/,
    ],
  ])('%s', async (_, text, sentence) => {
    const file = join(folder({ 'trace.json': text }), 'trace.json');
    const { code, stdout, stderr } = await mmucheck(['replay', file]);
    expect(stderr.replace(file, 'FILE')).toMatch(sentence);
    expect(stderr).toContain(file);
    expect([code, stdout]).toEqual([151, '']);
  });

  test('one that is not there', async () => {
    const { code, stderr } = await mmucheck(['replay', 'nowhere.json']);
    expect(stderr).toMatch(/^mmucheck: nowhere.json is no trace: it cannot be read: ENOENT/);
    expect(code).toBe(151);
  });
});

test.concurrent('the race of a derived variant is drawn, and its line replays, by the name of the variant', async () => {
  const name = 'dirty-log/mmu-lock:without=ioctl.mmu_lock:swap=vcpu.mmu_lock,set_spte';
  const shown = await mmucheck(['show', name, 'dirtyCovered', '--bounds', 'gfn=1']);
  const [, line = ''] = /^mmucheck replay '(.*)'$/m.exec(shown.stdout) ?? [];
  const replayed = await mmucheck(['replay', line]);
  expect(line.startsWith(`${name} [gfn=1,`)).toBe(true);
  expect(replayed.stdout).toContain('dirtyCovered is false:');
  expect([shown.code, replayed.code]).toEqual([0, 0]);
});

test.concurrent('a derived variant that cannot be is refused with what there is', async () => {
  const { code, stderr } = await mmucheck(['replay', 'dirty-log/mmu-lock:without=ioctl.rmap_add']);
  expect(stderr).toContain('mmu-lock:without=ioctl.rmap_add: the list of ioctl has no without=ioctl.rmap_add; it has');
  expect(code).toBe(150);
});
