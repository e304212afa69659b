-- Who is told, and of whom: everybody of staff is stood in for while away, and who is a member no longer is not served.
set local search_path = handoff, derived;

-- ---- Away --------------------------------------------------------------------------------------------------

-- Where to write on a date to somebody who may be of staff: to the backup while they are away, even to one who is away
-- too; without a backup nobody stands in.
create function handoff.stood_in(address text, today int) returns text language sql stable as $$
  select coalesce((select nullif(s.backup_email, '') from handoff.staff s
                   where s.email = lower(address) and handoff.is_away(s.away_from, s.away_to, today)), address)
$$;

-- The addresses of those who have the role for the member on a date. The supervisor is the coordinator's, whoever stands
-- in for that one. Nobody of staff stands in for the family.
create or replace function handoff.recipients(who text, asked text, today int) returns table (email text)
language sql stable as $$
  select handoff.stood_in(m.coordinator_email, today)
  from handoff.member m where asked = 'coordinator' and m.member_id = who and m.coordinator_email <> ''
  union all
  select handoff.stood_in(s.supervisor_email, today)
  from handoff.member m join handoff.staff s on s.email = lower(m.coordinator_email)
  where asked = 'supervisor' and m.member_id = who and s.supervisor_email <> ''
  union all
  select case when t.role = 'family' then t.email else handoff.stood_in(t.email, today) end from handoff.care_team t
  where t.member_id = who and t.email <> '' and (t.role = asked or (asked = 'team' and t.role <> 'family'))
    and t.since <= today and (t.until = 0 or today <= t.until)
    and (t.role <> 'family' or handoff.shares(who, 'family'))
$$;

-- ---- Enrolled now ------------------------------------------------------------------------------------------

-- As in 004_programs.sql, save that a sign-up is none while the plan says that they are a member no longer.
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
  where exists (select from handoff.member m where m.member_id = s.member_id and not m.deleted)
) x
left join lateral (
  select w.opted_out_on from handoff.consent w
  where w.member_id = x.member_id and w.program = x.program order by w.id desc limit 1
) c on true;

-- Who signed up and has left the plan since is planned again.
insert into handoff.replan (member_id, reason)
select distinct s.member_id, 'migration' from handoff.sign_up s join handoff.member m using (member_id)
where m.deleted and exists (select from handoff.member_event e where e.member_id = s.member_id) order by 1;
