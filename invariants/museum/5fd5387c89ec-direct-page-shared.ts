/** What the guest's large pages allow, and what their shadow page may. */
import { type DirectPageShared, directPageShared, writableThrough } from '#model';
import { claim, implies, NULL, suite } from '#notation';

export const keyDeterminesContent = claim(
  'entries that share a shadow page have the same rights',
  ({ pde, parent_spte }: DirectPageShared) =>
    parent_spte.every((one, i) =>
      parent_spte.every((other, j) =>
        implies(one !== NULL && one === other, () => allowed(pde[i]) === allowed(pde[j])),
      ),
    ),
);

export const rightsWithinGuest = claim(
  'what can be written through an entry, it and the levels above it allow to be written',
  (s: DirectPageShared) => s.pde.every((pde, parent) => implies(writableThrough(s, parent, 0), allowed(pde))),
);

export const noSpuriousFault = claim(
  'what the guest allows to be written can be written, once it is mapped',
  (s: DirectPageShared) =>
    s.mmu_lock.held ||
    s.pde.every((pde, parent) => implies(allowed(pde) && mapped(s, parent), writableThrough(s, parent, 0))),
);

function allowed({ upper, writable }: DirectPageShared['pde'][number]): boolean {
  return upper.writable && writable;
}

function mapped({ parent_spte, sp }: DirectPageShared, parent: number): boolean {
  return sp.some(({ spt }, id) => parent_spte[parent] === id && spt[0].present);
}

export const aWritablePageIsShared = claim('two entries share a page that can be written', (s: DirectPageShared) =>
  s.pde.every((_, parent) => writableThrough(s, parent, 0)),
);

const broken = ['keyDeterminesContent', 'rightsWithinGuest', 'noSpuriousFault'] as const;

export const directPageSharedSuite = suite(directPageShared, {
  invariants: { keyDeterminesContent, rightsWithinGuest, noSpuriousFault },
  reachable: { aWritablePageIsShared },
  violated: { 'rights-not-in-key': broken, 'last-level-not-in-key': broken, 'rights-in-key': [] },
});
