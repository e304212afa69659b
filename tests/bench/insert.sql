-- The ceiling of everything that writes events: the rows that the pipeline made, copied into tables of the same form,
-- constraints and indexes, some 500 events a transaction, with nothing decided. Durable like the real ones.
create schema bench;
create table bench.event_link (like handoff.event_link including all);
create table bench.outbox (like handoff.outbox including all);
create table bench.member_event (like handoff.member_event including all);
create table bench.encounter (like derived.encounter including all);
create table bench.episode (like derived.episode including all);
create table bench.transition (like derived.transition including all);
create table bench.task_plan (like derived.task_plan including all);
create table bench.notice_plan (like derived.notice_plan including all);

create procedure bench.insert_all(events_a_batch int) language plpgsql as $$
declare
  batch text[];
  begun timestamptz := clock_timestamp();
  seconds float8;
begin
  for batch in
    select array_agg(member_id) from (
      select member_id, sum(n) over (order by member_id) / events_a_batch as batch_no
      from (select member_id, count(*) as n from member_event group by 1) c
    ) b group by batch_no order by batch_no
  loop
    insert into bench.event_link select * from event_link where member_id = any (batch);
    insert into bench.member_event select * from member_event where member_id = any (batch);
    insert into bench.outbox (topic, key, ce_id, ce_type, payload)
      select 'adt.matched', convert_to(member_id, 'UTF8'), encode(event_id, 'hex'), 'org.handoff.adt.matched', event
      from member_event where member_id = any (batch);
    insert into bench.encounter select * from encounter where member_id = any (batch);
    insert into bench.episode select * from episode where member_id = any (batch);
    insert into bench.transition select * from transition where member_id = any (batch);
    insert into bench.task_plan select * from task_plan where member_id = any (batch);
    insert into bench.notice_plan select * from notice_plan where member_id = any (batch);
    commit;
  end loop;
  seconds := extract(epoch from clock_timestamp() - begun);
  raise notice 'insert % events/s', round((select count(*) from bench.member_event) / seconds);
end $$;
call bench.insert_all(500);
drop schema bench cascade;
