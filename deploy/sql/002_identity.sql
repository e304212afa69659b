-- Matching decides about identities, a facility's MRN on all evidence about it, and people decide what the machine
-- cannot. Nothing is kept here about an identity that is known to be nobody of ours.
set local search_path = handoff, derived;

-- ---- Identities --------------------------------------------------------------------------------------

-- A facility's MRN of which some event is linked, held or in review, or about which a person decided. Whoever decides
-- about it first locks the rows of its cluster, in id order, and only then members' states.
create table handoff.identity (
  identity_id bigint primary key,          -- of the first 8 bytes of SHA-256(facility, 0x1f, mrn), as they stand
  facility    text   not null,
  mrn         text   not null,
  cluster     bigint not null,             -- the least identity_id of those that merges joined
  -- A member was found or named for it, and the look-back has not yet read the window again for its messages.
  look_back   boolean not null default false,
  made_at     timestamptz not null default now()
);
create index identity_cluster on handoff.identity (cluster);
create index identity_look_back on handoff.identity (identity_id) where look_back;

-- Whom an identity was found to be. What a person said (same, not-same) the machine never changes.
create table handoff.identity_member (
  identity_id bigint not null references handoff.identity,
  member_id   text   not null,
  state       text   not null check (state in ('matched', 'same', 'not-same')),
  by          text   not null default '',  -- the person; '' the machine
  note        text   not null default '',
  at          timestamptz not null default now(),
  primary key (identity_id, member_id)
);
create unique index identity_member_same on handoff.identity_member (identity_id) where state = 'same';
create index identity_member_member on handoff.identity_member (member_id);

-- ---- Links -------------------------------------------------------------------------------------------

-- member_id '' says that the event is about nobody of ours, after a link was undone. The event stays with its link, so
-- that an undo can move it.
alter table handoff.event_link
  add identity_id bigint,    -- null on links from before this table
  add own         boolean not null default true,  -- by the event's own evidence; else by what its identity is known for
  add feed        text  not null default '',
  add event       bytea;     -- AdtEvent; null on links from before
create index event_link_identity on handoff.event_link (identity_id);

-- ---- Reviews and held events ---------------------------------------------------------------------------

-- state 'review': a person decides; 'held': waits for evidence about the same identity, until a time limit.
alter table handoff.review
  add state       text   not null default 'review' check (state in ('review', 'held')),
  add identity_id bigint,
  add status      text   not null default 'open' check (status in ('open', 'needs-more')),
  add score       double precision not null default 0,
  add explanation jsonb  not null default '[]',  -- of each candidate: member_id, score, why; best first
  add traceparent text   not null default '',
  add updated_at  timestamptz not null default now(),
  add updated_by  text   not null default '',
  add note        text   not null default '',
  add version     int    not null default 1;
create index review_identity on handoff.review (identity_id);
create index review_made on handoff.review (state, made_at);

-- What people decided about identities, and undid: never changed, never deleted.
create table handoff.decision_history (
  id          bigint generated always as identity primary key,
  identity_id bigint not null,
  event_id    bytea,            -- of the item that was decided; null for a link that was undone
  subject     smallint,
  at          timestamptz not null default now(),
  by          text not null,
  action      text not null,    -- same, not-same, needs-more, undo
  member_id   text not null,    -- '' for needs-more
  detail      jsonb not null default '{}'
);
create index decision_history_identity on handoff.decision_history (identity_id);

-- ---- Deciding again ------------------------------------------------------------------------------------

-- Whatever changes what an identity is decided on writes a row in its own transaction; the matcher drains them. A row
-- with a message is one that the look-back found in the window: it is decided as if it had just come, but is in the
-- ledger already, and is deleted with the decision.
create table handoff.redecide (
  id           bigint generated always as identity primary key,
  identity_id  bigint,
  content_type text,
  message      bytea,
  traceparent  text not null default '',
  reason       text not null,  -- decision, undo, roster, look-back
  made_at      timestamptz not null default now()
);

-- How far the look-back has come: one row. The roster as of this sequence has been looked for in the window.
create table handoff.look_back (
  one        boolean primary key default true check (one),
  roster_seq bigint not null default 0,
  messages   bigint not null default 0,  -- read, ever
  found      bigint not null default 0,  -- handed to the matcher, ever
  updated_at timestamptz not null default now()
);
insert into handoff.look_back (roster_seq) select seq from handoff.roster_sequence;
