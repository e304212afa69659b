-- What came about a number that is known to be a member's while the roster had removed them is looked for again when they
-- return.
set local search_path = handoff, derived;

alter table handoff.member
  add returned_seq bigint not null default 0;  -- of the roster change that brought them back the last time; 0 none did
