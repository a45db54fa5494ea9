/** What a model, its state and its claims must be made of, whatever the types let through: told by the place, before anything runs. */
import { inMemory, kind } from './shape.ts';

/** Names that every object has, and that a field of the state would hide. */
const everyObjects: readonly string[] = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];

/**
 * A state is made of the words of the notation and of plain objects.
 * @throws Error naming the part that is neither, and what to write.
 */
export function checkState(place: string, state: unknown): void {
  checkPart(place, state, '', []);
}

function checkPart(place: string, part: unknown, path: string, around: readonly unknown[]): void {
  const what = path === '' ? 'the state' : path;
  if (isObject(part) && Object.hasOwn(part, kind)) {
    const { element, locals } = part as { element?: unknown; locals?: unknown };
    if (element !== undefined) checkPart(place, element, `${path}[]`, [...around, part]);
    if (locals !== undefined) checkFields(place, locals, path, [...around, part], true);
    return;
  }
  checkFields(place, part, path, around, false);
  if (Object.keys(part as object).length === 0)
    throw new Error(`${place}: ${what} has no fields; declare some, or leave it out`);
}

function checkFields(place: string, part: unknown, path: string, around: readonly unknown[], locals: boolean): void {
  const what = path === '' ? 'the state' : path;
  if (!isPlain(part)) {
    const made = locals
      ? 'the locals of a thread are fields'
      : 'a part is a word such as bit or upTo(3), or { … } of parts';
    throw new Error(`${place}: ${what} is ${told(part)}; ${made}`);
  }
  if (around.includes(part)) throw new Error(`${place}: ${what} contains itself; a state is finite`);
  for (const key of Reflect.ownKeys(part)) {
    if (key === inMemory) continue;
    const field = `${path === '' ? '' : `${path}.`}${String(key)}`;
    if (typeof key === 'symbol' || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) || everyObjects.includes(key))
      throw new Error(`${place}: no field can be called ${told(key)}, as in ${field}; choose another name`);
    const { value, get } = Object.getOwnPropertyDescriptor(part, key) as PropertyDescriptor;
    if (get !== undefined) throw new Error(`${place}: ${field} is a getter; write the part itself`);
    checkPart(place, value, field, [...around, part]);
  }
}

/** @throws Error unless it is a plain object. */
export function checkObject(place: string, what: string, value: unknown, instead: string): void {
  if (!isPlain(value)) throw new Error(`${place}: ${what} is ${told(value)}; ${instead}`);
}

/** @throws Error unless it is a text that says something. */
export function checkText(place: string, what: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw new Error(`${place}: ${what} is ${told(value)}; write a text`);
}

/** @throws Error unless it is a list. */
export function checkList(place: string, what: string, value: unknown, instead: string): void {
  if (!Array.isArray(value)) throw new Error(`${place}: ${what} is ${told(value)}; ${instead}`);
}

/** @throws Error unless it is a function that gives its answer when it is called. */
export function checkFunction(place: string, what: string, value: unknown): void {
  const kindOf = typeof value === 'function' ? Object.prototype.toString.call(value) : '';
  if (kindOf === '[object Function]') return;
  if (kindOf !== '')
    throw new Error(`${place}: ${what} is async or a generator; it answers at once: write a plain function`);
  throw new Error(`${place}: ${what} is ${told(value)}; write a function of the state`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether it is an object as `{ … }` makes one. A class, a Map or a Date is none. */
function isPlain(value: unknown): value is object {
  if (!isObject(value) || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What a value is, in a few words. */
function told(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isPlain(value)) return 'an object';
  if (isObject(value)) return `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
