/** The word of a slot's dirty bitmap that KVM_GET_DIRTY_LOG reads, and what userspace gets. */
import { array, bit, exit, type Next, type Row } from '#notation';
import { Gfn } from './spte.ts';

/** Local of the ioctl: the dirty bits that it has taken, or has copied. */
export const dirtyMask = array(Gfn, bit);

interface DirtyBitmap {
  readonly dirty_bitmap: Row<Gfn, 0 | 1>;
}
interface Ioctl {
  readonly mask: Row<Gfn, 0 | 1>;
}

/** Exchanges the word with 0. Without a bit set nothing is protected, and nothing reported. */
export function kvm_get_dirty_log_protect(s: DirtyBitmap, { mask }: Ioctl): Next {
  if (!s.dirty_bitmap.includes(1)) return exit;
  s.dirty_bitmap.forEach((dirty, gfn) => {
    mask[gfn] = dirty;
    s.dirty_bitmap[gfn] = 0;
  });
}

/** Userspace reads each page after it is reported, and so sends whatever was written before. */
export function copy_to_user(
  { ghost }: { readonly ghost: { readonly unsent: Row<Gfn, 0 | 1> } },
  { mask }: Ioctl,
): void {
  mask.forEach((reported, gfn) => {
    if (reported) ghost.unsent[gfn] = 0;
  });
}
