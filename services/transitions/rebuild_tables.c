#include "rebuild_tables.h"

// The shadow has the same columns in the same order, and, once it is filled, constraints and indexes of the same names:
// migrations to come find what they look for. member_state stands beside them under its own name, so that the planner's
// statements, which name no schema, read and write it here; live_plans is what the member's counter was when the shadow
// was made of it.
const char *const ho_rebuild_tables_make =
    "do $$ declare t name; begin"
    "  perform set_config('search_path', '', true);"
    "  create schema rebuild;"
    "  for t in select relname from pg_catalog.pg_class where relnamespace = 'derived'::regnamespace and relkind = 'r'"
    "  loop execute format('create table rebuild.%1$I (like derived.%1$I including all excluding indexes)', t);"
    "  end loop;"
    "  create table rebuild.member_state (like handoff.member_state including defaults, live_plans bigint not null,"
    "    primary key (member_id));"
    "  create table rebuild.progress (one boolean primary key default true check (one),"
    "    started timestamptz not null default now(), members bigint not null, inputs bytea not null,"
    "    migration int not null, filled boolean not null default false);"
    " end $$";

// The largest first, so that the last of several workers has little to do.
const char ho_rebuild_tables_indexes[] =
    "select s from ("
    "  select 1 as kind, k.conrelid as live,"
    "      format('alter table rebuild.%I add constraint %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) as "
    "s"
    "    from pg_constraint k join pg_class c on c.oid = k.conrelid"
    "    where c.relnamespace = 'derived'::regnamespace and k.contype in ('p', 'u')"
    "      and not exists (select from pg_constraint r where r.connamespace = 'rebuild'::regnamespace"
    "        and r.conrelid = format('rebuild.%I', c.relname)::regclass and r.conname = k.conname)"
    "  union all"
    "  select 2, i.indrelid, replace(pg_get_indexdef(i.indexrelid), ' ON derived.', ' ON rebuild.')"
    "    from pg_index i join pg_class x on x.oid = i.indexrelid"
    "    where x.relnamespace = 'derived'::regnamespace"
    "      and not exists (select from pg_constraint k where k.conindid = i.indexrelid)"
    "      and not exists (select from pg_class r where r.relnamespace = 'rebuild'::regnamespace"
    "        and r.relname = x.relname)"
    "  union all"
    "  select 3, oid, format('analyze rebuild.%I', relname)"
    "    from pg_class where relnamespace = 'derived'::regnamespace and relkind = 'r'"
    ") i order by kind, pg_relation_size(live) desc, s";

// A reader may be about to lock a member whose planning waits for us: neither waits for the other for long.
const char *const ho_rebuild_tables_lock =
    "do $$ declare t name; begin"
    "  perform set_config('lock_timeout', '200ms', true);"
    "  for t in select relname from pg_class where relnamespace = 'derived'::regnamespace and relkind = 'r' order by 1"
    "  loop execute format('lock table derived.%I in access exclusive mode', t); end loop;"
    " end $$";

// A view is bound to its tables, not to their names: it is made anew, in its place, from its own words. What else may
// hang on a table is not known here, and must not be lost silently.
const char *const ho_rebuild_tables_swap =
    "do $$ declare t name; d text; views text[]; tables name[]; begin"
    "  perform set_config('search_path', '', true);"
    "  select array_agg(relname order by relname) into tables from pg_catalog.pg_class"
    "    where relnamespace = 'derived'::regnamespace and relkind = 'r';"
    "  if exists (select from pg_catalog.pg_class c where c.relnamespace = 'derived'::regnamespace and "
    "(c.relrowsecurity"
    "      or exists (select from pg_catalog.pg_trigger g where g.tgrelid = c.oid))) then"
    "    raise exception 'a table of schema derived has triggers or row-level security, which a rebuild would lose';"
    "  end if;"
    "  select coalesce(array_agg(format('create or replace view %s%s as %s', v.oid::regclass,"
    "      ' with (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid))), '{}') into views"
    "    from pg_catalog.pg_class v where v.relkind = 'v' and exists (select from pg_catalog.pg_rewrite r"
    "      join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid"
    "      join pg_catalog.pg_class c on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid"
    "      where r.ev_class = v.oid and c.relnamespace = 'derived'::regnamespace);"
    "  for d in select format('grant %s on rebuild.%I to %s', a.privilege_type, c.relname,"
    "      case when a.grantee = 0 then 'public' else a.grantee::regrole::text end)"
    "    from pg_catalog.pg_class c cross join aclexplode(c.relacl) a"
    "    where c.relnamespace = 'derived'::regnamespace and c.relkind = 'r'"
    "  loop execute d; end loop;"
    "  create schema replaced;"
    "  foreach t in array tables loop"
    "    execute format('alter table derived.%I set schema replaced', t);"
    "    execute format('alter table rebuild.%I set schema derived', t);"
    "  end loop;"
    "  foreach d in array views loop execute d; end loop;"
    "  foreach t in array tables loop execute format('drop table replaced.%I', t); end loop;"
    "  drop schema replaced;"
    "  drop schema rebuild cascade;"
    " end $$";
