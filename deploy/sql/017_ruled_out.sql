-- What is left of people who are none of ours goes when it is old, decision_history's rows about their numbers too. It is
-- looked for each hour by its age: few rows among those that stay.
set local search_path = handoff, derived;

create index event_link_bare on handoff.event_link (made_at) where member_id = '' and event is null;
create index identity_member_ruled_out on handoff.identity_member (at) where state = 'not-same';
create index decision_history_at on handoff.decision_history (at);
