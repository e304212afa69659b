-- Identities whose number some message moved to another patient (A43), and those that such messages are of: all of their
-- links are read again when they are decided, for they are about whom the latest move names.
set local search_path = handoff, derived;

alter table handoff.identity add column moved boolean not null default false;
