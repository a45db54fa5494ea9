/** Two sequences beside each other: what is in both in the same order, and what is in one only. */

/** An element of both, of the first only, or of the second only. */
export type Aligned<Each> = readonly [Each, Each] | readonly [Each, undefined] | readonly [undefined, Each];

/** By a longest common subsequence. In each place what is in the first only comes first. */
export function aligned<Each>(
  first: readonly Each[],
  second: readonly Each[],
  isSame: (a: Each, b: Each) => boolean = Object.is,
): Aligned<Each>[] {
  const longest = Array.from({ length: first.length + 1 }, () => Array.from({ length: second.length + 1 }, () => 0));
  const at = (i: number, j: number) => longest[i]?.[j] as number;
  const match = (i: number, j: number) =>
    i < first.length && j < second.length && isSame(first[i] as Each, second[j] as Each);
  for (let i = first.length - 1; i >= 0; i--)
    for (let j = second.length - 1; j >= 0; j--)
      (longest[i] as number[])[j] = match(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const result: Aligned<Each>[] = [];
  for (let i = 0, j = 0; i < first.length || j < second.length; ) {
    if (match(i, j)) result.push([first[i++] as Each, second[j++] as Each]);
    else if (j === second.length || (i < first.length && at(i + 1, j) >= at(i, j + 1)))
      result.push([first[i++] as Each, undefined]);
    else result.push([undefined, second[j++] as Each]);
  }
  return result;
}
