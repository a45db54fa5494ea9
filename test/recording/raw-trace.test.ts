import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkEvents, conform, readRawTrace, readRecording, RecordingError } from '#recording';
import { PlainLists } from './plain-lists.ts';
import { hasShared, inDirectory, kept, policyOf, shared, thrown, unpacked } from './samples.ts';

const zeroes = `{${Array(14).fill('0x0').join(',')}}`;
const unused = Array.from({ length: 8 }, (_, i) => `n${i}=0 m${i}=0x0 s${i}=${zeroes}`).join(' ');

/** A trace of these events, each `name: arguments`, with the header that tracefs writes. */
function trace(...events: string[]): string {
  const header = [
    '# tracer: nop',
    '#',
    `# entries-in-buffer/entries-written: ${events.length}/${events.length}   #P:2`,
    '#',
  ];
  const lines = events.map((event, i) => `             vmm-183     [000] ...1.         ${i + 10}: ${event}`);
  return `${[...header, ...lines].join('\n')}\n`;
}

const mark = (text: string) => `tracing_mark_write: ${text}`;
const zap = (head: string) => [
  `list_zap_all: (kvm_zap_all_rmap_sptes+0x0/0x1 [kvm]) from=kvm_unmap_gfn_range+0x1/0x2 [kvm] head=0x${head} val=0x0 ${unused}`,
  'list_zap_all_ret: (kvm_unmap_gfn_range+0x1/0x2 [kvm] <- kvm_zap_all_rmap_sptes) ret=0',
];
const rmapAdd = (spte: string, gfn: string, arrays: string) =>
  `rmap_add: (__rmap_add+0x0/0x1 [kvm]) slot=0x1 spte=0x${spte} gfn=0x${gfn} access=0x3 base_gfn=0x1000 ${arrays}`;
const add = (spte: string, head: string, by = '__rmap_add') => [
  `list_add: (pte_list_add+0x0/0x1 [kvm]) spte=0x${spte} head=0x${head} val=0x0 ${unused}`,
  `list_add_ret: (${by}+0x1/0x2 [kvm] <- pte_list_add) ret=0`,
];
const named = (text: string) =>
  readRawTrace(text, 'raw').flatMap((operation) => ('list' in operation ? [operation.list] : []));

