-- The core tables. Facts and people's work live in schema handoff; what the machine derives from them,
-- and could derive again, in schema derived. Names are looked up in both, so statements name neither.
create schema handoff;
create schema derived;
do $$ begin
  execute format('alter database %I set search_path = handoff, derived', current_database());
end $$;
set local search_path = handoff, derived;

-- ---- Offsets and accounts ------------------------------------------------------------------------

-- One row a consumer and partition. The epoch is raised at each assignment; a batch moves next_offset only
-- under the epoch and offset that it began with, so a zombie cannot write.
create table handoff.kafka_offset (
  consumer     text    not null,
  topic        text    not null,
  partition    int     not null,
  epoch        bigint  not null default 0,
  start_offset bigint  not null,
  next_offset  bigint  not null,
  last_hash    bytea,            -- of the record before next_offset: a re-created topic is noticed
  primary key (consumer, topic, partition)
);

-- Every inbound offset has one first verdict, frozen: the sum of a row is next_offset - start_offset.
create table handoff.ledger (
  topic      text   not null,
  partition  int    not null,
  non_member bigint not null default 0,
  matched    bigint not null default 0,
  review     bigint not null default 0,
  held       bigint not null default 0,
  rejected   bigint not null default 0,
  test       bigint not null default 0,
  gap        bigint not null default 0,
  lost       bigint not null default 0,
  roster_seq bigint not null default 0,  -- the roster that the last batch was decided with
  primary key (topic, partition)
);

-- Cumulative counts of distinct rows, kept in the transactions that make them, so that the ledger's legs
-- can be checked against each other. `part` only spreads writers.
create table handoff.leg (
  stage text   not null,  -- linked, applied, written:TOPIC, published:TOPIC, handled:TOPIC
  part  int    not null,
  n     bigint not null,
  primary key (stage, part)
);

-- ---- The roster ----------------------------------------------------------------------------------

-- Taken last in each roster transaction, so that commit order is sequence order.
create table handoff.roster_sequence (one boolean primary key default true check (one), seq bigint not null);
insert into handoff.roster_sequence (seq) values (0);

create table handoff.member (
  member_id         text primary key,
  cin               text not null default '',
  plan_id           text not null default '',
  surname           text not null default '',
  given             text not null default '',
  middle            text not null default '',
  suffix            text not null default '',
  birth_date        int  not null default 0,  -- YYYYMMDD, 0 unknown
  sex               text not null default '',
  phone             text not null default '',
  address           text not null default '',
  city              text not null default '',
  state             text not null default '',
  zip               text not null default '',
  language          text not null default '',
  organisation      text not null default '',
  team              text not null default '',
  coordinator       text not null default '',
  coordinator_email text not null default '',
  deleted           boolean not null default false,
  seq               bigint not null,          -- of the roster change that made this row
  hash              bytea  not null           -- of the update, so that an equal one changes nothing
);
create index member_seq on handoff.member (seq, member_id);

