/** Shadow pages, kept in a hash by what they stand for: their gfn and role. What a role holds is for the model to say. */
import { alloc, type Id, type Null, NULL, type Row, symmetric } from '#notation';

/** `struct kvm_mmu_page`. */
export const Sp = symmetric('sp');
export type Sp = Id<typeof Sp>;

/**
 * The shadow page that matches, or a new one, whose gfn and role the caller is to set; NULL when all are in use.
 * Whatever `matches` leaves out is shared between those that differ in it.
 */
export function kvm_mmu_get_shadow_page<Member, Page extends { allocated: boolean }>(
  pages: Row<Member, Page>,
  matches: (page: Page) => boolean,
): Member | Null {
  const found = pages.findIndex((page) => page.allocated && matches(page));
  return found === NULL ? alloc(pages) : found;
}