describe('an untrimmed trace', () => {
  it.each(['k61-npt0', 'k612-npt0'])(
    'of %s gives the operations of the trimmed form, names and callers included',
    (mode) => {
      const raw = readRecording(join(kept, 'raw-sample', `${mode}.alias_K15_shuf.raw-trace.gz`));
      const trimmed = readRecording(join(kept, mode, 'alias_K15_shuf.ops.jsonl.gz'));
      expect(raw.form).toBe('raw trace');
      expect(raw.operations).toEqual(trimmed.operations);
      const { outcome, matched } = conform(raw, new PlainLists(policyOf(mode)));
      expect([outcome, matched]).toEqual(['matches', 96]);
    },
  );

  it.skipIf(!hasShared).each(['k61-npt0', 'k612-npt0'])('of %s has the events of the trimmed form', (mode) => {
    const raw = readRecording(join(kept, 'raw-sample', `${mode}.alias_K15_shuf.raw-trace.gz`));
    const trimmed = readRecording(join(shared, mode, 'alias_K15_shuf.trace.gz'));
    //  Of shadow paging that form leaves out what the caches give to pages.
    const told = ({ trace }: typeof raw) =>
      (trace?.events ?? [])
        .filter(({ text }) => !/^cache_(topup|alloc .*__kvm_mmu_get_shadow_page)/.test(text))
        .map(({ line: _line, text: _text, ...event }) => event);
    expect(told(raw)).toEqual(told(trimmed));
  });

  it.each(['k61-npt0', 'k612-npt0'])('of %s keeps to the rules', (mode) => {
    const raw = readRecording(join(kept, 'raw-sample', `${mode}.alias_K15_shuf.raw-trace.gz`));
    const results = checkEvents(raw.trace?.events ?? [], new PlainLists(policyOf(mode)));
    expect(results.flatMap(({ findings }) => findings)).toEqual([]);
    expect(results.find(({ name }) => name === 'topped up to fault')?.checked).toBeGreaterThan(20);
  });

  it('of a fault that tops up what it does not use is told by the rule', () => {
    const { trace } = readRecording(join(kept, 'raw-sample', 'k612-npt0.alias_K15_shuf.raw-trace.gz'));
    const direct = (trace?.events ?? []).map((event) =>
      event.name === 'MARK' ? { ...event, words: event.words.replace('-npt0', '-npt1legacy') } : event,
    );
    const results = checkEvents(direct, new PlainLists('tail-count'));
    expect(results.filter(({ differences }) => differences > 0).map(({ name }) => name)).toEqual([
      'topped up to fault',
    ]);
  });

  it('is refused where an event of a known name has other arguments', () => {
    const other = trace('flush_range: (kvm_flush_remote_tlbs_range+0x4/0x30 [kvm]) pages=0x1');
    inDirectory((directory) => {
      const file = join(directory, 'other.raw-trace');
      writeFileSync(file, other);
      expect(String(thrown(() => readRecording(file)))).toContain(
        'other.raw-trace:5: expected the arguments of flush_range, and saw other ones',
      );
    });
  });

  const slot = mark('SETSLOT slot=1 gfn=1000 npages=2048 flags=0');
  const arrays = 'rmap4k=0xffa0000000010000 rmap2m=0xffa0000000020000';

  it('names rmaps by the gfn of the __rmap_add before, and what no slot explains by its head', () => {
    const text = trace(
      slot,
      rmapAdd('a0', '1001', arrays),
      ...add('a0', 'ffa0000000010008'),
      rmapAdd('a8', '1234', arrays),
      ...add('a8', 'ffa0000000020008'),
      rmapAdd('b0', '1000', arrays),
      ...add('b0', 'ffa0000000030000'),
      ...add('b8', 'ff11000000000048', '__link_shadow_page.constprop.0'),
    );
    expect(named(text)).toEqual(['4K:1001', '2M:1200', '1G:ffa0000000030000', 'parent:ff11000000000048']);
  });

  it('names lists that nothing was added to by the length of the slot', () => {
    const heads = ['ffa0000000013ff8', 'ffa0000000014000', 'ffa0000000020018', 'ffa0000000020020'];
    const text = trace(slot, rmapAdd('a0', '1000', arrays), ...add('a0', 'ffa0000000010000'), ...heads.flatMap(zap));
    expect(named(text).slice(1)).toEqual(['4K:17ff', '1G:ffa0000000014000', '2M:1600', '1G:ffa0000000020020']);
  });

  it('forgets the heads of a slot when it is made anew, not while its lists are emptied', () => {
    const gone = mark('SETSLOT slot=1 gfn=1000 npages=0 flags=0');
    const elsewhere = 'rmap4k=0xffa0000000050000 rmap2m=0xffa0000000010000';
    const first = [
      slot,
      rmapAdd('a0', '1000', arrays),
      ...add('a0', 'ffa0000000010000'),
      gone,
      ...zap('ffa0000000010000'),
    ];
    const text = trace(
      ...first,
      slot,
      rmapAdd('a0', '1001', elsewhere),
      ...add('a0', 'ffa0000000050008'),
      ...zap('ffa0000000010000'),
    );
    expect(named(text)).toEqual(['4K:1000', '4K:1000', '4K:1001', '2M:1000']);
    const unexplained = trace(...first, slot, ...zap('ffa0000000010000'));
    expect(named(unexplained)).toEqual(['4K:1000', '4K:1000', '1G:ffa0000000010000']);
  });

  it('reads eight descriptors of a list and says when there are more', () => {
    const slots = `{${Array.from({ length: 14 }, (_, i) => `0x${(i + 1).toString(16)}`).join(',')}}`;
    const long = Array.from(
      { length: 8 },
      (_, i) => `n${i}=14 t${i}=${14 * (9 - i)} m${i}=0x${i + 1}000 s${i}=${slots}`,
    ).join(' ');
    const removal = (state: string) => [
      `list_rm: (pte_list_remove+0x0/0x1 [kvm]) from=drop_spte+0x1/0x2 [kvm] spte=0x1 head=0x48 val=0x501 ${state}`,
      'list_rm_ret: (drop_spte+0x1/0x2 [kvm] <- pte_list_remove)',
    ];
    const states = (state: string) =>
      readRawTrace(trace(...removal(state)), 'raw').map((operation) => 'pre' in operation && operation.pre);
    const [more] = states(long);
    expect(more).toMatchObject({ k: 'many', trunc: true, d: { length: 8 } });
    const [exactly] = states(long.replace('m7=0x8000', 'm7=0x0'));
    expect(exactly).not.toHaveProperty('trunc');
    expect(exactly).toMatchObject({
      d: [{ a: '500', n: 14, t: 126 }, { a: '1000' }, { a: '2000' }, {}, {}, {}, {}, { a: '7000' }],
    });
  });
});

