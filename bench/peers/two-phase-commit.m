-- Case T for Murphi: two-phase commit among RM resource managers.
type
  manager: 1..RM;
var
  rm: array [manager] of enum { working, prepared, committed, aborted };
  tm: enum { tm_init, tm_committed, tm_aborted };
  tm_prepared, prepared_sent: array [manager] of boolean;
  commit, abort: boolean;

startstate begin
  for r: manager do
    rm[r] := working;
    tm_prepared[r] := false;
    prepared_sent[r] := false;
  end;
  tm := tm_init;
  commit := false;
  abort := false;
end;

rule "TMCommit" tm = tm_init & (forall r: manager do tm_prepared[r] end) ==> begin
  tm := tm_committed;
  commit := true;
end;

rule "TMAbort" tm = tm_init ==> begin
  tm := tm_aborted;
  abort := true;
end;

ruleset r: manager do
  rule "TMRcvPrepared" tm = tm_init & prepared_sent[r] ==> begin tm_prepared[r] := true; end;
  rule "RMPrepare" rm[r] = working ==> begin rm[r] := prepared; prepared_sent[r] := true; end;
  rule "RMChooseToAbort" rm[r] = working ==> begin rm[r] := aborted; end;
  rule "RMRcvCommit" commit ==> begin rm[r] := committed; end;
  rule "RMRcvAbort" abort ==> begin rm[r] := aborted; end;
end;

invariant "consistent"
  !((exists r: manager do rm[r] = aborted end) & (exists r: manager do rm[r] = committed end));
