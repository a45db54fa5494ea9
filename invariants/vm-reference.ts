/** What a file of a VM may rely on. */
import { type VmReference, vmReference, vmReferenceSteps } from '#model';
import { ahead, at, claim, implies, passed, suite } from '#notation';

const { debugfs_file_get, debugfs_file_put, enoent_if_not_opened, kvm_put_kvm } = vmReferenceSteps;

export const handleKeepsVm = claim('a VM is there as long as a file of it is open', ({ opener, kvm }: VmReference) =>
  opener.every((each) => implies(at(each, kvm_put_kvm), !kvm.freed)),
);

export const noUseAfterFree = claim(
  'the VM that a file points to is there while the file is opened',
  ({ opener, kvm }: VmReference) =>
    opener.every((each) => implies(passed(each, debugfs_file_get) && ahead(each, debugfs_file_put), !kvm.freed)),
);

export const zeroIsFinal = claim('a count of users that has been zero stays zero', ({ kvm, ghost }: VmReference) =>
  implies(ghost.unused, kvm.users_count === 0),
);

export const anOpenComesTooLate = claim(
  'a file is being opened when its VM has no users any more',
  ({ opener, debugfs, ghost }: VmReference) =>
    ghost.unused && !debugfs.removed && opener.some((each) => at(each, enoent_if_not_opened)),
);

export const vmReferenceSuite = suite(vmReference, {
  invariants: { handleKeepsVm, noUseAfterFree, zeroIsFinal },
  reachable: { anOpenComesTooLate },
  violated: {
    'get-unless-zero': [],
    'plain-get': ['handleKeepsVm', 'zeroIsFinal', 'BUG_ON'],
    'remove-without-waiting': ['noUseAfterFree'],
  },
});
