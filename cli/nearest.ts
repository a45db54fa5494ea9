/** What somebody who mistyped a name probably meant. */

/** ` (did you mean X?)` for the nearest of the names, or nothing when none is near. */
export function suggestion(typed: string, names: Iterable<string>): string {
  const near = nearest(typed, names);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

/** The name with the fewest edits from what was typed, if they are fewer than half its letters. */
export function nearest(typed: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const edits = distance(typed.toLowerCase(), name.toLowerCase());
    if (edits < fewest && edits <= Math.max(1, name.length * 0.4)) [best, fewest] = [name, edits];
  }
  return best;
}

/** Letters to insert, delete, replace or swap with their neighbour to make one text of another. */
function distance(a: string, b: string): number {
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (older[j - 2] as number) + 1 : replaced;
      row.push(Math.min(replaced, swapped, (last[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    [older, last] = [last, row];
  }
  return last[b.length] as number;
}