describe('a damaged trace', () => {
  const [call = '', back = ''] = add('a0', 'ff48');
  it.each([
    ['a call without its return', trace(call), 5, 'expected the return of this list_add, and saw none'],
    ['a return without its call', trace(back), 5, 'expected a call before this list_add_ret, and saw none'],
    ['two calls in one thread', trace(call, call), 6, 'expected the return of the list_add before'],
    ['a field that is missing', trace(call.replace('val=0x0', ''), back), 5, 'expected val to be a number in hex'],
    [
      'a value that could not be read',
      trace(call, back.replace('ret=0', 'ret=(fault)')),
      6,
      'expected ret to be a whole number',
    ],
    [
      'a caller without a name',
      trace(call, back.replace('__rmap_add', '0x12')),
      6,
      'expected the function that called',
    ],
    ['a count beyond the slots', trace(call.replace('val=0x0 n0=0', 'val=0x11 n0=15'), back), 5, 'probes.txt'],
    [
      'slots that were cut',
      trace(call.replace('val=0x0 n0=0', 'val=0x11 n0=1').replace('s0={0x0,', 's0={'), back),
      5,
      '14 slots',
    ],
    ['a mark of another form', trace(mark('SETSLOT slot=1')), 5, 'expected SETSLOT slot= gfn='],
    ['a lost event', trace(call, back).replace('2/2', '2/9'), 3, 'the buffer kept 2 of 9 events'],
    ['a missing line', trace(call, back).replace('2/2', '3/3'), 6, 'expected 3 events'],
    ['a line too many', trace(call, back).replace('2/2', '1/1'), 3, 'expected 1 events'],
    ['no count of events', trace(call, back).replace(/# entries.*\n/, ''), 1, 'not `trace_pipe`'],
    [
      'a report of loss',
      trace(call, 'x').replace(/ *vmm.* x\n/, 'CPU:0 [LOST 12 EVENTS]\n'),
      6,
      'expected a trace event',
    ],
    ['another clock', trace(call, back).replace(' 11: ', ' 0.000011: '), 6, 'trace_clock counter'],
    ['time that stands still', trace(call, back).replace(' 11: ', ' 10: '), 6, 'expected a time stamp above 10'],
    ['a last line without end', trace(call, back).slice(0, -1), 6, 'the last line does not end'],
    ['a snapshot that is open', trace(mark('SNAPSHOT_BEGIN map')), 5, 'the file ends inside snapshot map'],
  ])('with %s is refused at its line', (_, text, line, sentence) => {
    const error = thrown(() => readRawTrace(text, 'raw'));
    expect(error).toBeInstanceOf(RecordingError);
    expect(error).toMatchObject({ file: 'raw', line });
    expect(String(error)).toContain(sentence);
  });

  it('is refused when its list is seen by a walk that no snapshot began', () => {
    const walk = trace(mark('SNAPSHOT_END map'));
    expect(String(thrown(() => readRawTrace(walk, 'raw')))).toContain('raw:5: expected snapshot_end of no snapshot');
  });
});

it('a trace of this kind is recognised whether it is packed or not', () => {
  const packed = join(kept, 'raw-sample', 'k61-npt0.alias_K15_shuf.raw-trace.gz');
  expect(readRawTrace(unpacked(readFileSync(packed)), packed)).toEqual(readRecording(packed).operations);
});
