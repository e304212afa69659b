-- Of a care team's organisations without a person's name each is an entry of its own.
alter table handoff.care_team drop constraint care_team_pkey, add primary key (member_id, role, name, organisation, email);
