-- The newest roster file of each sender, so that an older one undoes nothing unasked.
set local search_path = handoff, derived;

create table handoff.roster_file (
  sender      text not null,  -- of an 834: ISA-06
  program     text not null,  -- that its coverages were said to mean; '' none
  file_date   int  not null,  -- BGN-03, YYYYMMDD
  imported_at timestamptz not null default now(),
  primary key (sender, program)
);
