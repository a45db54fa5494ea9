/** The museum: real bugs of the kernel, each with its fix. */
export {
  type LeafUnderWrongGfn,
  leafUnderWrongGfn,
  leafUnderWrongGfnSteps,
} from './0cb2af2ea66a-leaf-under-wrong-gfn.ts';
export {
  type VmaOutsideNotifier,
  vmaOutsideNotifier,
  vmaOutsideNotifierSteps,
} from './13ec9308a857-vma-outside-notifier.ts';
export { type MmioOverPresent, mmioOverPresent } from './aad885e77496-mmio-over-present.ts';
