-- When a row's turn comes. Messages about an identity for which very many wait are put off (reason 'crowd'), to be
-- decided together.
alter table handoff.redecide add due_at timestamptz not null default now();
