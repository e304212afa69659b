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

-- Reviews from before belong to identities too.
update handoff.review set identity_id =
  ('x' || left(encode(sha256(convert_to(facility || E'\x1f' || mrn, 'UTF8')), 'hex'), 16))::bit(64)::bigint;
insert into handoff.identity (identity_id, facility, mrn, cluster)
select distinct identity_id, facility, mrn, identity_id from handoff.review;

-- ---- Consent -------------------------------------------------------------------------------------------

-- What a member said to somebody about a program, beside what the plan's files say: the last word of each member and
-- program counts, and only another word changes it. Never changed, never deleted.
create table handoff.consent (
  id           bigint generated always as identity primary key,
  member_id    text   not null references handoff.member,
  program      text   not null,
  opted_out_on int    not null,  -- YYYYMMDD; 0: the opt-out is taken back
  reason       text   not null,
  by           text   not null,
  at           timestamptz not null default now()
);
create index consent_member on handoff.consent (member_id, program, id desc);

-- Enrolments with both words on opting out, the earlier one. What decides whether somebody is served reads this.
create view handoff.enrolment_now as
select e.member_id, e.program, e.enrolled_from, e.enrolled_to,
       coalesce(least(nullif(e.opted_out_on, 0), nullif(c.opted_out_on, 0)), 0) as opted_out_on
from handoff.enrolment e
left join lateral (
  select w.opted_out_on from handoff.consent w
  where w.member_id = e.member_id and w.program = e.program order by w.id desc limit 1
) c on true;

-- Whether people may be told of what happened to a member on a date: enrolled then, and not opted out by today.
create function handoff.is_served(who text, under text, on_date int, today int) returns boolean language sql stable as $$
  select exists (
    select from handoff.enrolment_now e
    where e.member_id = who and e.program = under and e.enrolled_from <= on_date
      and (e.enrolled_to = 0 or on_date <= e.enrolled_to) and (e.opted_out_on = 0 or e.opted_out_on > today))
$$;

-- The date up to which opt-outs, beginnings and ends of enrolments have had their replan rows: one row.
create table handoff.enrolment_day (one boolean primary key default true check (one), day int not null);
insert into handoff.enrolment_day (day) values (0);

-- Under which program a notice is sent, and the date of what it tells, in the plan's zone. '' on notices from before.
alter table handoff.notice
  add program text not null default '',
  add on_date int  not null default 0;

-- Not wanted only because the member is not served: nobody was told that what it tells no longer holds.
alter table derived.notice_plan add paused boolean not null default false;
