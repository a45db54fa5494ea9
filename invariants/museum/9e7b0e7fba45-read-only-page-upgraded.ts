/** What the guest's large pages allow, and what their shadow page may. */
import { type ReadOnlyPageUpgraded, readOnlyPageUpgraded, writableThrough } from '#model';
import { claim, implies, suite } from '#notation';

export const rightsWithinGuest = claim(
  'what can be written through an entry, the entry allows to be written, and is dirty',
  (s: ReadOnlyPageUpgraded) =>
    s.pde.every(({ writable, dirty }, parent) => implies(writableThrough(s, parent, 0), writable && dirty)),
);

export const roleIsContent = claim(
  'an SPTE can be written exactly where the role says so',
  ({ sp }: ReadOnlyPageUpgraded) =>
    sp.every(
      ({ allocated, access, spt }) => !allocated || spt.every((spte) => !spte.present || spte.writable === access),
    ),
);

export const aWritablePageIsShared = claim('two entries share a page that can be written', (s: ReadOnlyPageUpgraded) =>
  s.pde.every((_, parent) => writableThrough(s, parent, 0)),
);

export const readOnlyPageUpgradedSuite = suite(readOnlyPageUpgraded, {
  invariants: { rightsWithinGuest, roleIsContent },
  reachable: { aWritablePageIsShared },
  violated: { 'upgraded-in-place': ['rightsWithinGuest', 'roleIsContent'], 'installed-anew': [] },
});
