-- Transitions: what the plan knows of a member beside the enrolments, the instants at which a plan becomes another
-- without any event, the measures, and what a task is for.
set local search_path = handoff, derived;

-- ---- The roster ----------------------------------------------------------------------------------------

alter table handoff.member
  add county         text    not null default '',    -- of residence: "Orange"
  add conditions     text[]  not null default '{}',  -- groups of deploy/codes that the plan knows of
  add needs          text[]  not null default '{}',  -- food, temporary-housing, permanent-housing …
  add homeless       text    not null default '',    -- '', no, yes, chronic
  add risk           text    not null default '',    -- '', low, medium, high
  add pregnant_until int     not null default 0,     -- YYYYMMDD
  add dual           boolean not null default false;

-- ---- The clock -----------------------------------------------------------------------------------------

-- wake_at: the next instant at which the member's plan is another without any event; null: none. Whoever plans the
-- member writes it, so that it is due once, whatever the number of copies.
alter table handoff.member_state
  add wake_at timestamptz,
  add plans   bigint not null default 0;  -- how often the member was planned
create index member_state_wake on handoff.member_state (wake_at) where wake_at is not null;

-- ---- Derived -------------------------------------------------------------------------------------------

alter table derived.encounter
  add planned    boolean not null default false,  -- announced before it began, or elective
  add on_leave   boolean not null default false,
  add last_heard timestamptz;                     -- the latest recorded time of its events that stand

alter table derived.transition
  add kind  text   not null default 'change-of-setting',  -- discharge-announced, silence
  add flags text[] not null default '{}';                 -- readmission, planned, ed-high-utiliser …

alter table derived.task_plan
  add purpose text   not null default '',
  add measure text   not null default '',    -- whose numerator it serves; '' none
  add serves  text[] not null default '{}';  -- services of the program

-- A reminder's template; '' where the notice tells of a transition. A reminder that is not wanted any more is only
-- dropped: nobody is told that a task need not be done.
alter table derived.notice_plan
  add task text        not null default '',
  add due  timestamptz;  -- of the reminder's task, as it was said

-- One row for each event that counts for a measure, or would but for an exclusion.
create table derived.measure (
  member_id     text  not null,
  measure       text  not null,
  transition_id bytea not null,
  date          int   not null,  -- of the transition, local: its month is the measure's
  state         text  not null check (state in ('met', 'missed', 'open', 'excluded')),
  last_day      int   not null,  -- of the window
  reason        text  not null,
  primary key (member_id, measure, transition_id)
);
create index measure_date on derived.measure (date, measure, state);

-- ---- The status that people see ------------------------------------------------------------------------

create or replace view handoff.task as
select p.key, p.member_id, p.template, p.title, p.role, p.due, p.reason as why, p.protocol, p.outcomes,
       p.occurred, p.planned_at, p.change, p.aliases, p.want,
       coalesce(w.status, 'open') as work_status, w.change as work_change,
       coalesce(w.assignee, '') as assignee, coalesce(w.outcome, '') as outcome, coalesce(w.note, '') as note,
       coalesce(w.version, 0) as version, w.updated_at,
       case when w.status = 'done' then 'done'
            when p.want <> 'wanted' then p.want
            else coalesce(w.status, 'open') end as status,
       (p.want = 'withdrawn' and coalesce(w.status, 'open') <> 'open') as flagged,
       p.purpose, p.measure, p.serves
from derived.task_plan p
left join lateral (
  select * from handoff.task_work w
  where w.member_id = p.member_id and w.template = p.template and w.change = any (p.aliases)
  order by (w.status = 'done') desc, w.updated_at desc, w.change limit 1
) w on true;

-- Whoever was planned before has no wake_at and no measures yet.
insert into handoff.replan (member_id, reason)
select distinct member_id, 'migration' from handoff.member_event order by member_id;
