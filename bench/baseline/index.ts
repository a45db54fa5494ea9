/** The reference models, each with a search written for it alone. */
export type { BaselineResult } from './breadth-first.ts';
export { searchDirtyLog } from './dirty-log.ts';
export { searchPteList } from './pte-list.ts';
export { searchPteListByAction } from './pte-list-by-action.ts';
export { searchTwoPhaseCommit } from './two-phase-commit.ts';
