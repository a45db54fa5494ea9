/* Case P for SPIN: pte_list_add and pte_list_remove with tail counts. Each process is one SPTE. Identities are stored plus 1; 0 is none. */
byte one[HEAD], many[HEAD];
byte more[DESC], cnt[DESC], tail[DESC];
byte slot[DESC * EXT];
byte where[SPTE];

/* Only used within a step, and 0 between steps. */
byte d, e, i, j, h;

c_code {
	static int broken(void)
	{
		int used = 0, listed = 0, here = 0, head, at, k;
		for (head = 0; head < HEAD; head++) {
			int after;
			if (now.one[head]) {
				if (now.many[head] || now.where[now.one[head] - 1] != head + 1)
					return 1;
				listed |= 1 << now.one[head];
			}
			if (!now.many[head])
				continue;
			after = now.tail[now.many[head] - 1] + now.cnt[now.many[head] - 1];
			for (at = now.many[head]; at; at = now.more[at - 1]) {
				if (++used > DESC)
					return 1;
				if (at == now.many[head] ? now.cnt[at - 1] < 1 || now.cnt[at - 1] > EXT : now.cnt[at - 1] != EXT)
					return 1;
				after -= now.cnt[at - 1];
				if (now.tail[at - 1] != after)
					return 1;
				for (k = 0; k < EXT; k++) {
					int x = now.slot[(at - 1) * EXT + k];
					if ((x != 0) != (k < now.cnt[at - 1]))
						return 1;
					if (x && (now.where[x - 1] != head + 1 || (listed & (1 << x))))
						return 1;
					if (x)
						listed |= 1 << x;
				}
			}
			if (after != 0)
				return 1;
		}
		for (at = 0; at < DESC; at++) {
			if (now.cnt[at])
				continue;
			used++;
			if (now.more[at] || now.tail[at])
				return 1;
			for (k = 0; k < EXT; k++)
				if (now.slot[at * EXT + k])
					return 1;
		}
		for (k = 0; k < SPTE; k++)
			if (now.where[k])
				here |= 1 << (k + 1);
		return used != DESC || here != listed;
	}
}

/* The lowest free descriptor, plus 1; 0 when there is none. */
#define FREE (cnt[0] == 0 -> 1 : (cnt[1] == 0 -> 2 : (cnt[2] == 0 -> 3 : FOURTH)))
#if DESC > 3
#define FOURTH (cnt[3] == 0 -> 4 : 0)
#else
#define FOURTH 0
#endif

inline add(head)
{
	if
	:: many[head] == 0 && one[head] == 0 -> one[head] = _pid + 1
	:: many[head] == 0 && one[head] != 0 ->
		d = FREE - 1;
		slot[d * EXT] = one[head];
		slot[d * EXT + 1] = _pid + 1;
		cnt[d] = 2;
		one[head] = 0;
		many[head] = d + 1
	:: many[head] != 0 ->
		d = many[head] - 1;
		if
		:: cnt[d] < EXT -> slot[d * EXT + cnt[d]] = _pid + 1; cnt[d] = cnt[d] + 1
		:: else ->
			e = FREE - 1;
			more[e] = d + 1;
			tail[e] = tail[d] + cnt[d];
			cnt[e] = 1;
			slot[e * EXT] = _pid + 1;
			many[head] = e + 1
		fi
	fi;
	where[_pid] = head + 1;
	d = 0; e = 0
}

inline remove()
{
	h = where[_pid] - 1;
	where[_pid] = 0;
	if
	:: many[h] == 0 -> one[h] = 0
	:: else ->
		d = many[h] - 1;
		e = d;
		i = 0;
		do
		:: slot[e * EXT + i] == _pid + 1 -> break
		:: else ->
			i++;
			if
			:: i == EXT -> i = 0; e = more[e] - 1
			:: else
			fi
		od;
		j = cnt[d] - 1;
		slot[e * EXT + i] = slot[d * EXT + j];
		slot[d * EXT + j] = 0;
		cnt[d] = j;
		if
		:: j == 0 -> many[h] = more[d]; more[d] = 0; tail[d] = 0
		:: else
		fi
	fi;
	d = 0; e = 0; i = 0; j = 0; h = 0
}

#define CAN_ADD(head) (where[_pid] == 0 && \
	(FREE != 0 || (many[head] == 0 && one[head] == 0) || (many[head] != 0 && cnt[many[head] - 1] < EXT)))

active [SPTE] proctype Spte()
{
	do
	:: d_step { CAN_ADD(0) -> add(0) }
#if HEAD > 1
	:: d_step { CAN_ADD(1) -> add(1) }
#endif
	:: d_step { where[_pid] != 0 -> remove() }
	od
}

active proctype Claim()
{
	do
	:: c_expr { (broken()) } -> assert(false)
	od
}
