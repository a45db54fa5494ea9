/** JSON as a formatter leaves it: what holds single values only in one line where that fits, everything else spread out. */

/** Columns of a line, a comma at its end included. */
const widest = 120;

/** A value as JSON, with a newline at its end. */
export function jsonText(value: unknown): string {
  return `${written(value, '')}\n`;
}

function written(value: unknown, indent: string, before = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const isRow = Array.isArray(value);
  const parts = (inside: string): string[] =>
    Object.entries(value).map(([key, each]) => {
      const name = isRow ? '' : `${JSON.stringify(key)}: `;
      return name + written(each, inside, name.length);
    });
  const single = Object.values(value).every((each) => typeof each !== 'object');
  const line = isRow ? `[${parts('').join(', ')}]` : `{ ${parts('').join(', ')} }`;
  if (single && indent.length + before + line.length < widest) return line;
  const deeper = `${indent}  `;
  const spread = parts(deeper).map((part) => `\n${deeper}${part}`);
  return `${isRow ? '[' : '{'}${spread.join(',')}\n${indent}${isRow ? ']' : '}'}`;
}
