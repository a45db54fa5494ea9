/**
 * Source text that moves a state between its packed words and the working vector `V32` (with `B32`, a copy), written out for one
 * layout. A lane's code is its value's low bits, so that -1 and -2 (`NULL`, `none`) are the highest codes.
 */
import { type Lane, type Layout, lowBits } from './layout.ts';

/** The highest bit of each byte, and all others. */
const high = 0x80808080 | 0;
const low = 0x7f7f7f7f;

/** Unpacks the words `p0 …` into the vector and its copy. */
export function unpackSource({ groups }: Layout): string {
  return groups.map((lanes, group) => `B32[${group}] = V32[${group}] = ${unpacked(lanes)};`).join('\n');
}

function unpacked(lanes: readonly Lane[]): string {
  const code =
    moves(lanes)
      .map(({ word, by, mask }) => `(${shifted(`p${word}`, -by)} & ${mask})`)
      .join(' | ') || '0';
  const [first] = lanes;
  if (lanes.every(({ least }) => least === 0)) return code;
  if (first?.bytes === 4) return `(((${code}) + ${-first.least}) & ${lowBits(first.bits)}) + ${first.least}`;
  // Four bytes at once; the highest bits, which no code has, keep a byte that becomes negative from borrowing of the next.
  const [add, mask] = [inBytes(lanes, ({ least }) => -least), inBytes(lanes, ({ bits }) => lowBits(bits))];
  return `(((((${code}) + ${add}) & ${mask}) | ${high}) - ${add}) ^ ${high}`;
}

/** `const x0 = …` for every group of the vector. */
export function groupsSource({ groups }: Layout): string {
  return groups.map((_, group) => `const x${group} = V32[${group}];`).join(' ');
}

/** Expressions over `x0 …` for each packed word. */
export function wordSources({ groups, words }: Layout): string[] {
  return Array.from({ length: words }, (_, word) => {
    const terms = groups.flatMap((lanes, group) =>
      moves(lanes.filter((lane) => lane.word === word)).map(({ by, mask }) => shifted(`(x${group} & ${mask})`, by)),
    );
    return terms.join(' | ') || '0';
  });
}

/** Bits of a group that move together when it is packed: into which word, and how far to the left. */
interface Move {
  readonly word: number;
  readonly by: number;
  readonly mask: number;
}

function moves(lanes: readonly Lane[]): Move[] {
  const found = new Map<string, Move>();
  for (const lane of lanes) {
    const { word, shift, bits } = lane;
    const by = shift - place(lane);
    const key = `${word} ${by}`;
    const mask = lowBits(bits) << place(lane);
    found.set(key, { word, by, mask: mask | (found.get(key)?.mask ?? 0) });
  }
  return [...found.values()];
}

function shifted(source: string, by: number): string {
  if (by === 0) return source;
  return by > 0 ? `(${source} << ${by})` : `(${source} >>> ${-by})`;
}

/** Where in its group a lane starts, in bits. */
function place({ bytes, offset }: Lane): number {
  return bytes === 4 ? 0 : (offset & 3) * 8;
}

/**
 * An expression over `x0 …` that is 0 exactly when every lane is in range. Accessors refuse what does not fit, so only elements of rows
 * can be out of range; the four bytes of a group are looked at together.
 */
export function rangeSource({ groups }: Layout): string {
  const checks = groups.flatMap((lanes, group) => {
    const unchecked = lanes.filter((lane) => lane.unchecked);
    const [first] = unchecked;
    if (first === undefined) return [];
    if (first.bytes === 4) return [`(((x${group} - ${first.least}) | (${first.leaf.high} - x${group})) >>> 31)`];
    const add = inBytes(unchecked, ({ least }) => -least);
    const code = add === 0 ? `x${group}` : `(((x${group} & ${low}) + ${add}) ^ (x${group} & ${high}))`;
    const range = ({ leaf, least }: Lane): number => leaf.high - least;
    // Where every code that fits the bits is in range, no other bit may be set; else the highest bit says that a code is too large.
    if (unchecked.every((lane) => range(lane) === lowBits(lane.bits)))
      return [`(${code} & ${inBytes(unchecked, ({ bits }) => 0xff & ~lowBits(bits))})`];
    const room = inBytes(unchecked, (lane) => 127 - range(lane));
    const flags = inBytes(unchecked, () => 0x80);
    return [`((((${code} & ${low}) + ${room}) | ${code}) & ${flags})`];
  });
  return checks.join(' | ') || '0';
}

function inBytes(lanes: readonly Lane[], value: (lane: Lane) => number): number {
  return lanes.reduce((sum, lane) => sum | (value(lane) << place(lane)), 0);
}
