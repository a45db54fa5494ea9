/** A state as the page in a browser takes it: its parts, and its values in a row. */
import { type Instance, type LeafPart, leavesOf, type Part, type Plain, valueIn } from '#notation';
import type { PagePart, PageValue } from './page-document.ts';
import { nextOf } from './points.ts';

/** The fields of a state. A value is named by its place in the order of declaration. */
export function partsOf(instance: Instance): PagePart[] {
  const { root, buffers } = instance;
  const places = new Map([...leavesOf(root)].map((leaf, at) => [leaf, at]));
  const at = (leaf: LeafPart): number => places.get(leaf) as number;
  const cells = new Set(buffers?.cells);
  // What a store buffer keeps of a store is the place of its location.
  const locations = ['none', ...(buffers?.locations.map(({ path }) => path) ?? [])];
  const fieldsOf = (fields: Readonly<Record<string, Part>>): PagePart[] =>
    Object.entries(fields).map(([name, part]) => partOf(part, name));
  const partOf = (part: Part, name: string): PagePart => {
    switch (part.kind) {
      case 'leaf': {
        const { type, set } = part;
        const isLocation = cells.has(part) && name === 'location';
        return { kind: 'value', name, at: at(part), type, set: set?.name, names: isLocation ? locations : undefined };
      }
      case 'lock':
        return { kind: 'lock', name, type: part.type, owner: at(part.owner), readers: part.readers.map(at) };
      case 'thread': {
        const next = part.program.points.map((_, point) => nextOf(part, point));
        return { kind: 'thread', name: part.path, at: at(part.point), next, parts: fieldsOf(part.fields) };
      }
      case 'struct':
        return { kind: 'struct', name, parts: fieldsOf(part.fields) };
      default: {
        const parts = part.elements.map((element, i) => partOf(element, `${name}[${i}]`));
        return { kind: 'array', name, index: part.index.name, pool: part.kind === 'array' && part.pool, parts };
      }
    }
  };
  return fieldsOf(root.fields);
}

/** Every value of a state, in the order of declaration. */
export function valuesOf(instance: Instance, state: Plain): PageValue[] {
  return [...leavesOf(instance.root)].map((leaf) => valueIn(instance, state, leaf) as PageValue);
}
