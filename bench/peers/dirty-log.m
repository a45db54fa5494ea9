-- Case L for Murphi: vCPUs that fault, and an ioctl that reaps the dirty log.
const
  IOCTL: VCPU + 1;
  CURSOR: VCPU + PAGE;
type
  vcpu: 1..VCPU;
  page: 1..PAGE;
  pages: array [page] of boolean;
var
  -- Who holds the lock: 0 nobody, else a vCPU, or the ioctl, one more than all of them.
  lock: 0..IOCTL;
  pc: array [vcpu] of enum { idle, locking, spte, rmap, mark, unlocking };
  tg: array [vcpu] of 0..PAGE;
  w, tlb: array [vcpu] of pages;
  rm: array [page] of array [vcpu] of boolean;
  bm, snap, wr: pages;
  ipc: enum { i_idle, i_read, i_lock, i_walk, i_unlock, i_flush, i_deliver, i_done };
  ig: 0..CURSOR;

startstate begin
  clear lock;
  for v: vcpu do
    pc[v] := idle;
    tg[v] := 0;
    for g: page do w[v][g] := false; tlb[v][g] := false; rm[g][v] := false; end;
  end;
  for g: page do bm[g] := false; snap[g] := false; wr[g] := false; end;
  lock := 0;
  ipc := i_idle;
  ig := 0;
end;

ruleset v: vcpu; g: page do
  rule "TlbLoad" pc[v] = idle & w[v][g] & !tlb[v][g] ==> begin tlb[v][g] := true; end;
  rule "Write" pc[v] = idle & tlb[v][g] & !wr[g] ==> begin wr[g] := true; end;
  rule "Fault" pc[v] = idle & !w[v][g] & !tlb[v][g] ==> begin tg[v] := g; pc[v] := locking; end;
end;

ruleset v: vcpu do
  rule "FLock" pc[v] = locking & lock = 0 ==> begin lock := v; pc[v] := spte; end;
  rule "FSpte" pc[v] = spte ==> begin w[v][tg[v]] := true; pc[v] := rmap; end;
  rule "FRmap" pc[v] = rmap ==> begin rm[tg[v]][v] := true; pc[v] := mark; end;
  rule "FMark" pc[v] = mark ==> begin bm[tg[v]] := true; pc[v] := unlocking; end;
  rule "FUnlock" pc[v] = unlocking ==> begin lock := 0; tg[v] := 0; pc[v] := idle; end;
end;

rule "IStart" ipc = i_idle ==> begin ipc := i_read; ig := 1; end;
rule "IRead" ipc = i_read ==> begin
  snap[ig] := bm[ig];
  bm[ig] := false;
  if ig < PAGE then ig := ig + 1; else ig := 0; ipc := i_lock; end;
end;
rule "ILock" ipc = i_lock & lock = 0 ==> begin lock := IOCTL; ipc := i_walk; ig := 1; end;
rule "IWalk" ipc = i_walk ==> begin
  if snap[ig] then
    for v: vcpu do
      if rm[ig][v] then w[v][ig] := false; end;
    end;
  end;
  if ig < PAGE then ig := ig + 1; else ig := 0; ipc := i_unlock; end;
end;
rule "IUnlock" ipc = i_unlock ==> begin lock := 0; ipc := i_flush; ig := 1; end;
rule "IFlush" ipc = i_flush ==> begin
  for g: page do tlb[ig][g] := false; end;
  if ig < VCPU then ig := ig + 1; else ig := 0; ipc := i_deliver; end;
end;
rule "IDeliver" ipc = i_deliver ==> begin
  for g: page do
    if snap[g] then wr[g] := false; end;
    snap[g] := false;
  end;
  ipc := i_done;
end;
rule "IDone" ipc = i_done ==> begin ipc := i_idle; end;

invariant "delivered"
  ipc != i_done | (forall g: page do
    !(wr[g] | (exists v: vcpu do w[v][g] | tlb[v][g] end)) |
    bm[g] | (exists v: vcpu do tg[v] = g & (pc[v] = rmap | pc[v] = mark) end)
  end);
invariant "in the rmap"
  forall v: vcpu do forall g: page do w[v][g] -> (rm[g][v] | (pc[v] = rmap & tg[v] = g)) end end;
invariant "locked"
  (forall v: vcpu do (lock = v) = (pc[v] != idle & pc[v] != locking) end) &
  (lock = IOCTL) = (ipc = i_walk | ipc = i_unlock);
