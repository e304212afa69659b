-- What each sender sent, hour by hour: who is silent, and what is missing in what comes. Nothing of it is about a person.
--
-- The matcher adds to it in the transaction that decides, beside the ledger, so the sums are the ledger's. Rows older
-- than 400 days go, hourly. Of at most 5,000 rows an hour, and 200 a batch, one is a sender; the rest is "(others)".
create table handoff.feed_hour (
  hour     timestamptz not null,  -- its beginning, by the broker's clock at receipt
  feed     text        not null,
  sender   text        not null,  -- "MSH-3.1|MSH-4.1", printable and cut
  last_at  timestamptz not null,  -- the latest message

  non_member bigint not null,  -- by the first verdict
  matched    bigint not null,
  review     bigint not null,
  held       bigint not null,
  rejected   bigint not null,
  test       bigint not null,
  messages   bigint not null generated always as (non_member + matched + review + held + rejected + test) stored,

  no_visit      bigint not null,  -- messages whose first event lacks it
  no_birth_date bigint not null,
  no_name       bigint not null,
  no_mrn        bigint not null,  -- those that were rejected for it too
  no_sex        bigint not null,
  no_contact    bigint not null,  -- neither telephone nor address
  no_event_time bigint not null,  -- no time but that of the record
  unknown_class        bigint not null,  -- codes that no table knows
  unknown_disposition  bigint not null,
  unknown_admit_source bigint not null,

  -- Seconds from the record (EVN-2, else MSH-7) to the receipt: of messages within a day either way.
  skew_n    bigint not null,
  skew_sum  bigint not null,
  skew_min  bigint,  -- of all messages
  skew_max  bigint,
  in_future bigint not null,  -- recorded more than 5 minutes after the receipt
  late      bigint not null,  -- recorded more than an hour before it

  primary key (hour, feed, sender)
);
