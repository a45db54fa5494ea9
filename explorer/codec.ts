/**
 * Source text that moves a state between its packed words and the working vector `V32` (with `B32`, a copy), written out for one
 * layout. A lane's code is its value's low bits, so that -1 and -2 (`NULL`, `none`) are the highest codes.
 */
import type { Lane, Layout } from './layout.ts';

/** Unpacks the words `p0 …` into the vector and its copy. */
export function unpackSource({ groups }: Layout): string {
  return groups
    .map((lanes, group) => {
      const parts = lanes.map((lane) => {
        const value = unpacked(lane);
        return lane.bytes === 4 ? value : `((${value} & 255) << ${place(lane)})`;
      });
      return `B32[${group}] = V32[${group}] = ${parts.join(' | ') || '0'};`;
    })
    .join('\n');
}

function unpacked({ word, shift, bits, least }: Lane): string {
  const mask = 2 ** bits - 1;
  const code = bits === 32 ? `p${word}` : `((p${word} >>> ${shift}) & ${mask})`;
  return least === 0 || bits === 32 ? code : `(((${code} + ${-least}) & ${mask}) + ${least})`;
}

/** `const x0 = …` for every group of the vector. */
export function groupsSource({ groups }: Layout): string {
  return groups.map((_, group) => `const x${group} = V32[${group}];`).join(' ');
}

/** Expressions over `x0 …` for each packed word. */
export function wordSources({ lanes, words }: Layout): string[] {
  return Array.from({ length: words }, (_, word) => {
    const terms = lanes.filter((lane) => lane.word === word).map(packed);
    return terms.join(' | ') || '0';
  });
}

function packed(lane: Lane): string {
  const { shift, bits, offset } = lane;
  if (bits === 32) return `x${offset >> 2}`;
  const from = place(lane);
  const chosen = `(x${offset >> 2} & ${((2 ** bits - 1) << from) | 0})`;
  if (shift === from) return chosen;
  return shift > from ? `(${chosen} << ${shift - from})` : `(${chosen} >>> ${from - shift})`;
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
    const room = inBytes(unchecked, ({ least, leaf }) => 127 - (leaf.high - least));
    const flags = inBytes(unchecked, () => 0x80);
    const low = '0x7f7f7f7f';
    const code = add === 0 ? `x${group}` : `(((x${group} & ${low}) + ${add}) ^ (x${group} & ${0x80808080 | 0}))`;
    return [`((((${code} & ${low}) + ${room}) | ${code}) & ${flags})`];
  });
  return checks.join(' | ') || '0';
}

function inBytes(lanes: readonly Lane[], value: (lane: Lane) => number): number {
  return lanes.reduce((sum, lane) => sum | (value(lane) << place(lane)), 0);
}
