/**
 * Symmetry: states that differ only in how the members of symmetric sets are numbered are one state, told by a representative.
 *
 * The representative is found as graph canonisation does it. Each member gets a colour that does not depend on its number, refined by
 * the colours of what it stands beside and points to; members are then numbered in the order of their colours. Where members keep the
 * same colour and are not interchangeable, each of them is tried as the first, and the smallest state that comes out is taken.
 */
import type { IdSet, Instance, LeafPart, Part } from '#notation';
import type { Layout } from './layout.ts';

/** The symmetry of one instance. */
export interface Symmetry {
  /** Puts the representative of a packed state in its place. */
  canonize(words: Int32Array, at: number): void;
  /** Puts a state in its place that is the same up to numbering, chosen by the numbers `random()` gives, from 0 to below 1. */
  shuffle(words: Int32Array, at: number, random: () => number): void;
  /** Whether every representative so far was the only one of its orbit. */
  exact(): boolean;
}

/** States tried for one representative before the smallest so far is taken: orbits may then have several. */
const mostTried = 5040;

/**
 * The symmetry of an instance; undefined when it has no symmetric set with more than one member.
 * @throws Error for an instance with store buffers, whose places are numbers that no renumbering reaches.
 */
export function symmetryOf(instance: Instance, layout: Layout): Symmetry | undefined {
  if (instance.buffers)
    throw new Error(`${instance.name}: there is no symmetry under ${instance.memory}; leave one of them out`);
  const places = placesOf(instance, layout);
  return places.members.length === 0 ? undefined : symmetry(places, layout.words);
}

/** A lane as symmetry sees it: which members it belongs to, and which member its value is, if any. */
interface Place {
  readonly word: number;
  readonly shift: number;
  readonly mask: number;
  /** What it is, whichever members it belongs to. */
  readonly template: number;
  readonly owners: readonly number[];
  /** By its code in the packed word: the member that its value is, -1 for none. Undefined when it is never one. */
  readonly refers: Int32Array | undefined;
}

interface Places {
  readonly places: readonly Place[];
  /** For each member of a symmetric set the number of its set; members of a set are consecutive. */
  readonly members: readonly number[];
}

function placesOf(instance: Instance, layout: Layout): Places {
  const members: number[] = [];
  const ordered = new Set(instance.model.ordered.map(({ name }) => name));
  const firstOf = new Map<string, number>();
  const memberOf = ({ symmetric, name }: IdSet, id: number): number => {
    const size = instance.bounds[name] as number;
    if (!symmetric || size < 2 || ordered.has(name)) return -1;
    if (!firstOf.has(name)) {
      firstOf.set(name, members.length);
      const number = firstOf.size - 1;
      for (let i = 0; i < size; i++) members.push(number);
    }
    return (firstOf.get(name) as number) + id;
  };
  const threadMember = instance.threads.map(({ row, id }) => {
    const threads = instance.root.fields[row] as { index: IdSet };
    return memberOf(threads.index, id);
  });
  const templates = new Map<string, number>();
  const places: Place[] = [];
  const place = (leaf: LeafPart, name: string, owners: readonly number[], ownerLane: boolean): void => {
    const { word, shift, bits } = layout.laneOf.get(leaf) ?? { word: 0, shift: 0, bits: 0 };
    const mask = bits === 32 ? -1 : 2 ** bits - 1;
    const template = templates.get(name) ?? templates.set(name, templates.size).size - 1;
    const { set } = leaf;
    let refers: Int32Array | undefined;
    if (ownerLane) refers = Int32Array.from({ length: mask + 1 }, (_, code) => threadMember[code - 1] ?? -1);
    else if (set?.symmetric && memberOf(set, 0) >= 0) {
      const size = instance.bounds[set.name] as number;
      refers = Int32Array.from({ length: mask + 1 }, (_, code) => (code < size ? memberOf(set, code) : -1));
    }
    places.push({
      word,
      shift,
      mask,
      template,
      owners,
      refers: refers?.some((member) => member >= 0) ? refers : undefined,
    });
  };
  const visit = (part: Part, name: string, owners: readonly number[]): void => {
    switch (part.kind) {
      case 'leaf':
        return place(part, name, owners, false);
      case 'lock':
        place(part.owner, `${name}.owner`, owners, true);
        part.readers.forEach((reader, thread) => {
          const member = threadMember[thread] as number;
          const { row } = instance.threads[thread] as { row: string };
          place(
            reader,
            `${name}.readers.${member < 0 ? thread : row}`,
            member < 0 ? owners : [...owners, member],
            false,
          );
        });
        return;
      case 'array':
      case 'threads':
        part.elements.forEach((each, id) => {
          const member = memberOf(part.index, id);
          visit(each, `${name}[${member < 0 ? id : ''}]`, member < 0 ? owners : [...owners, member]);
        });
        return;
      default:
        if (part.kind === 'thread') place(part.point, `${name}.point`, owners, false);
        for (const [field, each] of Object.entries(part.fields)) visit(each, `${name}.${field}`, owners);
    }
  };
  visit(instance.root, '', []);
  return { places, members };
}

