-- Case P for Murphi: pte_list_add and pte_list_remove with tail counts. Identities count from 1; 0 is none.
const
  SPTE_MORE: SPTE + 1;
  DESC_MORE: DESC + 1;
  ALL_SLOTS: DESC * EXT;
  LINKS: HEAD + DESC;
type
  head_t: 1..HEAD;
  spte_t: 1..SPTE;
  desc_t: 1..DESC;
  slot_t: 1..EXT;
  maybe_head: 0..HEAD;
  maybe_spte: 0..SPTE;
  maybe_desc: 0..DESC;
var
  one: array [head_t] of maybe_spte;
  many: array [head_t] of maybe_desc;
  more: array [desc_t] of maybe_desc;
  cnt: array [desc_t] of 0..EXT;
  tail: array [desc_t] of 0..SPTE;
  slot: array [desc_t] of array [slot_t] of maybe_spte;
  place: array [spte_t] of maybe_head;

function free_desc(): maybe_desc; begin
  for d: desc_t do
    if cnt[d] = 0 then return d; end;
  end;
  return 0;
end;

-- Whether all that is said of the list of one head is so.
function head_is_right(h: head_t): boolean;
var
  d: maybe_desc;
  left: -ALL_SLOTS..ALL_SLOTS;
  steps: 0..DESC_MORE;
begin
  if one[h] != 0 & (many[h] != 0 | place[one[h]] != h) then return false; end;
  if many[h] = 0 then return true; end;
  d := many[h];
  left := tail[d] + cnt[d];
  steps := 0;
  while d != 0 do
    steps := steps + 1;
    if steps > DESC then return false; end;
    if cnt[d] < 1 | (d != many[h] & cnt[d] != EXT) then return false; end;
    left := left - cnt[d];
    if tail[d] != left then return false; end;
    for i: slot_t do
      if (slot[d][i] != 0) != (i <= cnt[d]) then return false; end;
      if slot[d][i] != 0 then
        if place[slot[d][i]] != h then return false; end;
      end;
    end;
    d := more[d];
  end;
  return left = 0;
end;

-- How often an SPTE stands in any list, and how often a descriptor does.
function times_listed(x: spte_t): 0..SPTE_MORE;
var
  times: 0..SPTE_MORE;
begin
  times := 0;
  for h: head_t do if one[h] = x then times := times + 1; end; end;
  for d: desc_t do for i: slot_t do
    if slot[d][i] = x then times := times + 1; end;
  end; end;
  return times;
end;

function times_linked(d: desc_t): 0..LINKS;
var
  times: 0..LINKS;
begin
  times := 0;
  for h: head_t do if many[h] = d then times := times + 1; end; end;
  for e: desc_t do if more[e] = d then times := times + 1; end; end;
  return times;
end;

startstate begin
  for h: head_t do one[h] := 0; many[h] := 0; end;
  for d: desc_t do
    more[d] := 0; cnt[d] := 0; tail[d] := 0;
    for i: slot_t do slot[d][i] := 0; end;
  end;
  for x: spte_t do place[x] := 0; end;
end;

ruleset x: spte_t; h: head_t do
  rule "add" place[x] = 0 & (free_desc() != 0 | (many[h] = 0 ? one[h] = 0 : cnt[many[h]] < EXT)) ==>
  var
    d, e: maybe_desc;
  begin
    if many[h] = 0 then
      if one[h] = 0 then
        one[h] := x;
      else
        d := free_desc();
        slot[d][1] := one[h];
        slot[d][2] := x;
        cnt[d] := 2;
        one[h] := 0;
        many[h] := d;
      end;
    else
      d := many[h];
      if cnt[d] < EXT then
        slot[d][cnt[d] + 1] := x;
        cnt[d] := cnt[d] + 1;
      else
        e := free_desc();
        more[e] := d;
        tail[e] := tail[d] + cnt[d];
        cnt[e] := 1;
        slot[e][1] := x;
        many[h] := e;
      end;
    end;
    place[x] := h;
  end;
end;

ruleset x: spte_t do
  rule "remove" place[x] != 0 ==>
  var
    h: maybe_head;
    d, e: maybe_desc;
    i: 1..EXT;
    j: 0..EXT;
  begin
    h := place[x];
    place[x] := 0;
    if many[h] = 0 then
      one[h] := 0;
    else
      d := many[h];
      e := d;
      i := 1;
      while slot[e][i] != x do
        if i < EXT then i := i + 1; else i := 1; e := more[e]; end;
      end;
      j := cnt[d];
      slot[e][i] := slot[d][j];
      slot[d][j] := 0;
      cnt[d] := j - 1;
      if cnt[d] = 0 then
        many[h] := more[d];
        more[d] := 0;
        tail[d] := 0;
      end;
    end;
  end;
end;

invariant "lists are right" forall h: head_t do head_is_right(h) end;
invariant "listed once, and where it is said to be"
  forall x: spte_t do times_listed(x) = (place[x] = 0 ? 0 : 1) end;
invariant "free descriptors are empty, and no other is lost"
  forall d: desc_t do
    times_linked(d) = (cnt[d] = 0 ? 0 : 1) &
    (cnt[d] != 0 | (more[d] = 0 & tail[d] = 0 & (forall i: slot_t do slot[d][i] = 0 end)))
  end;
