-- Joining a program by one's own word, beside what the plan's files say of enrolments.
set local search_path = handoff, derived;

-- A member signed up with somebody: by the plan's letter, by telephone, or referred by a doctor. Roster files neither
-- change nor delete it. Never changed, never deleted: stopping is an opt-out (consent).
create table handoff.sign_up (
  id            bigint generated always as identity primary key,
  member_id     text   not null references handoff.member,
  program       text   not null,
  enrolled_from int    not null,  -- YYYYMMDD
  how           text   not null check (how in ('', 'letter', 'call', 'referral')),
  by            text   not null,
  at            timestamptz not null default now()
);
create index sign_up_member on handoff.sign_up (member_id, program);

-- Enrolments by the plan's word and by the member's own. A sign-up bridges the time until the plan knows: once the plan
-- has an enrolment that reaches to the sign-up's date, or begins later, that one says when it ends, and an opt-out that
-- the plan tells counts where it is no older than the sign-up. Of both words on opting out the earlier one counts.
create or replace view handoff.enrolment_now as
select x.member_id, x.program, x.enrolled_from, x.enrolled_to,
       coalesce(least(nullif(x.opted_out_on, 0), nullif(c.opted_out_on, 0)), 0) as opted_out_on
from (
  select e.member_id, e.program, e.enrolled_from, e.enrolled_to, e.opted_out_on
  from handoff.enrolment e
  union all
  select s.member_id, s.program, s.enrolled_from, p.enrolled_to, p.opted_out_on
  from handoff.sign_up s
  cross join lateral (
    select case when bool_or(e.enrolled_to = 0) then 0 else coalesce(max(e.enrolled_to), 0) end as enrolled_to,
           coalesce(min(e.opted_out_on) filter (where e.opted_out_on >= s.enrolled_from), 0) as opted_out_on
    from handoff.enrolment e
    where e.member_id = s.member_id and e.program = s.program
      and (e.enrolled_to = 0 or e.enrolled_to >= s.enrolled_from)
  ) p
) x
left join lateral (
  select w.opted_out_on from handoff.consent w
  where w.member_id = x.member_id and w.program = x.program order by w.id desc limit 1
) c on true;
