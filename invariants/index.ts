/** The suites: what is claimed of each model. */
export { dirtyLogSuite } from './dirty-log.ts';
export { pteListSuite } from './pte-list.ts';
export { writeProtectSuite } from './write-protect.ts';
export * from './museum/index.ts';
export { coalesceSuite } from './coalesce.ts';
