/** The suites of the museum: what each bug breaks, and each fix holds. */
export { leafUnderWrongGfnSuite } from './0cb2af2ea66a-leaf-under-wrong-gfn.ts';
export { vmaOutsideNotifierSuite } from './13ec9308a857-vma-outside-notifier.ts';
export { mmioOverPresentSuite } from './aad885e77496-mmio-over-present.ts';
