/** The list operations of a recording in its trimmed form, read and checked line by line. */
import { countField, type JsonLine, jsonLines, objectField, textField, unexpected } from './json-line.ts';
import { addressField, type ListState, listStateField } from './list-state.ts';
import { inOrder } from './order.ts';
import { readSetSlot } from './slots.ts';

/**
 * One thing a recording says, in kernel order; `seq` is one global, strictly increasing number. The words are those of the recordings'
 * README: `add`, `remove` and `zap_all` are calls of the kernel's list functions, `seen` is a non-empty list met by the `mmu_rmaps_stat`
 * walk, the rest is punctuation.
 */
export type Operation =
  | {
      readonly seq: number;
      readonly op: 'add';
      readonly list: string;
      readonly spte: string;
      readonly pre: ListState;
      /** What `pte_list_add` returned. */
      readonly ret: number;
      readonly by: string;
      readonly post?: ListState;
    }
  | {
      readonly seq: number;
      readonly op: 'remove';
      readonly list: string;
      readonly spte: string;
      readonly pre: ListState;
      readonly by: string;
      readonly post?: ListState;
    }
  | {
      readonly seq: number;
      readonly op: 'zap_all';
      readonly list: string;
      readonly pre: ListState;
      readonly by: string;
    }
  | {
      readonly seq: number;
      readonly op: 'seen';
      readonly snapshot: string;
      readonly list: string;
      readonly state: ListState;
    }
  | { readonly seq: number; readonly op: 'phase' | 'snapshot_begin' | 'snapshot_end'; readonly phase: string }
  | { readonly seq: number; readonly op: 'mark'; readonly text: string };

/**
 * Reads the `.ops.jsonl` form.
 *
 * @throws {RecordingError} naming the line, for anything that is not exactly the format: the whole text is read before anything is returned.
 */
export function readOperations(text: string, file: string): Operation[] {
  const operations = jsonLines(text, file).map(readOperation);
  return inOrder(operations, file, (index) => index + 1);
}

function readOperation(at: JsonLine): Operation {
  const fields = (required: string[], optional: string[] = []) =>
    objectField(at, 'the line', at.fields, ['seq', 'op', ...required], optional);
  const seq = countField(at, 'seq', at.fields.seq);
  const { op } = at.fields;
  switch (op) {
    case 'add': {
      const { list, spte, pre, ret, by, post } = fields(['list', 'spte', 'pre', 'ret', 'by'], ['post']);
      const call = {
        seq,
        op,
        list: listName(at, list),
        spte: addressField(at, 'spte', spte),
        by: textField(at, 'by', by),
      } as const;
      const returned = countField(at, 'ret', ret, 0xffff_ffff);
      return { ...call, pre: listStateField(at, 'pre', pre), ret: returned, ...optionalPost(at, post) };
    }
    case 'remove': {
      const { list, spte, pre, by, post } = fields(['list', 'spte', 'pre', 'by'], ['post']);
      const call = {
        seq,
        op,
        list: listName(at, list),
        spte: addressField(at, 'spte', spte),
        by: textField(at, 'by', by),
      } as const;
      return { ...call, pre: listStateField(at, 'pre', pre), ...optionalPost(at, post) };
    }
    case 'zap_all': {
      const { list, pre, by } = fields(['list', 'pre', 'by']);
      return { seq, op, list: listName(at, list), pre: listStateField(at, 'pre', pre), by: textField(at, 'by', by) };
    }
    case 'seen': {
      const { snapshot, list, state } = fields(['snapshot', 'list', 'state']);
      const met = { snapshot: textField(at, 'snapshot', snapshot), list: listName(at, list) };
      const held = listStateField(at, 'state', state);
      if (held.k === 'empty')
        throw unexpected(at, 'state', 'a list that is not empty: the walk reports no others', state);
      return { seq, op, ...met, state: held };
    }
    case 'phase':
    case 'snapshot_begin':
    case 'snapshot_end':
      return { seq, op, phase: textField(at, 'phase', fields(['phase']).phase) };
    case 'mark': {
      const text = textField(at, 'text', fields(['text']).text);
      if (text.startsWith('SETSLOT') && readSetSlot(text) === undefined) {
        throw unexpected(at, 'text', 'SETSLOT slot= gfn= npages= flags=', text);
      }
      return { seq, op, text };
    }
    default:
      throw unexpected(at, 'op', 'add, remove, zap_all, seen, phase, mark, snapshot_begin or snapshot_end', op);
  }
}

function optionalPost(at: JsonLine, post: unknown): { post?: ListState } {
  return post === undefined ? {} : { post: listStateField(at, 'post', post) };
}

function listName(at: JsonLine, value: unknown): string {
  if (typeof value !== 'string' || !/^(4K|2M|1G|parent):[0-9a-f]{1,16}$/.test(value)) {
    throw unexpected(at, 'list', '4K:gfn, 2M:gfn, 1G:head or parent:head, in lower-case hex', value);
  }
  return value;
}
