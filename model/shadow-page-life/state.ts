/** The shadow pages, what leads to them, and who looks there. */
import {
  array,
  bool,
  type Id,
  member,
  memory,
  NULL,
  pointer,
  pool,
  range,
  type StateOf,
  spinlock,
  symmetric,
  thread,
} from '#notation';
import { Vcpu, type VcpuId } from '../kernel/flush-remote-tlbs.ts';
import { rcuReaders } from '../kernel/rcu.ts';
import { Sp } from '../kernel/shadow-page.ts';
import { requester, vcpuRequests } from '../kernel/vcpu-requests.ts';

/** Any order of gfns would do: none is walked through. */
export const Gfn = symmetric('gfn');
export type Gfn = Id<typeof Gfn>;
const Ioctl = range('ioctl');
const Holder = range('holder');

export const state = {
  mmu_lock: spinlock,
  /** The SPTEs of the root, each of which points to the shadow page for one gfn, and the rmap, which points into that page. */
  root_spte: memory(array(Gfn, pointer(Sp))),
  rmap_head: memory(array(Gfn, pointer(Sp))),
  /** One bucket of `mmu_page_hash`. */
  hlist_first: pointer(Sp),
  sp: pool(Sp, {
    /** What it stands for, until it is zapped and its `role.invalid` set. */
    gfn: pointer(Gfn),
    /** `hash_link`; a `pprev` that is NULL is the bucket. */
    next: pointer(Sp),
    pprev: pointer(Sp),
    /** `call_rcu()` has it. */
    rcu_head: bool,
  }),
  rcu_free_shadow_page: memory(bool),
  /** Of each vCPU; its hardware keeps one page that it has walked through. */
  cpu: array(Vcpu, { ...vcpuRequests, walk_cache: pointer(Sp) }),
  rcu: { vcpu: rcuReaders(Vcpu), ioctl: rcuReaders(Ioctl) },
  vcpu: thread(Vcpu, { gfn: member(Gfn), sp: pointer(Sp) }),
  ioctl: thread(Ioctl, { gfn: member(Gfn), sp: pointer(Sp) }),
  /** Whoever holds mmu_lock to link a page or to zap one. */
  holder: thread(Holder, { gfn: member(Gfn), sp: member(Sp), rcu_free: bool, ...requester }),
  /** What the callback has read, where it is the callback that unlinks a page. */
  callback: { sp: pointer(Sp), next: pointer(Sp), pprev: pointer(Sp) },
};
export interface ShadowPageLife extends StateOf<typeof state> {}
export type Vcpu = ShadowPageLife['vcpu'][VcpuId];
export type Ioctl = ShadowPageLife['ioctl'][Id<typeof Ioctl>];
export type Holder = ShadowPageLife['holder'][Id<typeof Holder>];

/** Puts a page at the head of its bucket: `hlist_add_head()`. */
export function hlistAddHead(s: ShadowPageLife, sp: Sp): void {
  const first = s.hlist_first;
  s.sp[sp].next = first;
  s.sp[sp].pprev = NULL;
  if (first !== NULL) s.sp[first].pprev = sp;
  s.hlist_first = sp;
}

/** The stores of `hlist_del()`, given what it has read of the page. */
export function hlistDel(s: ShadowPageLife, { next, pprev }: Pick<ShadowPageLife['sp'][Sp], 'next' | 'pprev'>): void {
  if (pprev === NULL) s.hlist_first = next;
  else s.sp[pprev].next = next;
  if (next !== NULL) s.sp[next].pprev = pprev;
}

/** Whether a walk of the bucket meets a page. */
export function hashed(s: ShadowPageLife, sp: Sp): boolean {
  let at = s.hlist_first;
  for (let left = s.sp.length; at !== NULL && left > 0; left--) {
    if (at === sp) return true;
    at = s.sp[at].next;
  }
  return false;
}
