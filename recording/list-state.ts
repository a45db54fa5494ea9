/** The state of one list, as a recording has it. */
import { countField, type JsonLine, objectField, unexpected } from './json-line.ts';

/**
 * What a list holds: nothing, one SPTE in the head word, or descriptors, head first, following `more`. `trunc`: there are more
 * descriptors than the eight that were read. Addresses are lower-case hex without `0x`.
 */
export type ListState =
  | { readonly k: 'empty' }
  | { readonly k: 'one'; readonly s: string }
  | { readonly k: 'many'; readonly d: readonly DescriptorState[]; readonly trunc?: true };

/** One descriptor: address, `spte_count`, `tail_count` where the kernel has one, SPTEs in slot order. */
export interface DescriptorState {
  readonly a: string;
  readonly n: number;
  readonly t?: number;
  readonly s: readonly string[];
}

/** Descriptors of one list that the recording probes read at most. */
export const DESCRIPTORS_READ = 8;
/** Entries of one descriptor, PTE_LIST_EXT of 6.1 and 6.12. */
export const PTE_LIST_EXT = 14;

/** A state in the `.ops.jsonl` form; `path` names the field for the error. */
export function listStateField(at: JsonLine, path: string, value: unknown): ListState {
  const { k } = objectField(at, path, value, ['k'], ['s', 'd', 'trunc']);
  switch (k) {
    case 'empty':
      objectField(at, path, value, ['k']);
      return { k };
    case 'one':
      return { k, s: addressField(at, `${path}.s`, objectField(at, path, value, ['k', 's']).s) };
    case 'many': {
      const { d, trunc } = objectField(at, path, value, ['k', 'd'], ['trunc']);
      if (!Array.isArray(d) || d.length < 1 || d.length > DESCRIPTORS_READ) {
        throw unexpected(at, `${path}.d`, `1 to ${DESCRIPTORS_READ} descriptors`, d);
      }
      if (trunc !== undefined && (trunc !== true || d.length !== DESCRIPTORS_READ)) {
        throw unexpected(at, `${path}.trunc`, `absent, or true after ${DESCRIPTORS_READ} descriptors`, trunc);
      }
      const read = d.map((descriptor, i) => descriptorState(at, `${path}.d[${i}]`, descriptor));
      if (read.some((descriptor) => (descriptor.t === undefined) !== (read[0]?.t === undefined))) {
        throw unexpected(at, `${path}.d`, 'descriptors that all have a tail_count (t), or none', d);
      }
      return trunc ? { k, d: read, trunc } : { k, d: read };
    }
    default:
      throw unexpected(at, `${path}.k`, 'empty, one or many', k);
  }
}

function descriptorState(at: JsonLine, path: string, value: unknown): DescriptorState {
  const { a, n, t, s } = objectField(at, path, value, ['a', 'n', 's'], ['t']);
  const count = countField(at, `${path}.n`, n, PTE_LIST_EXT);
  if (!Array.isArray(s) || s.length !== count) throw unexpected(at, `${path}.s`, `${count} SPTEs, as n says`, s);
  const held = { a: addressField(at, `${path}.a`, a), n: count };
  const slots = s.map((spte, i) => addressField(at, `${path}.s[${i}]`, spte));
  return t === undefined
    ? { ...held, s: slots }
    : { ...held, t: countField(at, `${path}.t`, t, 0xffff_ffff), s: slots };
}

/** An address as the recordings write it. */
export function addressField(at: JsonLine, path: string, value: unknown): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{1,16}$/.test(value)) {
    throw unexpected(at, path, 'an address, up to 16 lower-case hex digits', value);
  }
  return value;
}