-- How the api names a coordinator, so that no address is in a URL: the first 16 hex digits of the SHA-256
-- of the e-mail in lower case, of the name where there is no e-mail, '' where there is neither. Written so
-- that the planner can inline it: the doubled backslash is for the cast.
create function handoff.coordinator_id(email text, name text) returns text language sql immutable parallel safe as $$
  select case
    when email <> '' then left(encode(sha256(replace(lower(email), '\', '\\')::bytea), 'hex'), 16)
    when name <> '' then left(encode(sha256(replace(lower(name), '\', '\\')::bytea), 'hex'), 16)
    else '' end
$$;
create index member_coordinator on handoff.member (handoff.coordinator_id(coordinator_email, coordinator), seq);

create table handoff.enrolment (
  member_id     text not null references handoff.member on delete cascade,
  program       text not null,
  enrolled_from int  not null default 0,  -- YYYYMMDD
  enrolled_to   int  not null default 0,
  opted_out_on  int  not null default 0,
  primary key (member_id, program, enrolled_from)
);

-- The row that writers lock, in id order, before they touch a member.
create table handoff.member_state (
  member_id text primary key,
  messages  bigint not null default 0  -- notices and corrections written so far: each takes its key from the number
);

-- ---- Links, reviews, events -----------------------------------------------------------------------

-- The truth about who an event is about. transitions applies an event only while its link names that member
-- in that version.
create table handoff.event_link (
  event_id   bytea    not null,
  subject    smallint not null,
  member_id  text     not null,
  version    int      not null default 1,
  decision   text     not null,  -- exact-identifier, exact-demographics
  why        jsonb    not null,
  made_at    timestamptz not null default now(),
  primary key (event_id, subject)
);
create index event_link_member on handoff.event_link (member_id);
create index event_link_made on handoff.event_link (made_at);

-- What a person has to decide. Keeps the message itself, since the topic's retention may be shorter.
create table handoff.review (
  event_id   bytea    not null,
  subject    smallint not null,
  reason     text     not null,  -- identifier-not-confirmed, near, not-unique
  candidates text[]   not null,
  why        jsonb    not null,
  facility   text     not null,
  mrn        text     not null,
  feed       text     not null,
  message    bytea    not null,
  event      bytea    not null,  -- AdtEvent
  made_at    timestamptz not null default now(),
  primary key (event_id, subject)
);

-- The events of members, kept: a member's state is a fold over these rows.
create table handoff.member_event (
  member_id text     not null,
  event_id  bytea    not null,
  subject   smallint not null,
  link      int      not null,  -- version of the link under which it came
  event     bytea    not null,  -- AdtEvent
  occurred  timestamptz not null,
  primary key (member_id, event_id, subject, link)
);

-- ---- Derived: what the fold and the plan say -------------------------------------------------------

create table derived.encounter (
  member_id    text     not null,
  encounter_id bytea    not null,
  facility     text     not null,
  visit        text     not null,
  setting      text     not null,  -- of its last phase; '' when aside or void
  state        text     not null,  -- open, ended, void, aside
  started      timestamptz,
  ended        timestamptz,
  destination  text     not null,
  disposition  text     not null,
  episode_id   bytea,
  primary key (member_id, encounter_id)
);

create table derived.episode (
  member_id  text  not null,
  episode_id bytea not null,
  started    timestamptz not null,
  ended      timestamptz,
  primary key (member_id, episode_id)
);

create table derived.transition (
  member_id     text  not null,
  transition_id bytea not null,
  episode_id    bytea not null,
  encounter_id  bytea not null,
  from_setting  text  not null,
  to_setting    text  not null,
  occurred      timestamptz not null,
  facility      text  not null,
  destination   text  not null,
  disposition   text  not null,
  primary key (member_id, transition_id)
);
create index transition_occurred on derived.transition (occurred);

-- What the machine wants; written by transitions only.
create table derived.task_plan (
  key       bytea not null primary key,  -- of (member, change, template)
  member_id text  not null,
  change    bytea not null,
  aliases   bytea[] not null,
  template  text  not null,
  title     text  not null,
  role      text  not null,
  want      text  not null check (want in ('wanted', 'superseded', 'withdrawn')),
  due       timestamptz not null,
  reason    text  not null,
  protocol  text  not null,
  protocol_hash bytea not null,
  outcomes  text[] not null,
  occurred  timestamptz not null,          -- of the transition
  planned_at timestamptz not null default now()
);
create index task_plan_member on derived.task_plan (member_id);
create index task_plan_due on derived.task_plan (due, key) where want = 'wanted';
create index task_plan_planned on derived.task_plan (planned_at);

create table derived.notice_plan (
  plan_key   bytea not null primary key,   -- of (member, change, notice)
  member_id  text  not null,
  change     bytea not null,
  name       text  not null,
  wanted     boolean not null,
  key        bytea not null unique         -- of the latest message about it: what the notifier asks for
);
create index notice_plan_member on derived.notice_plan (member_id);

-- ---- What people did; written by api only -----------------------------------------------------------

create table handoff.task_work (
  member_id  text  not null,
  change     bytea not null,
  template   text  not null,
  status     text  not null check (status in ('open', 'claimed', 'done')),
  assignee   text  not null default '',
  outcome    text  not null default '',
  note       text  not null default '',
  version    int   not null default 1,
  occurred   timestamptz not null,
  updated_at timestamptz not null default now(),
  updated_by text  not null,
  primary key (member_id, change, template)
);

create table handoff.task_history (
  id         bigint generated always as identity primary key,
  key        bytea not null,
  at         timestamptz not null default now(),
  by         text not null,
  action     text not null,
  detail     jsonb not null default '{}'
);
create index task_history_key on handoff.task_history (key);

-- The status that people see: plan and work together. Work follows its task under any alias. `want` and
-- work_status stand beside it, so that a query for what is to be done can say want = 'wanted' and use
-- task_plan_due.
create view handoff.task as
select p.key, p.member_id, p.template, p.title, p.role, p.due, p.reason as why, p.protocol, p.outcomes,
       p.occurred, p.planned_at, p.change, p.aliases, p.want,
       coalesce(w.status, 'open') as work_status, w.change as work_change,
       coalesce(w.assignee, '') as assignee, coalesce(w.outcome, '') as outcome, coalesce(w.note, '') as note,
       coalesce(w.version, 0) as version, w.updated_at,
       case when w.status = 'done' then 'done'
            when p.want <> 'wanted' then p.want
            else coalesce(w.status, 'open') end as status,
       (p.want = 'withdrawn' and coalesce(w.status, 'open') <> 'open') as flagged
from derived.task_plan p
left join lateral (
  select * from handoff.task_work w
  where w.member_id = p.member_id and w.template = p.template and w.change = any (p.aliases)
  order by (w.status = 'done') desc, w.updated_at desc, w.change limit 1
) w on true;

-- ---- Outbox, replanning, deliveries ------------------------------------------------------------------

-- Committed rows that are to become messages. The id is taken under the member's lock, so a member's rows
-- are in order; a relay sends a key's next row only after the earlier one's report, which deletes it.
create table handoff.outbox (
  id          bigint generated always as identity primary key,
  topic       text  not null,
  key         bytea not null,
  shard       smallint not null generated always as ((hashtextextended(encode(key, 'hex'), 0) & 15)::smallint) stored,
  ce_id       text  not null,
  ce_type     text  not null,
  ce_time     timestamptz not null default now(),
  traceparent text  not null default '',
  headers     text[] not null default '{}',  -- name, value, name, value …
  payload     bytea not null
);
create index outbox_shard on handoff.outbox (shard, id);

-- Whatever changes a plan's inputs writes a row in its own transaction; transitions drains them.
create table handoff.replan (
  id        bigint generated always as identity primary key,
  member_id text not null,
  reason    text not null,
  made_at   timestamptz not null default now()
);

-- Notices as the notifier handled them, one row a key.
create table handoff.notice (
  key        bytea primary key,
  member_id  text not null,
  name       text not null,
  body       bytea not null,   -- Notice
  handled_at timestamptz not null default now()
);

create table handoff.delivery (
  id         bigint generated always as identity primary key,
  notice_key bytea not null references handoff.notice,
  channel    text  not null,   -- email, webhook
  recipient  text  not null,
  message_id text  not null,   -- SMTP Message-ID or webhook-id: deterministic
  status     text  not null default 'pending' check (status in ('pending', 'sent', 'ambiguous', 'failed', 'not-wanted')),
  attempts   int   not null default 0,
  ambiguous  int   not null default 0,   -- attempts of which nobody knows whether they arrived
  next_attempt_at timestamptz not null default now(),  -- while an attempt is on its way: the end of its lease
  last_error text  not null default '',  -- '' after the first attempt: no outcome is known
  sent_at    timestamptz,
  unique (notice_key, channel, recipient)
);
create index delivery_pending on handoff.delivery (next_attempt_at) where status in ('pending', 'ambiguous');
