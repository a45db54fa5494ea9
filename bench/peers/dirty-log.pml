/* Case L for SPIN: vCPUs that fault, and an ioctl that reaps the dirty log. Each process is one thread; pages count from 0. */
#define IOCTL (VCPU + 1)
#define idle 0
#define lock_ 1
#define spte 2
#define rmap 3
#define mark 4
#define unlock_ 5
#define i_idle 0
#define i_read 1
#define i_lock 2
#define i_walk 3
#define i_unlock 4
#define i_flush 5
#define i_deliver 6
#define i_done 7

/* Who holds the lock, plus 1; 0 when it is free. */
byte lock;
/* The page that a vCPU faulted on, plus 1. */
byte pc[VCPU], tg[VCPU];
/* Sets of pages, and of vCPUs, as bits. */
byte w[VCPU], tlb[VCPU], rm[PAGE], bm, snap, wr;
/* The ioctl, and its cursor, from 1; 0 when it is not used. */
byte ipc, ig;

/* Only used within a step, and 0 between steps. */
byte v;

c_code {
	static int broken(void)
	{
		int page, cpu, walks = now.ipc == i_walk || now.ipc == i_unlock;
		for (cpu = 0; cpu < VCPU; cpu++) {
			int inside = now.pc[cpu] >= spte;
			if ((now.lock == cpu + 1) != inside)
				return 1;
			for (page = 0; page < PAGE; page++)
				if ((now.w[cpu] >> page & 1) && !(now.rm[page] >> cpu & 1) && !(now.pc[cpu] == rmap && now.tg[cpu] == page + 1))
					return 1;
		}
		if ((now.lock == IOCTL) != walks)
			return 1;
		if (now.ipc != i_done)
			return 0;
		for (page = 0; page < PAGE; page++) {
			int written = now.wr >> page & 1, marks = now.bm >> page & 1;
			for (cpu = 0; cpu < VCPU; cpu++) {
				written |= (now.w[cpu] | now.tlb[cpu]) >> page & 1;
				marks |= now.tg[cpu] == page + 1 && (now.pc[cpu] == rmap || now.pc[cpu] == mark);
			}
			if (written && !marks)
				return 1;
		}
		return 0;
	}
}

#define guest(g) \
	:: d_step { pc[_pid] == idle && (w[_pid] & (1 << g)) && !(tlb[_pid] & (1 << g)) -> tlb[_pid] = tlb[_pid] | (1 << g) } \
	:: d_step { pc[_pid] == idle && (tlb[_pid] & (1 << g)) && !(wr & (1 << g)) -> wr = wr | (1 << g) } \
	:: d_step { pc[_pid] == idle && !(w[_pid] & (1 << g)) && !(tlb[_pid] & (1 << g)) -> tg[_pid] = g + 1; pc[_pid] = lock_ }

active [VCPU] proctype Vcpu()
{
	do
	guest(0)
#if PAGE > 1
	guest(1)
#endif
	:: d_step { pc[_pid] == lock_ && lock == 0 -> lock = _pid + 1; pc[_pid] = spte }
	:: d_step { pc[_pid] == spte -> w[_pid] = w[_pid] | (1 << (tg[_pid] - 1)); pc[_pid] = rmap }
	:: d_step { pc[_pid] == rmap -> rm[tg[_pid] - 1] = rm[tg[_pid] - 1] | (1 << _pid); pc[_pid] = mark }
	:: d_step { pc[_pid] == mark -> bm = bm | (1 << (tg[_pid] - 1)); pc[_pid] = unlock_ }
	:: d_step { pc[_pid] == unlock_ -> lock = 0; tg[_pid] = 0; pc[_pid] = idle }
	od
}

#define this (1 << (ig - 1))

inline onwards(last, first, then)
{
	if
	:: ig < last -> ig++
	:: else -> ig = first; ipc = then
	fi
}

active proctype Ioctl()
{
	do
	:: d_step { ipc == i_idle -> ipc = i_read; ig = 1 }
	:: d_step { ipc == i_read -> snap = (snap & ~this) | (bm & this); bm = bm & ~this; onwards(PAGE, 0, i_lock) }
	:: d_step { ipc == i_lock && lock == 0 -> lock = IOCTL; ipc = i_walk; ig = 1 }
	:: d_step { ipc == i_walk ->
		if
		:: snap & this ->
			v = 0;
			do
			:: v < VCPU ->
				if
				:: rm[ig - 1] & (1 << v) -> w[v] = w[v] & ~this
				:: else
				fi;
				v++
			:: else -> break
			od;
			v = 0
		:: else
		fi;
		onwards(PAGE, 0, i_unlock)
	}
	:: d_step { ipc == i_unlock -> lock = 0; ipc = i_flush; ig = 1 }
	:: d_step { ipc == i_flush -> tlb[ig - 1] = 0; onwards(VCPU, 0, i_deliver) }
	:: d_step { ipc == i_deliver -> wr = wr & ~snap; snap = 0; ipc = i_done }
	:: d_step { ipc == i_done -> ipc = i_idle }
	:: c_expr { (broken()) } -> assert(false)
	od
}
