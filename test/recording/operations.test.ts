import { describe, expect, it } from 'vitest';
import { readOperations, RecordingError } from '#recording';
import { thrown } from './samples.ts';

const many = { k: 'many', d: [{ a: 'c080', n: 2, t: 0, s: ['10', '18'] }] };
const add = { seq: 7, op: 'add', list: '4K:1000', spte: '10', pre: { k: 'empty' }, ret: 0, by: '__rmap_add' };
const seen = { seq: 8, op: 'seen', snapshot: 'map', list: '4K:1000', state: { k: 'one', s: '10' } };
const begin = { seq: 1, op: 'snapshot_begin', phase: 'map' };

const text = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const read = (...lines: object[]) => readOperations(text(...lines), 'x.ops.jsonl');

describe('the ops.jsonl form', () => {
  it('is read as it stands, field by field', () => {
    const lines = [
      { seq: 1, op: 'mark', text: 'SETSLOT slot=0 gfn=0 npages=1024 flags=0' },
      { seq: 2, op: 'phase', phase: 'map' },
      { ...add, seq: 3, post: { k: 'one', s: '10' } },
      { seq: 4, op: 'remove', list: 'parent:ff08', spte: '10', by: 'zap', pre: many },
      { seq: 5, op: 'zap_all', list: '1G:ffa0', by: 'kvm_unmap_gfn_range', pre: { k: 'empty' } },
      { seq: 6, op: 'snapshot_begin', phase: 'map' },
      { ...seen, state: { k: 'many', d: Array.from({ length: 8 }, () => ({ a: 'c0', n: 1, s: ['8'] })), trunc: true } },
      { seq: 9, op: 'snapshot_end', phase: 'map' },
    ];
    expect(read(...lines)).toEqual(lines);
  });

  it.each<[string, object[], number, string]>([
    ['an operation of another name', [{ ...add, op: 'append' }], 1, 'expected op to be add, remove'],
    ['no name', [{ seq: 1 }], 1, 'and saw nothing'],
    ['no seq', [{ ...add, seq: undefined }], 1, 'expected seq to be a whole number from 0'],
    [
      'a seq that is no whole number',
      [{ ...add, seq: 1.5 }],
      1,
      'expected seq to be a whole number from 0, and saw 1.5',
    ],
    ['a seq that stands still', [add, { ...add }], 2, 'expected a seq above 7, and saw 7'],
    ['a missing field', [{ ...add, ret: undefined }], 1, 'an object with ret'],
    ['a field too many', [{ ...add, tail: 1 }], 1, 'alone, and saw {"tail":1}'],
    ['a negative return', [{ ...add, ret: -1 }], 1, 'expected ret to be a whole number in 0..4294967295, and saw -1'],
    ['an empty caller', [{ ...add, by: '' }], 1, 'expected by to be a text'],
    ['an SPTE with 0x', [{ ...add, spte: '0x10' }], 1, 'expected spte to be an address'],
    ['a list of another kind', [{ ...add, list: '8K:1' }], 1, 'expected list to be 4K:gfn'],
    ['a state of another form', [{ ...add, pre: { k: 'two' } }], 1, 'expected pre.k to be empty, one or many'],
    ['a state that is no object', [{ ...add, pre: 'empty' }], 1, 'expected pre to be an object with k'],
    [
      'an empty state with an entry',
      [{ ...add, pre: { k: 'empty', s: '10' } }],
      1,
      'expected pre to be an object of k alone',
    ],
    ['an inline state without it', [{ ...add, pre: { k: 'one' } }], 1, 'expected pre to be an object with s'],
    ['no descriptors', [{ ...add, pre: { k: 'many', d: [] } }], 1, 'expected pre.d to be 1 to 8 descriptors'],
    ['nine descriptors', [{ ...add, pre: { k: 'many', d: Array(9).fill(many.d[0]) } }], 1, '1 to 8 descriptors'],
    [
      'a short truncated state',
      [{ ...add, pre: { ...many, trunc: true } }],
      1,
      'expected pre.trunc to be absent, or true after 8',
    ],
    [
      'a count that the slots do not have',
      [{ ...add, pre: { k: 'many', d: [{ a: 'c0', n: 3, s: ['8'] }] } }],
      1,
      '3 SPTEs, as n says',
    ],
    [
      'a count beyond the slots',
      [{ ...add, pre: { k: 'many', d: [{ a: 'c0', n: 15, s: [] }] } }],
      1,
      'pre.d[0].n to be a whole number in 0..14',
    ],
    [
      'a slot that is no address',
      [{ ...add, post: { k: 'many', d: [{ a: 'c0', n: 1, s: [8] }] } }],
      1,
      'expected post.d[0].s[0]',
    ],
    [
      'tail counts here and there',
      [{ ...add, pre: { k: 'many', d: [many.d[0], { a: 'c1', n: 1, s: ['8'] }] } }],
      1,
      'tail_count',
    ],
    ['a slot mark of another form', [{ seq: 1, op: 'mark', text: 'SETSLOT 1' }], 1, 'SETSLOT slot= gfn='],
    ['a list seen that is empty', [begin, { ...seen, state: { k: 'empty' } }], 2, 'a list that is not empty'],
    ['a list seen outside a snapshot', [seen], 1, 'expected a list seen by snapshot none'],
    ['a list seen by another snapshot', [{ ...begin, phase: 'init' }, seen], 2, 'by snapshot init, and saw one by map'],
    ['a snapshot inside another', [begin, { ...begin, seq: 2 }], 2, 'expected snapshot_end of map'],
    [
      'a snapshot that ends as another',
      [begin, { seq: 2, op: 'snapshot_end', phase: 'x' }],
      2,
      'expected snapshot_end of map, and saw that of x',
    ],
    ['a snapshot that does not end', [begin, seen], 2, 'the file ends inside snapshot map'],
  ])('is refused with %s', (_, lines, line, sentence) => {
    const error = thrown(() => read(...lines));
    expect(error).toBeInstanceOf(RecordingError);
    expect(error).toMatchObject({ file: 'x.ops.jsonl', line });
    expect(String(error)).toContain(sentence);
    expect(String(error)).toContain('x.ops.jsonl:');
    expect(String(error)).toMatch(/copy (it|the file) again/);
  });

  it.each([
    ['a line that is no JSON', `${text(add)}{"seq":8,\n`, 2, 'expected one JSON object, and saw {"seq":8,'],
    ['a line that is no object', `${text(add)}[]\n`, 2, 'expected a JSON object, and saw []'],
    ['an empty line', `${text(add)}\n`, 2, 'expected one JSON object'],
    ['a last line without its end', text(add).slice(0, -1), 1, 'the last line does not end'],
    ['nothing in it', '', undefined, 'the file is empty'],
  ])('is refused with %s', (_, lines, line, sentence) => {
    const error = thrown(() => readOperations(lines, 'x.ops.jsonl'));
    expect(error).toBeInstanceOf(RecordingError);
    expect(error).toMatchObject({ line });
    expect(String(error)).toContain(sentence);
  });

  it('shows what was seen in printable characters and not at length', () => {
    const error = thrown(() => readOperations(`\u0007${'x'.repeat(500)}\n`, 'x'));
    expect(String(error)).toContain(`·${'x'.repeat(59)}… (501 characters)`);
  });
});
