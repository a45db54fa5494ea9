import { expect, test } from 'vitest';
import { vmReferenceSuite } from '#invariants';
import { vmReference } from '#model';
import { testFindings } from '../findings/written.ts';
import { broken, checked, onlyViolated, race } from './checked.ts';

test.each(Object.keys(vmReference.variants))('%s breaks exactly what is expected of it', (variant) => {
  expect(broken(checked(vmReferenceSuite, variant))).toEqual(onlyViolated(vmReferenceSuite.violated[variant]));
});

test('a plain get raises the count from zero, and the VM is destroyed twice', () => {
  expect(race(vmReferenceSuite, 'plain-get', 'zeroIsFinal').at(-1)).toBe('kvm_debugfs_open');
  const destroyed = race(vmReferenceSuite, 'plain-get', 'BUG_ON').filter((step) => step === 'kvm_arch_free_vm');
  expect(destroyed).toHaveLength(2);
});

test('a directory that is removed without waiting leaves the pointer in the inode dangling', () => {
  const steps = race(vmReferenceSuite, 'remove-without-waiting', 'noUseAfterFree');
  expect(steps.slice(-2)).toEqual(['debugfs_remove', 'kvm_arch_free_vm']);
  expect(steps).toContain('debugfs_file_get');
});

testFindings('vm-reference');
