/**
 * Rows of single values: pieces of the working vector whose methods are plain loops. The built-in methods of typed arrays are calls
 * that the compiler cannot look into; these it inlines together with their callbacks.
 */

type Test = (value: number, id: number) => unknown;

const methods = {
  every(this: Int32Array, test: Test): boolean {
    for (let i = 0; i < this.length; i++) if (!test(this[i] as number, i)) return false;
    return true;
  },
  some(this: Int32Array, test: Test): boolean {
    for (let i = 0; i < this.length; i++) if (test(this[i] as number, i)) return true;
    return false;
  },
  forEach(this: Int32Array, visit: Test): void {
    for (let i = 0; i < this.length; i++) visit(this[i] as number, i);
  },
  find(this: Int32Array, test: Test): number | undefined {
    for (let i = 0; i < this.length; i++) if (test(this[i] as number, i)) return this[i];
    return undefined;
  },
  findIndex(this: Int32Array, test: Test): number {
    for (let i = 0; i < this.length; i++) if (test(this[i] as number, i)) return i;
    return -1;
  },
  indexOf(this: Int32Array, value: number): number {
    for (let i = 0; i < this.length; i++) if (this[i] === value) return i;
    return -1;
  },
  includes(this: Int32Array, value: number): boolean {
    for (let i = 0; i < this.length; i++) if (this[i] === value) return true;
    return false;
  },
};

/** A row of values that fit a byte. */
export class ByteRow extends Int8Array {}
/** A row of other values. */
export class IntRow extends Int32Array {}

for (const row of [ByteRow, IntRow]) Object.assign(row.prototype, methods);
