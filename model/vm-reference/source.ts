/** Where in the kernel the steps of `vm-reference` stand. */
import type { KernelSource } from '#notation';
import { kvmMainC } from '../kernel/source.ts';

export const kernelSource: KernelSource = {
  commit: '605c713023e9',
  functions: {
    [kvmMainC]: {
      kvm_debugfs_open: ['enoent_if_not_opened'],
      kvm_put_kvm: [],
      kvm_destroy_vm: ['kvm_arch_free_vm'],
    },
    'fs/debugfs/file.c': {
      debugfs_file_get: [],
      debugfs_file_put: [],
    },
    'fs/debugfs/inode.c': {
      debugfs_remove: ['wait_for_file_operations'],
    },
  },
};
