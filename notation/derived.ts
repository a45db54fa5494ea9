/**
 * Variants derived from another by their name: `rmap-then-dirty:without=vcpu.rmap_add`, `…:swap=vcpu.set_spte,rmap_add`,
 * `…:order=vcpu.rmap_add,set_spte,mark_page_dirty`, `…:weaken=vcpu.smp_mb_after_mode`. Wherever a variant is named, one of these can be. No shell needs them quoted.
 */
import { type Edit, type EditKind, type LockKindOf, outline, reordered, type ListRow } from './edit.ts';
import { orderIn } from './instance.ts';
import type { AnyVariant, Model } from './model.ts';
import { kind, type LockKind, type Shape } from './shape.ts';
import type { AnyItem } from './step.ts';
import type { Suite } from './suite.ts';

/** The list of one thread of a variant, line by line, with its edits by the name of the variant that each makes. */
export interface ThreadOutline {
  readonly thread: string;
  readonly rows: readonly (ListRow & { readonly derived: string | undefined })[];
}

/** The word for each kind of edit in a name. */
const words: Readonly<Record<EditKind, string>> = {
  'step dropped': 'without',
  'lock dropped': 'without',
  weakened: 'weaken',
  swapped: 'swap',
  reordered: 'order',
};

/** Whether a variant's name is that of a derived one. */
export function isDerived(variant: string): boolean {
  return variant.includes(':');
}

/**
 * The lists of a variant, which may be a derived one, with every edit of them. Where stores are seen as they are executed no word of order
 * means anything, and none is weakened.
 * @throws Error as `derived` does.
 */
export function outlines(suite: Suite, variant: string): ThreadOutline[] {
  const { model } = derived(suite, variant);
  const { base, order } = orderIn(variant);
  const source = model.variants[base] as AnyVariant;
  const memory = order ?? source.memoryOrder ?? 'sc';
  const nameOf = (edit: string): string => `${base}:${edit}${order === undefined ? '' : `@${order}`}`;
  return threadsOf(model, source).map((thread) => ({
    thread,
    rows: outline(source[thread] as AnyItem, kindIn(model))
      .filter(({ edit }) => edit?.kind !== 'weakened' || memory !== 'sc')
      .map((row) => ({ ...row, derived: row.edit && nameOf(partOf(thread, row.edit)) })),
  }));
}

/** The name of the variant in which some steps of a thread stand in this order. */
export function inOrder(variant: string, thread: string, steps: readonly string[]): string {
  const { base, order } = orderIn(variant);
  return `${base}:order=${thread}.${steps.join(',')}${order === undefined ? '' : `@${order}`}`;
}

/**
 * A suite whose model has the variant. That is the suite itself unless the name is that of a derived variant, of which is expected
 * what is expected of the one it is derived from.
 * @throws Error with a sentence naming what of a derived name does not fit, or the variant that is not there.
 */
export function derived(suite: Suite, variant: string): Suite {
  if (!isDerived(variant)) return suite;
  const { model, violated } = suite;
  const name = orderIn(variant).base;
  const [base = '', ...parts] = name.split(':');
  const first = Object.hasOwn(model.variants, base) ? model.variants[base] : undefined;
  if (first === undefined)
    throw new Error(`${model.name} has no variant ${base}; it has ${Object.keys(model.variants).join(', ')}`);
  const place = `${model.name}/${variant}`;
  const source = parts.reduce<AnyVariant>((each, part) => edited(place, model, each, part), first);
  return {
    ...suite,
    model: { ...model, variants: { ...model.variants, [name]: source } } as Model<never>,
    violated: { ...violated, [name]: violated[base] ?? [] },
  };
}

/** A variant after one edit of its name. */
function edited(place: string, model: Model<never>, source: AnyVariant, part: string): AnyVariant {
  const [, word, thread = '', list = ''] = /^(without|weaken|swap|order)=([^.]+)\.(.+)$/.exec(part) ?? [];
  if (word === undefined) {
    throw new Error(
      `${place}: "${part}" is no edit; an edit is without=thread.step, weaken=thread.step, swap=thread.step,step or order=thread.step,step,…`,
    );
  }
  const threads = threadsOf(model, source);
  if (!threads.includes(thread))
    throw new Error(`${place}: there is no thread ${thread}; the threads are ${threads.join(', ')}`);
  const before = source[thread] as AnyItem;
  return {
    ...source,
    [thread]: word === 'order' ? inNewOrder(place, before, list) : found(place, model, thread, before, part),
  };
}

function inNewOrder(place: string, list: AnyItem, names: string): readonly AnyItem[] {
  try {
    return reordered(list, names.split(',')).list;
  } catch (error) {
    throw new Error(`${place}: ${(error as Error).message}`, { cause: error });
  }
}

function found(place: string, model: Model<never>, thread: string, list: AnyItem, part: string): readonly AnyItem[] {
  const edits = outline(list, kindIn(model)).flatMap(({ edit }) => edit ?? []);
  const edit = edits.find((each) => partOf(thread, each) === part);
  if (edit) return edit.list;
  const word = part.split('=')[0] as string;
  const known = edits.map((each) => partOf(thread, each)).filter((each) => each.startsWith(`${word}=`));
  throw new Error(`${place}: the list of ${thread} has no ${part}; it has ${known.join(', ') || `no ${word}`}`);
}

/** An edit in the name of a variant. */
function partOf(thread: string, { kind: what, of }: Edit): string {
  return `${words[what]}=${thread}.${of.join(',')}`;
}

function threadsOf(model: Model<never>, source: AnyVariant): string[] {
  return Object.keys(source).filter((field) => kindOfShape(model.state[field]) === 'thread');
}

function kindIn(model: Model<never>): LockKindOf {
  return (lock) => kindOfShape(model.state[lock]) as LockKind;
}

function kindOfShape(shape: Shape | undefined): string | undefined {
  return (shape as { [kind]?: string } | undefined)?.[kind];
}
