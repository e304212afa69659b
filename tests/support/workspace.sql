-- A small invented workspace for the tests of the api and the web page: three coordinators, their members,
-- what happened to them, tasks in every state, and an hour of traffic that balances.
--
-- psql variable `reference`: the moment that tasks are due around, 10:04 of some day in the plan's zone.
-- Schema sample holds functions with which a test adds more.
create schema sample;

create function sample.event(name text) returns bytea language sql immutable as $$
  select substring(sha256(convert_to('event ' || name, 'UTF8')) for 16)
$$;

-- As ho_plan_key: of (member, change, template) with a zero byte between.
create function sample.key(member text, change bytea, template text) returns bytea language sql immutable as $$
  select substring(sha256(convert_to(member, 'UTF8') || '\x00' || change || '\x00' || convert_to(template, 'UTF8')) for 16)
$$;

create table sample.template (template text primary key, title text, role text, rule text, outcomes text[]);
insert into sample.template values
  ('contact-after-discharge', 'Contact the member within two business days of discharge', 'coordinator', '2 business days',
   '{reached-member,reached-caregiver,left-message,no-answer,declined}'),
  ('medication-reconciliation', 'Reconcile medications with the pharmacist', 'pharmacist', '30 days',
   '{reconciled,problem-found,not-possible}'),
  ('follow-up-visit-7', 'See that a follow-up visit takes place within seven days', 'coordinator', '7 days',
   '{visit-booked,visit-done,declined}'),
  ('admission-notice', 'Tell the care team of the admission and send the care plan', 'coordinator', '1 business day',
   '{told-team,no-care-plan}'),
  ('contact-after-ed', 'Contact the member about the emergency visit', 'coordinator', '2 business days',
   '{reached-member,reached-caregiver,left-message,no-answer}'),
  ('contact-against-advice', 'Contact the member who left against medical advice', 'coordinator', '1 business day',
   '{reached-member,went-back,no-answer}'),
  ('weekly-facility-call', 'Call the nursing facility and plan the way home', 'coordinator', '7 days',
   '{called,moved-home,no-answer}');

create function sample.member(id text, given text, surname text, born int, phone text, language text, coordinator text)
returns void language sql as $$
  insert into handoff.member (member_id, given, surname, birth_date, phone, language, organisation, team, coordinator,
                              coordinator_email, seq, hash)
  values (id, given, surname, born, phone, language,
          case coordinator when '' then '' else 'Harbor Community Care' end,
          case coordinator when 'Ben Okafor' then 'Anaheim' when '' then '' else 'Santa Ana' end, coordinator,
          case coordinator when '' then '' else replace(lower(coordinator), ' ', '.') || '@plan.example' end, 1, '\x00')
$$;

-- A transition, named by its event.
create function sample.happened(member text, event text, from_setting text, to_setting text, at timestamptz,
                                facility text, destination text default '', disposition text default '')
returns void language sql as $$
  insert into derived.transition
  values (member, sample.event(event), sample.event('episode of ' || member), sample.event('encounter of ' || event),
          from_setting, to_setting, at, facility, destination, disposition)
$$;

-- A planned task of an event, which need not be a transition any more. `late` is a second event of the same
-- change that came after it, with a lower or higher id.
create function sample.task(member text, event text, template text, due timestamptz, why text default '',
                            want text default 'wanted', at timestamptz default now(), late text default null)
returns text language sql as $$
  insert into derived.task_plan (key, member_id, change, aliases, template, title, role, want, due, reason, protocol,
                                 protocol_hash, outcomes, occurred)
  select sample.key(member, sample.event(event), t.template), member, sample.event(event),
         array_remove(array[sample.event(event), sample.event(late)], null), t.template, t.title, t.role, want, due,
         coalesce(nullif(why, ''), 'A transition calls for it; to be done within ' || t.rule || '.'), 'ecm', '\x01', t.outcomes, at
  from sample.template t where t.template = $3
  returning encode(key, 'hex')
$$;

create function sample.work(member text, event text, template text, status text, who text, outcome text default '',
                            note text default '')
