/** What must hold of a mapping whose size comes from a VMA. */
import { type VmaOutsideNotifier, vmaOutsideNotifier, vmaOutsideNotifierSteps } from '#model';
import { claim, idle, implies, passed, suite } from '#notation';

const { vma_lookup } = vmaOutsideNotifierSteps;

export const noStaleSize = claim(
  'while nobody changes mappings, stage 2 maps a block only where the VMA allows one',
  ({ mm, stage2, vma }: VmaOutsideNotifier) => implies(mm.every(idle), stage2 !== 'block' || vma.block),
);

export const aVmaChangesDuringAFault = claim(
  'the VMA changes while a fault has its size from the old one',
  ({ vcpu, mm, vma }: VmaOutsideNotifier) =>
    mm.some((each) => !idle(each)) && vcpu.some((each) => passed(each, vma_lookup) && each.block !== vma.block),
);

export const vmaOutsideNotifierSuite = suite(vmaOutsideNotifier, {
  invariants: { noStaleSize },
  reachable: { aVmaChangesDuringAFault },
  violated: { 'sequence-after-unlock': ['noStaleSize'], 'sequence-before-unlock': [] },
});
