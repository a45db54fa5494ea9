/**
 * A file of a VM in debugfs is opened while the last reference to the VM is dropped: the file has no more than a pointer to the VM, and
 * is there until the VM is destroyed, which is after the count of its users has come to zero.
 *
 * Models "KVM: Introduce kvm_get_kvm_safe()" (605c713023e9) (virt/kvm/kvm_main.c: kvm_get_kvm_safe, kvm_debugfs_open,
 * kvm_debugfs_release, kvm_put_kvm, kvm_destroy_vm, kvm_destroy_vm_debugfs; fs/debugfs/file.c: debugfs_file_get, debugfs_file_put;
 * fs/debugfs/inode.c: debugfs_remove).
 *
 * Assumes plain counts, which do not saturate; no vCPU and no device holds the VM.
 */
import {
  array,
  bit,
  blocked,
  BUG_ON,
  bool,
  exit,
  type Id,
  type Item,
  model,
  type Next,
  once,
  type StateOf,
  symmetric,
  thread,
  upTo,
} from '#notation';
import { kernelSource } from './source.ts';

const Opener = symmetric('opener');
type OpenerId = Id<typeof Opener>;
const Fd = symmetric('fd');

const state = {
  kvm: { users_count: upTo(7), freed: bool },
  /** The file: whether it is gone, and who is in one of its operations. */
  debugfs: { removed: bool, active: array(Opener, bit) },
  opener: thread(Opener, { opened: bool }),
  /** File descriptors of the VM. */
  fd: thread(Fd, {}),
  ghost: { unused: bool }, //  the count has been zero
};
export interface VmReference extends StateOf<typeof state> {}
type Opener = VmReference['opener'][OpenerId];

// Opening the file, and its release.

function debugfs_file_get({ debugfs }: VmReference, { id }: Opener): Next {
  if (debugfs.removed) return blocked; //  there is no such file any more
  debugfs.active[id] = 1;
}

/** Takes a reference by the pointer in the inode, or fails. */
function openBy(get: (kvm: VmReference['kvm']) => boolean) {
  return function kvm_debugfs_open({ kvm }: VmReference, opener: Opener): void {
    opener.opened = get(kvm);
  };
}

function debugfs_file_put({ debugfs }: VmReference, { id }: Opener): void {
  debugfs.active[id] = 0;
}

function enoent_if_not_opened(_: VmReference, { opened }: Opener): Next {
  if (!opened) return exit;
}

/** `refcount_inc_not_zero()`. */
function kvm_get_kvm_safe(kvm: VmReference['kvm']): boolean {
  if (kvm.users_count === 0) return false;
  kvm.users_count++;
  return true;
}

function kvm_get_kvm(kvm: VmReference['kvm']): boolean {
  kvm.users_count++;
  return true;
}

// Dropping a reference, by whoever has one.

function kvm_put_kvm({ kvm, ghost }: VmReference): Next {
  kvm.users_count--;
  if (kvm.users_count > 0) return exit;
  ghost.unused = true;
}

function debugfs_remove({ debugfs }: VmReference): void {
  debugfs.removed = true;
}

function wait_for_file_operations({ debugfs }: VmReference): Next {
  if (debugfs.active.includes(1)) return blocked;
}

function kvm_arch_free_vm({ kvm }: VmReference): void {
  BUG_ON(kvm.freed, 'kvm_arch_free_vm: the VM is freed twice');
  kvm.freed = true;
}

function openFds({ kvm, fd }: VmReference): void {
  kvm.users_count = fd.length;
}

type Put = readonly Item<VmReference, unknown, never>[];
const put: Put = [kvm_put_kvm, debugfs_remove, wait_for_file_operations, kvm_arch_free_vm];
const putWithoutWaiting: Put = [kvm_put_kvm, debugfs_remove, kvm_arch_free_vm];

function filesOpenedBy(get: typeof kvm_get_kvm, put: Put) {
  const open = [debugfs_file_get, openBy(get), debugfs_file_put, enoent_if_not_opened];
  return { opener: [...open, ...put], fd: once(...put) };
}

/** What the claims name. */
export const vmReferenceSteps = { debugfs_file_get, debugfs_file_put, enoent_if_not_opened, kvm_put_kvm };

export const vmReference = model({
  name: 'vm-reference',
  about: 'a file of a VM in debugfs is opened while the last reference to the VM is dropped',
  source: kernelSource,
  state,
  bounds: { opener: 3, fd: 2 },
  initial: [openFds],
  variants: {
    'get-unless-zero': filesOpenedBy(kvm_get_kvm_safe, put),
    'plain-get': filesOpenedBy(kvm_get_kvm, put),
    'remove-without-waiting': filesOpenedBy(kvm_get_kvm_safe, putWithoutWaiting),
  },
});