returns void language sql as $$
  insert into handoff.task_work (member_id, change, template, status, assignee, outcome, note, occurred, updated_by)
  values (member, sample.event(event), template, status, who, outcome, note, now(), who);
  insert into handoff.task_history (key, by, action, detail)
  values (sample.key(member, sample.event(event), template), who, case status when 'done' then 'completed' else status end,
          jsonb_strip_nulls(jsonb_build_object('outcome', nullif(outcome, ''), 'note', nullif(note, ''))))
$$;

-- ---- The people.

create table sample.reference as select :'reference'::timestamptz as at;

-- A local time some days after the day of the reference.
create function sample.at(days int, clock time) returns timestamptz language sql stable as $$
  select ((at at time zone 'America/Los_Angeles')::date + days + clock) at time zone 'America/Los_Angeles'
  from sample.reference
$$;

select sample.member('M1001', 'Rosa', 'Delgado', 19510304, '(714) 555-0142', 'es', 'Ana Ruiz');
select sample.member('M1002', 'Minh', 'Tran', 19630718, '(714) 555-0117', 'Vietnamese', 'Ana Ruiz');
select sample.member('M1003', 'Walter', 'Hughes', 19471129, '(657) 555-0188', 'English', 'Ana Ruiz');
select sample.member('M1004', 'Farah', 'Rahimi', 19780902, '', 'Farsi', 'Ana Ruiz');
select sample.member('M1005', 'Denise', 'Okonkwo', 19690115, '(714) 555-0161', 'English', 'Ana Ruiz');
select sample.member('M1006', 'Joon-ho', 'Baek', 19551012, '(714) 555-0109', 'Korean', 'Ana Ruiz');
select sample.member('M2001', 'Gloria', 'Mendez', 19600521, '(657) 555-0133', 'Spanish', 'Ben Okafor');
select sample.member('M2002', 'Peter', 'Lindqvist', 19440830, '(657) 555-0175', 'English', 'Ben Okafor');
select sample.member('M3001', 'Amara', 'Diallo', 19820211, '(714) 555-0199', 'French', 'Carol Nakamura');
select sample.member('M9001', 'Ivan', 'Petrov', 19710406, '', 'Russian', '');

-- ---- What happened, and what it calls for.

select sample.happened('M1001', 'rosa home', 'inpatient', 'home', sample.at(-4, '13:20'), 'Saint Agnes Medical Center', 'home', '01');
select sample.task('M1001', 'rosa home', 'contact-after-discharge', sample.at(-2, '17:00'),
  'Discharged from inpatient care at Saint Agnes Medical Center to home on 2026-11-18; to be done within 2 business days.', at => sample.at(-4, '13:20'));
select sample.task('M1001', 'rosa home', 'follow-up-visit-7', sample.at(3, '17:00'),
  'Discharged from inpatient care at Saint Agnes Medical Center to home; to be done within 7 days.', at => sample.at(-4, '13:20'));
select sample.task('M1001', 'rosa home', 'medication-reconciliation', sample.at(26, '17:00'),
  'Discharged from inpatient care at Saint Agnes Medical Center to home; to be done within 30 days.', at => sample.at(-4, '13:20'));
select sample.work('M1001', 'rosa home', 'follow-up-visit-7', 'claimed', 'ana.ruiz@plan.example');

select sample.happened('M1002', 'minh ed', 'ed', 'home', sample.at(-2, '22:45'), 'Orange Coast Hospital', 'home', '01');
select sample.task('M1002', 'minh ed', 'contact-after-ed', sample.at(0, '17:00'),
  'Discharged from the emergency department at Orange Coast Hospital to home; to be done within 2 business days.', at => sample.at(-2, '22:45'));

select sample.happened('M1003', 'walter in', 'ed', 'inpatient', sample.at(-1, '19:05'), 'Orange Coast Hospital');
select sample.task('M1003', 'walter in', 'admission-notice', sample.at(0, '17:00'),
  'Admitted as an inpatient at Orange Coast Hospital; to be done within 1 business day.', at => sample.at(-1, '19:05'));
