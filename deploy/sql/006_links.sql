-- What messages say of two numbers of a facility, so that a link (A24) can be taken back (A37): clusters are made anew
-- from these rows each time one of their identities is decided. A row is kept while either identity is.
set local search_path = handoff, derived;

create table handoff.identity_pair (
  a            bigint  not null,  -- identities, the lesser one first
  b            bigint  not null check (a < b),
  merged       boolean not null,  -- some message merged them
  merge_stands boolean not null,  -- and was kept by its own evidence
  linked       boolean not null,  -- the latest link or unlink is a link
  link_stands  boolean not null,  -- some link was kept by its own evidence
  recorded     bigint  not null,  -- of the latest, microseconds since 1970
  said_by      bytea   not null,  -- event id of the latest; '' where there is none
  primary key (a, b)
);
create index identity_pair_b on handoff.identity_pair (b);

-- The merges from before; it is no longer known which two each of them named.
insert into handoff.identity_pair (a, b, merged, merge_stands, linked, link_stands, recorded, said_by)
select cluster, identity_id, true, true, false, false, 0, '' from handoff.identity where cluster < identity_id;
