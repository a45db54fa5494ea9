/** The first reference model: two-phase commit. */
import {
  array,
  bit,
  blocked,
  forAny,
  type Id,
  model,
  type Next,
  oneOf,
  type StateOf,
  suite,
  symmetric,
} from '#notation';

const Rm = symmetric('rm');
type Rm = Id<typeof Rm>;

const state = {
  rm: array(Rm, { is: oneOf('working', 'prepared', 'committed', 'aborted') }),
  tm: oneOf('init', 'committed', 'aborted'),
  tmPrepared: array(Rm, bit),
  /** Messages, never taken back. */
  msgs: { prepared: array(Rm, bit), commit: bit, abort: bit },
};
interface Commit extends StateOf<typeof state> {}

function TMCommit(s: Commit): Next {
  if (s.tm !== 'init' || s.tmPrepared.includes(0)) return blocked;
  s.tm = 'committed';
  s.msgs.commit = 1;
}

function TMAbort(s: Commit): Next {
  if (s.tm !== 'init') return blocked;
  s.tm = 'aborted';
  s.msgs.abort = 1;
}

function TMRcvPrepared(s: Commit, r: Rm): Next {
  if (s.tm !== 'init' || !s.msgs.prepared[r]) return blocked;
  s.tmPrepared[r] = 1;
}

function RMPrepare(s: Commit, r: Rm): Next {
  if (s.rm[r].is !== 'working') return blocked;
  s.rm[r].is = 'prepared';
  s.msgs.prepared[r] = 1;
}

function RMChooseToAbort(s: Commit, r: Rm): Next {
  if (s.rm[r].is !== 'working') return blocked;
  s.rm[r].is = 'aborted';
}

function RMRcvCommit(s: Commit, r: Rm): Next {
  if (!s.msgs.commit) return blocked;
  s.rm[r].is = 'committed';
}

function RMRcvAbort(s: Commit, r: Rm): Next {
  if (!s.msgs.abort) return blocked;
  s.rm[r].is = 'aborted';
}

export const twoPhaseCommit = model({
  name: 'two-phase-commit',
  about: 'Case T: a transaction manager and its resource managers agree on the outcome.',
  state,
  bounds: { rm: 7 },
  actions: [
    TMCommit,
    TMAbort,
    forAny(Rm, TMRcvPrepared),
    forAny(Rm, RMPrepare),
    forAny(Rm, RMChooseToAbort),
    forAny(Rm, RMRcvCommit),
    forAny(Rm, RMRcvAbort),
  ],
  variants: { 'as-published': {} },
});

/** No two managers disagree. */
function consistent(s: Commit): boolean {
  return !s.rm.some(({ is }) => is === 'aborted') || !s.rm.some(({ is }) => is === 'committed');
}

export const twoPhaseCommitSuite = suite(twoPhaseCommit, {
  invariants: { consistent },
  violated: { 'as-published': [] },
});
