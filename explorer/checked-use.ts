/**
 * Views behind a check of every use, for a search that is to refuse what JavaScript puts up with: an element beyond its row, a value
 * that a typed array would not keep as it is, a field that is not there, the replacement of a whole part.
 */
import { isElement, type LeafPart, outOfRange, StepFailure } from '#notation';

/** A row behind a check of every use: an index beyond it, a value that it would not keep as it is. */
export function checkedRow(row: Int8Array | Int32Array, first: LeafPart): object {
  const path = first.path.replace(/\[\d+\]$/, '');
  const inRow = (key: string | symbol): boolean | undefined =>
    typeof key === 'string' && /^-?\d/.test(key) ? /^\d+$/.test(key) && Number(key) < row.length : undefined;
  const beyond = (verb: string, key: string | symbol): StepFailure =>
    new StepFailure('throws', `${verb} ${path}[${String(key)}], and ${path} has ${row.length} elements`);
  return new Proxy(row, {
    get(target, key) {
      const within = inRow(key);
      if (within === false || key === 'undefined' || key === 'NaN') throw beyond('read', key);
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set(target, key, value) {
      if (inRow(key) !== true) throw beyond('set', key);
      const kept = isElement(value) && (row instanceof Int32Array || (value >= -128 && value <= 127));
      if (!kept) throw outOfRange({ ...first, path: `${path}[${String(key)}]` }, value);
      target[Number(key)] = value;
      return true;
    },
  });
}

/** A struct, thread or whole state behind such a check. `leaves` are the fields that may be assigned. */
export function checkedStruct(made: object, path: string, leaves: ReadonlySet<string>): object {
  const place = path === '' ? '' : `${path}.`;
  return new Proxy(made, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target)) {
        throw new StepFailure('throws', `read ${place}${key}, which the state does not have`);
      }
      return Reflect.get(target, key, target) as unknown;
    },
    set(target, key, value) {
      if (typeof key !== 'string' || !leaves.has(key)) {
        throw new StepFailure('throws', `set ${place}${String(key)}, which is no single value of the state`);
      }
      return Reflect.set(target, key, value, target);
    },
  });
}