function mix(x: number): number {
  const a = Math.imul(x ^ (x >>> 16), 0x45d9f3b5);
  const b = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d);
  return b ^ (b >>> 14);
}

function symmetry({ places: all, members }: Places, width: number): Symmetry {
  const count = members.length;
  // Lanes that a renumbering moves or changes; the bits of all others are kept as they are.
  const places = all.filter(({ owners, refers }) => owners.length > 0 || refers);
  const kept = new Int32Array(width).fill(-1);
  for (const { word, shift, mask } of places) kept[word] = (kept[word] as number) & ~(mask << shift);
  const column = (of: (place: Place) => number): Int32Array => Int32Array.from(places, of);
  const [word, shift, mask] = [column((at) => at.word), column((at) => at.shift), column((at) => at.mask)];
  const template = column((at) => mix(Math.imul(at.template + 1, 0x9e3779b1)));
  /** The owners of place `i` are `owner[first[i]]` to `owner[first[i + 1]]`, the latter excluded. */
  const owner = Int32Array.from(places.flatMap(({ owners }) => owners));
  const first = new Int32Array(places.length + 1);
  places.forEach(({ owners }, i) => {
    first[i + 1] = (first[i] as number) + owners.length;
  });
  const refers = places.map((place) => place.refers);
  /** The code of a member in each place that may refer to it. */
  const codeOf = refers.map((table) => table && Int32Array.from(members, (_, member) => table.indexOf(member)));
  const { room, target } = rooms(places, count);

  const codes = new Int32Array(places.length);
  /** The member that each place's value is, or -1. */
  const referred = new Int32Array(places.length);
  const sums = new Int32Array(count);
  const renumbered = new Int32Array(count);
  const out = new Int32Array(width);
  const best = new Int32Array(width);
  /** Colours of members, and members in their order, for each member that has been tried as the first. */
  const colourings = Array.from({ length: count + 1 }, () => new Int32Array(count));
  const orders = Array.from({ length: count + 1 }, () => new Int32Array(count));
  let tried = 0;
  let exact = true;

  function read(words: Int32Array, at: number): void {
    for (let w = 0; w < width; w++) out[w] = words[at + w] as number;
    for (let i = 0; i < codes.length; i++) {
      const code = ((out[word[i] as number] as number) >>> (shift[i] as number)) & (mask[i] as number);
      codes[i] = code;
      const table = refers[i];
      referred[i] = table === undefined ? -1 : (table[code] as number);
    }
    for (let w = 0; w < width; w++) out[w] = (out[w] as number) & (kept[w] as number);
  }

  /** Makes colours finer by what stands in the lanes of each member, and by who points to it. */
  function refine(colours: Int32Array): void {
    sums.fill(0);
    for (let i = 0; i < codes.length; i++) {
      const member = referred[i] as number;
      const value = member < 0 ? (codes[i] as number) : mix((colours[member] as number) ^ 0x3c6ef372);
      const [from, to] = [first[i] as number, first[i + 1] as number];
      let sum = mix((template[i] as number) ^ value);
      for (let o = from; o < to; o++)
        sum = (sum + Math.imul(colours[owner[o] as number] as number, 2 * (o - from) + 3)) | 0;
      for (let o = from; o < to; o++) {
        const m = owner[o] as number;
        sums[m] = ((sums[m] as number) + mix(sum ^ Math.imul(o - from + 1, 0x85ebca77))) | 0;
      }
      if (member >= 0) sums[member] = ((sums[member] as number) + mix(sum ^ 0x27d4eb2f)) | 0;
    }
    for (let m = 0; m < count; m++) colours[m] = mix(Math.imul(colours[m] as number, 0x165667b1) ^ (sums[m] as number));
  }

  /** Puts members in the order of their sets, then of their colours. Members of a set are consecutive. */
  function sort(order: Int32Array, colours: Int32Array): void {
    for (let m = 0; m < count; m++) {
      const colour = colours[m] as number;
      let at = m;
      for (; at > 0; at--) {
        const before = order[at - 1] as number;
        if (members[before] !== members[m] || (colours[before] as number) <= colour) break;
        order[at] = before;
      }
      order[at] = m;
    }
  }

  /** Whether the state stays as it is when two members change places. */
  function interchangeable(a: number, b: number): boolean {
    const swapped = (member: number): number => (member === a ? b : member === b ? a : member);
    for (let i = 0; i < codes.length; i++) {
      let rank = 0;
      for (let o = first[i] as number; o < (first[i + 1] as number); o++)
        rank = rank * count + swapped(owner[o] as number);
      const to = target[(room[i] as number) + rank] as number;
      const member = referred[i] as number;
      if (member < 0 ? codes[to] !== codes[i] : referred[to] !== swapped(member)) return false;
    }
    return true;
  }

  /** Packs the state with its members numbered in this order. */
  function renumber(order: Int32Array, into: Int32Array): void {
    for (let n = 0; n < count; n++) renumbered[order[n] as number] = n;
    into.set(out);
    for (let i = 0; i < codes.length; i++) {
      let rank = 0;
      for (let o = first[i] as number; o < (first[i + 1] as number); o++)
        rank = rank * count + (renumbered[owner[o] as number] as number);
      const to = target[(room[i] as number) + rank] as number;
      const member = referred[i] as number;
      const code =
        member < 0 ? (codes[i] as number) : ((codeOf[i] as Int32Array)[renumbered[member] as number] as number);
      const w = word[to] as number;
      into[w] = (into[w] as number) | (code << (shift[to] as number));
    }
  }

  const result = new Int32Array(width);
  /** Numbers members by their colours; where that leaves a choice which makes a difference, tries each of them as the first. */
  function search(level: number): void {
    const colours = colourings[level] as Int32Array;
    const order = orders[level] as Int32Array;
    refine(colours);
    refine(colours);
    sort(order, colours);
    for (let from = 0; from < count; ) {
      let to = from + 1;
      while (to < count && alike(colours, order[from] as number, order[to] as number)) to++;
      for (let i = from + 1; i < to; i++) {
        if (interchangeable(order[i - 1] as number, order[i] as number)) continue;
        each(level, from, to);
        return;
      }
      from = to;
    }
    renumber(order, result);
    if (tried++ === 0 || isSmaller(result, best)) best.set(result);
  }

  function alike(colours: Int32Array, a: number, b: number): boolean {
    return members[a] === members[b] && colours[a] === colours[b];
  }

  function each(level: number, from: number, to: number): void {
    const order = orders[level] as Int32Array;
    next: for (let i = from; i < to; i++) {
      const member = order[i] as number;
      for (let j = from; j < i; j++) if (interchangeable(order[j] as number, member)) continue next;
      if (tried >= mostTried) {
        exact = false;
        return;
      }
      const chosen = colourings[level + 1] as Int32Array;
      chosen.set(colourings[level] as Int32Array);
      chosen[member] = mix((chosen[member] as number) ^ 0x5bd1e995);
      search(level + 1);
    }
  }

  const start = Int32Array.from(members, (set) => mix(set + 1));
  return {
    canonize(words, at) {
      read(words, at);
      tried = 0;
      (colourings[0] as Int32Array).set(start);
      search(0);
      for (let w = 0; w < width; w++) words[at + w] = best[w] as number;
    },
    shuffle(words, at, random) {
      read(words, at);
      const keys = Int32Array.from(members, () => Math.floor(random() * 2 ** 31));
      const order = new Int32Array(count);
      sort(order, keys);
      renumber(order, result);
      words.set(result, at);
    },
    exact: () => exact,
  };
}

/** Where the place of a template with certain owners is: each template has room for every choice of them. */
function rooms(places: readonly Place[], count: number): { room: Int32Array; target: Int32Array } {
  const starts: number[] = [];
  let size = 0;
  for (const { template, owners } of places) {
    if (starts[template] !== undefined) continue;
    starts[template] = size;
    size += count ** owners.length;
  }
  const room = Int32Array.from(places, ({ template }) => starts[template] as number);
  const target = new Int32Array(size);
  places.forEach(({ owners }, i) => {
    target[owners.reduce((rank, member) => rank * count + member, 0) + (room[i] as number)] = i;
  });
  return { room, target };
}

function isSmaller(a: Int32Array, b: Int32Array): boolean {
  for (let w = 0; w < a.length; w++) if (a[w] !== b[w]) return (a[w] as number) < (b[w] as number);
  return false;
}
