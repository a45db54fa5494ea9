/** The suites: what is claimed of each model. */
export { dirtyLogSuite } from './dirty-log.ts';
export { pteListSuite } from './pte-list.ts';
