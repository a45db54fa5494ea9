/** Whoever holds mmu_lock links a shadow page, or zaps one and frees it: at once, or by RCU. */
import { alloc, blocked, exit, forAny, free, type Item, type Next, NULL, type Null } from '#notation';
import { awaitReaders, readersHaveLeft } from '../kernel/rcu.ts';
import { Sp } from '../kernel/shadow-page.ts';
import { flushByRequests } from '../kernel/vcpu-requests.ts';
import { Gfn, type Holder, hlistAddHead, hlistDel, type ShadowPageLife } from './state.ts';

type List = readonly Item<ShadowPageLife, Holder, never>[];

// A fault links a page.

function kvm_mmu_get_page(s: ShadowPageLife, holder: Holder, gfn: Gfn): Next {
  if (s.sp.some((page) => page.allocated && page.gfn === gfn)) return blocked;
  const sp = newPage(s, gfn);
  if (sp === NULL) return blocked;
  holder.gfn = gfn;
  holder.sp = sp;
}
function newPage(s: ShadowPageLife, gfn: Gfn): Sp | Null {
  const sp = alloc(s.sp);
  if (sp === NULL) return NULL;
  s.sp[sp].gfn = gfn;
  hlistAddHead(s, sp);
  return sp;
}
function link_shadow_page(s: ShadowPageLife, { gfn, sp }: Holder): void {
  s.root_spte[gfn] = sp;
}
function rmap_add(s: ShadowPageLife, { gfn, sp }: Holder): void {
  s.rmap_head[gfn] = sp;
}

/** Where a run starts: each gfn has its page. */
export function allLinked(s: ShadowPageLife): void {
  s.root_spte.forEach((_, gfn) => {
    const sp = newPage(s, gfn);
    s.root_spte[gfn] = sp;
    s.rmap_head[gfn] = sp;
  });
}

export const link: List = [forAny(Gfn, kvm_mmu_get_page), link_shadow_page, rmap_add];

// `kvm_mmu_prepare_zap_page()`: nothing leads to the page after it, but for who has been there before.

function kvm_mmu_prepare_zap_page(s: ShadowPageLife, holder: Holder, sp: Sp): Next {
  const { allocated, gfn } = s.sp[sp];
  if (!allocated || gfn === NULL) return blocked;
  s.sp[sp].gfn = NULL;
  holder.gfn = gfn;
  holder.sp = sp;
}
/** It drops the SPTE in the page, and so what the rmap has of it. */
function kvm_mmu_page_unlink_children(s: ShadowPageLife, { gfn }: Holder): void {
  s.rmap_head[gfn] = NULL;
}
function kvm_mmu_page_unlink_parents(s: ShadowPageLife, { gfn }: Holder): void {
  s.root_spte[gfn] = NULL;
}

// `kvm_mmu_commit_zap_page()`.

/** Out of the hash, which is mmu_lock's. */
function kvm_mmu_isolate_page(s: ShadowPageLife, { sp }: Holder): void {
  hlistDel(s, s.sp[sp]);
}
export function kvm_mmu_free_page(s: ShadowPageLife, { sp }: Holder): void {
  freePage(s, sp);
}
function read_rcu_free_shadow_page(s: ShadowPageLife, holder: Holder): void {
  holder.rcu_free = s.rcu_free_shadow_page;
}
function if_flagged(_: ShadowPageLife, { rcu_free }: Holder): Next {
  if (!rcu_free) return kvm_mmu_free_page;
}
export function call_rcu(s: ShadowPageLife, { sp }: Holder): Next {
  s.sp[sp].rcu_head = true;
  awaitReaders(s.rcu.vcpu, sp);
  awaitReaders(s.rcu.ioctl, sp);
  return exit;
}

function freePage(s: ShadowPageLife, sp: Sp): void {
  const page = s.sp[sp];
  page.next = NULL;
  page.pprev = NULL;
  page.rcu_head = false;
  free(s.sp, sp);
}

const choose = forAny(Sp, kvm_mmu_prepare_zap_page);
const unlink = [kvm_mmu_page_unlink_children, kvm_mmu_page_unlink_parents];

/** What is done with a page that nothing leads to any more. */
export const atOnce: List = [kvm_mmu_isolate_page, kvm_mmu_free_page];
export const byRcu: List = [kvm_mmu_isolate_page, call_rcu];
const ifFlagged: List = [if_flagged, call_rcu, kvm_mmu_free_page];

/** A zap, given how it flushes and what it does with the page. */
export function zap(flush: List, dispose: List): List {
  return [choose, ...unlink, flush, ...dispose];
}
export function zapUnlinkingLast(flush: List, dispose: List): List {
  return [choose, flush, ...unlink, ...dispose];
}
export function zapReadingFlag(flush: List): List {
  return [choose, ...unlink, flush, kvm_mmu_isolate_page, read_rcu_free_shadow_page, ...ifFlagged];
}
export function zapReadingFlagFirst(flush: List): List {
  return [choose, read_rcu_free_shadow_page, ...unlink, flush, kvm_mmu_isolate_page, ...ifFlagged];
}
export const flush: List = flushByRequests();

// After the grace period.

function mayRun(s: ShadowPageLife, sp: Sp): boolean {
  return s.sp[sp].rcu_head && readersHaveLeft(s.rcu.vcpu, sp) && readersHaveLeft(s.rcu.ioctl, sp);
}
/** The callback. */
function free_pages_rcu(s: ShadowPageLife, sp: Sp): Next {
  if (!mayRun(s, sp)) return blocked;
  freePage(s, sp);
}
export const callback = forAny(Sp, free_pages_rcu);

/** What the callback must not do: it takes the page out of the hash itself, and mmu_lock it does not hold. */
function hlist_del_reads(s: ShadowPageLife, sp: Sp): Next {
  if (!mayRun(s, sp) || s.callback.sp !== NULL) return blocked;
  s.callback.sp = sp;
  s.callback.next = s.sp[sp].next;
  s.callback.pprev = s.sp[sp].pprev;
}
function hlist_del_stores(s: ShadowPageLife): Next {
  const { sp } = s.callback;
  if (sp === NULL) return blocked;
  hlistDel(s, s.callback);
  freePage(s, sp);
  s.callback.sp = NULL;
  s.callback.next = NULL;
  s.callback.pprev = NULL;
}
export const callbackThatUnhashes = [forAny(Sp, hlist_del_reads), hlist_del_stores];
