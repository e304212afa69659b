-- Who cares for a member beside the coordinator, who stands in for whom, and what a member agreed to share.
set local search_path = handoff, derived;

-- ---- The care team ---------------------------------------------------------------------------------------

-- Whom the plan names for a member; a file or update that speaks of a member's team replaces it whole.
create table handoff.care_team (
  member_id    text not null references handoff.member on delete cascade,
  role         text not null,  -- pcp, specialist, pharmacist, case-manager, cb-cme, community, family
  name         text not null,
  organisation text not null,
  email        text not null,  -- '': known, and cannot be told
  phone        text not null,
  since        int  not null,  -- YYYYMMDD; 0: ever since
  until        int  not null,  -- the last day; 0: until further notice
  primary key (member_id, role, name, organisation, email) -- an organisation without a person is an entry of its own
);

-- ---- Coordinators and those beside them ------------------------------------------------------------------

create table handoff.staff (
  email            text primary key check (email = lower(email)),
  name             text not null,
  role             text not null,  -- '', coordinator, supervisor, pharmacist
  backup_email     text not null,
  away_from        int  not null,  -- YYYYMMDD, both days included; 0: not away
  away_to          int  not null,  -- 0 beside away_from: until further notice
  supervisor_email text not null
);

create function handoff.is_away(away_from int, away_to int, today int) returns boolean language sql immutable as $$
  select away_from > 0 and away_from <= today and (away_to = 0 or today <= away_to)
$$;

-- ---- What a member agreed to share -----------------------------------------------------------------------

-- The last word of each member and kind counts; without one, nothing is shared. Never changed, never deleted.
create table handoff.share_consent (
  id        bigint generated always as identity primary key,
  member_id text    not null references handoff.member,
  share     text    not null check (share in ('family', 'part2')),
  agreed    boolean not null,
  reason    text    not null,
  by        text    not null,
  at        timestamptz not null default now()
);
create index share_consent_member on handoff.share_consent (member_id, share, id desc);

create function handoff.shares(who text, what text) returns boolean language sql stable as $$
  select coalesce((select c.agreed from handoff.share_consent c
                   where c.member_id = who and c.share = what order by c.id desc limit 1), false)
$$;

-- ---- Who is told -----------------------------------------------------------------------------------------

-- The addresses of those who have the role for the member on a date. A coordinator who is away is stood in for by the
-- backup, even one who is away too; without a backup nobody stands in. The supervisor is the coordinator's.
create function handoff.recipients(who text, asked text, today int) returns table (email text) language sql stable as $$
  select coalesce((select nullif(s.backup_email, '') from handoff.staff s
                   where s.email = lower(m.coordinator_email) and handoff.is_away(s.away_from, s.away_to, today)),
                  m.coordinator_email)
  from handoff.member m where asked = 'coordinator' and m.member_id = who and m.coordinator_email <> ''
  union all
  select s.supervisor_email
  from handoff.member m join handoff.staff s on s.email = lower(m.coordinator_email)
  where asked = 'supervisor' and m.member_id = who and s.supervisor_email <> ''
  union all
  select t.email from handoff.care_team t
  where t.member_id = who and t.email <> '' and (t.role = asked or (asked = 'team' and t.role <> 'family'))
    and t.since <= today and (t.until = 0 or today <= t.until)
    and (t.role <> 'family' or handoff.shares(who, 'family'))
$$;

-- As which roles a recipient is told; empty on what is from before, and on calls.
alter table handoff.delivery add roles text[] not null default '{}';

-- ---- 42 CFR Part 2 ---------------------------------------------------------------------------------------

-- The stay is in a Part 2 programme and the member has not agreed to share it: facility and disposition are left out.
alter table derived.encounter  add withheld boolean not null default false;
alter table derived.transition add withheld boolean not null default false;