select sample.work('M1003', 'walter in', 'admission-notice', 'claimed', 'ben.okafor@plan.example');

select sample.happened('M1004', 'farah ama', 'ed', 'home', sample.at(-1, '23:30'), 'Saint Agnes Medical Center', 'against-advice', '07');
select sample.task('M1004', 'farah ama', 'contact-against-advice', sample.at(1, '17:00'),
  'Left the emergency department at Saint Agnes Medical Center against medical advice; to be done within 1 business day.', at => sample.at(-1, '23:30'));

-- Taken back by the hospital after Ana had begun.
select sample.task('M1005', 'denise home', 'contact-after-discharge', sample.at(1, '17:00'),
  'The hospital cancelled the discharge that this task came from.', 'withdrawn', sample.at(-1, '15:00'));
select sample.work('M1005', 'denise home', 'contact-after-discharge', 'claimed', 'ana.ruiz@plan.example');
-- Taken back before anybody had begun: nobody sees it.
select sample.task('M1005', 'denise home', 'follow-up-visit-7', sample.at(6, '17:00'),
  'The hospital cancelled the discharge that this task came from.', 'withdrawn', sample.at(-1, '15:00'));

select sample.happened('M1006', 'joon snf', 'inpatient', 'snf', sample.at(-6, '11:10'), 'Saint Agnes Medical Center', 'skilled-nursing', '03');
select sample.task('M1006', 'joon snf', 'weekly-facility-call', sample.at(1, '17:00'),
  'Discharged from inpatient care at Saint Agnes Medical Center to a skilled nursing facility; to be done within 7 days.', at => sample.at(-6, '11:10'));
select sample.happened('M1006', 'joon in', 'home', 'inpatient', sample.at(-11, '06:40'), 'Saint Agnes Medical Center', 'skilled-nursing', '03');
select sample.task('M1006', 'joon in', 'admission-notice', sample.at(-10, '17:00'),
  'Admitted as an inpatient at Saint Agnes Medical Center; to be done within 1 business day.', at => sample.at(-11, '06:40'));
select sample.work('M1006', 'joon in', 'admission-notice', 'done', 'ana.ruiz@plan.example', 'told-team', 'Care plan sent by secure mail.');

select sample.happened('M2001', 'gloria home', 'observation', 'home', sample.at(-1, '16:15'), 'Orange Coast Hospital', 'home', '01');
select sample.task('M2001', 'gloria home', 'contact-after-discharge', sample.at(1, '17:00'),
  'Discharged from observation at Orange Coast Hospital to home; to be done within 2 business days.', at => sample.at(-1, '16:15'));
select sample.happened('M2002', 'peter in', 'home', 'inpatient', sample.at(-1, '08:25'), 'Orange Coast Hospital');
select sample.task('M2002', 'peter in', 'admission-notice', sample.at(0, '17:00'),
  'Admitted as an inpatient at Orange Coast Hospital; to be done within 1 business day.', at => sample.at(-1, '08:25'));
select sample.happened('M9001', 'ivan ed', 'home', 'ed', sample.at(-1, '21:00'), 'Orange Coast Hospital');
select sample.task('M9001', 'ivan ed', 'contact-after-ed', sample.at(2, '17:00'),
  'Arrived in the emergency department at Orange Coast Hospital; to be done within 2 business days.', at => sample.at(-1, '21:00'));
update derived.task_plan set planned_at = occurred;

-- ---- Eight weeks of feeds: one is silent, one lacks birth dates since yesterday, one is new; and somebody unknown.

insert into handoff.feed_hour (hour, feed, sender, last_at, non_member, matched, review, held, rejected, test, no_visit,
  no_birth_date, no_name, no_mrn, no_sex, no_contact, no_event_time, unknown_class, unknown_disposition,
  unknown_admit_source, skew_n, skew_sum, skew_min, skew_max, in_future, late)
