/* Case T for SPIN: two-phase commit among RM resource managers. Each process is one agent; all of its actions start where it is. */
#define ALL ((1 << RM) - 1)
#define init_ 0
#define committed_ 1
#define aborted_ 2

byte tm;
/* By manager, one bit each: working 00, prepared 01, committed 10, aborted 11. */
unsigned high : RM, low : RM;
unsigned tmPrepared : RM, prepared : RM;
bit commit, abort;

#define me (1 << _pid)

active [RM] proctype Manager()
{
	do
	:: d_step { !(high & me) && !(low & me) -> low = low | me; prepared = prepared | me }
	:: d_step { !(high & me) && !(low & me) -> high = high | me; low = low | me }
	:: d_step { commit -> high = high | me; low = low & ~me }
	:: d_step { abort -> high = high | me; low = low | me }
	:: d_step { tm == init_ && (prepared & me) -> tmPrepared = tmPrepared | me }
	od
}

active proctype Transaction()
{
	do
	:: d_step { tm == init_ && tmPrepared == ALL -> tm = committed_; commit = 1 }
	:: d_step { tm == init_ -> tm = aborted_; abort = 1 }
	:: d_step { (high & ~low) && (high & low) -> assert(false) }
	od
}
