-- What goes when a link to nobody is over goes from whoever had the event before, too, however the link moved.
set local search_path = handoff, derived;

create index member_event_event on handoff.member_event (event_id, subject);

-- Copies that stayed so far.
update handoff.member_event m set event = '' from handoff.event_link l
where (m.event_id, m.subject) = (l.event_id, l.subject) and l.member_id = '' and l.event is null and m.event <> '';
