-- A version of an item says what somebody saw of it, so no event's item has the same one twice, not even when it is made
-- anew after it was decided: all versions are drawn from one sequence.
set local search_path = handoff, derived;

create sequence handoff.review_version;
select setval('handoff.review_version', greatest(
  (select coalesce(max(version), 0) from handoff.review),
  (select coalesce(max((detail->>'version')::bigint), 0) from handoff.decision_history)) + 1000);
alter table handoff.review
  alter version type bigint,
  alter version set default nextval('handoff.review_version');
