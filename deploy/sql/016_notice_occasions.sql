-- For which a notice was said, a bit mask (enum ho_occasion): a newer protocol that no longer tells of one of them is not
-- the hospital's correction. 0 of a reminder, and until the next plan of a member who was planned before.
set local search_path = handoff, derived;

alter table derived.notice_plan add occasions int not null default 0;
