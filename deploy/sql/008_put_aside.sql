-- What the notifier has put aside: each plan asks for it, and it is rare.
create index delivery_put_aside on handoff.delivery (notice_key) where status = 'not-wanted';
