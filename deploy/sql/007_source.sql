-- A message whose feed was selected by a client certificate is that feed's when it is read again, whatever its MSH says.
alter table handoff.redecide add source text not null default '';  -- the feed's name; empty: its sender selects it