select h, feed, sender, least(h + interval '59 minutes', now()), n - n / 20, n / 20, 0, 0, 0, 0, n / 50,
       case when feed = 'harbor-pines' and h > now() - interval '20 hours' then n / 2 else n / 40 end,
       0, 0, 0, n / 30, n / 10, 0, 0, 0, n, 3 * n, 0, 9, 0, 0
from generate_series(date_trunc('hour', now()) - interval '8 weeks', date_trunc('hour', now()), interval '1 hour') h
cross join (values ('st-anne', 'EPIC|STANNE', interval '8 weeks', interval '0'),
                   ('mesa-linda', 'CERNER|MESALINDA', interval '8 weeks', interval '5 hours'),
                   ('harbor-pines', 'MEDITECH|HPINES', interval '8 weeks', interval '0'),
                   ('quail-ridge', 'PARAGON|QRIDGE', interval '5 days', interval '0'),
                   ('default', 'NEWAPP|NEWFAC', interval '2 days', interval '0')) as f (feed, sender, since, until)
cross join lateral (select ceil(case when feed = 'default' then 1 else 40 end
                                * least(1, extract(epoch from now() - h) / 3600 + 0.001))::int as n) as each
where h >= now() - since and h <= now() - until;

-- ---- An hour of traffic.

insert into handoff.kafka_offset (consumer, topic, partition, epoch, start_offset, next_offset)
select 'matcher', 'adt.inbound', p, 1, 100, 100 + 7000 + 211 * p from generate_series(0, 5) p;
insert into handoff.ledger (topic, partition, matched, review, rejected, test, gap, non_member)
select 'adt.inbound', p, 340 + p, 3 + p % 2, 7, 12, 1, 7000 + 211 * p - 340 - p - 3 - p % 2 - 7 - 12 - 1 from generate_series(0, 5) p;
insert into handoff.leg (stage, part, n) values
  ('linked', 0, 2055), ('applied', 0, 2055), ('written:adt.matched', 0, 2055), ('published:adt.matched', 0, 2055),
  ('handled:adt.matched', 0, 2055), ('written:adt.rejected', 0, 42), ('published:adt.rejected', 0, 42),
  ('written:transition.events', 0, 612), ('published:transition.events', 0, 612), ('handled:transition.events', 0, 612);

insert into handoff.event_link (event_id, subject, member_id, decision, why, made_at)
select sample.event('traffic ' || m || ' ' || i), 0, 'M0000', 'exact-identifier', '{}',
       date_trunc('minute', now()) - m * interval '1 minute' + i * interval '100 milliseconds'
from generate_series(1, 59) m cross join generate_series(1, 14 + (m * 7) % 23 + m % 5) i;
insert into derived.task_plan (key, member_id, change, aliases, template, title, role, want, due, reason, protocol,
                               protocol_hash, outcomes, occurred, planned_at)
select sample.key(member_id, event_id, 'sample-of-latency'), member_id, event_id, array[event_id], 'sample-of-latency',
       'Sample', 'coordinator', 'superseded', made_at, 'Sample.', 'ecm', '\x01', '{}', made_at,
       made_at + (7 + get_byte(event_id, 0) / 24) * interval '1 millisecond'
from handoff.event_link where get_byte(event_id, 1) < 70;

insert into handoff.review (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event, made_at)
select sample.event('review ' || i), 0, (array['near', 'identifier-not-confirmed'])[1 + i % 2], '{M1001}', '{}',
       'Orange Coast Hospital', 'X' || i, 'coast', '\x00', '\x00', now() - i * interval '95 minutes'
from generate_series(1, 21) i;
insert into handoff.notice (key, member_id, name, body)
select sample.event('notice ' || i), 'M1001', 'discharge', '\x00' from generate_series(1, 612) i;
insert into handoff.delivery (notice_key, channel, recipient, message_id, status)
select sample.event('notice ' || i), 'email', 'ana.ruiz@plan.example', 'notice-' || i,
       case when i <= 604 then 'sent' when i <= 607 then 'pending' when i <= 608 then 'ambiguous' else 'not-wanted' end
from generate_series(1, 612) i;
analyze;
