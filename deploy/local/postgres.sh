# The private PostgreSQL cluster of one environment: 127.0.0.1 only, a password of its own, never
# the machine's clusters. Sourced, never run.
#
# PostgreSQL refuses to run as root, so root hands it to the user postgres, who must be able to
# reach its folder. STATE/postgres-home names that folder.

postgres_home() {
    cat "$STATE/postgres-home"
}

postgres_begin() {
    local home bin more
    [ -s "$STATE/postgres-home" ] || postgres_choose_home
    home=$(postgres_home)
    bin=$(postgres_bin "$home")
    [ -d "$home/data" ] || postgres_init "$home" "$bin"
    wait_until 30 postgres_has_no_process "$home/data" ||
        die "processes of an earlier PostgreSQL still work in $home/data" "End them, then run this again."
    # Left by a crash. The dead server may still be listed as a zombie, which PostgreSQL would take for a live one.
    rm -f "$home/data/postmaster.pid"
    ln -sfn "$home/postgres.log" "$LOG/postgres.log"
    as_postgres touch "$home/postgres.log"
    read -ra more <<<"${HANDOFF_DEV_POSTGRES-}"
    unit_start postgres "${AS_POSTGRES[@]}" "$bin/postgres" -D "$home/data" \
        -c listen_addresses=127.0.0.1 -c port="$(port postgres)" -c unix_socket_directories= \
        -c fsync=on -c synchronous_commit=on -c max_connections=200 -c shared_buffers=256MB \
        -c jit=off -c timezone=UTC -c log_timezone=UTC -c log_error_verbosity=terse "${more[@]}"
}

postgres_wait() {
    unit_wait postgres 60 postgres_answers || return 1
    [ "$(postgres_sql postgres "SELECT 1 FROM pg_database WHERE datname = 'handoff'")" = 1 ] || postgres_create
}

postgres_answers() {
    postgres_sql postgres 'SELECT 1' >/dev/null 2>&1
}

postgres_stop() {
    unit_stop postgres 60 INT
}

# The children of a killed server end by themselves; until then no other may start.
postgres_kill() {
    unit_kill postgres
    wait_until 30 postgres_has_no_process "$(postgres_home)/data" || die "children of the killed PostgreSQL live on"
}

postgres_reset() {
    postgres_sql postgres 'DROP DATABASE IF EXISTS handoff WITH (FORCE)'
    rm -f "$STATE/sample-sent"
    postgres_create
}

postgres_remove() {
    local home
    home=$(postgres_home 2>/dev/null) || return 0
    [ "$home" = "$STATE/postgres" ] || say "Removing $home."
    rm -rf "$home"
}

postgres_url() {
    printf 'postgresql://handoff:%s@127.0.0.1:%s/handoff\n' \
        "$(cat "$(secret database-password random_hex 16)")" "$(port postgres)"
}

# The role owns its database. It may make roles, as migrations do, and databases, as tests do; and end whatever runs in
# one that is dropped, an autovacuum worker too.
postgres_create() {
    local password
    password=$(cat "$(secret database-password random_hex 16)")
    postgres_sql postgres "
        DO \$\$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'handoff') THEN
                CREATE ROLE handoff LOGIN CREATEDB CREATEROLE PASSWORD '$password';
                GRANT pg_signal_backend TO handoff;
            END IF;
        END \$\$" &&
        postgres_sql postgres 'CREATE DATABASE handoff OWNER handoff'
}

# postgres_sql DATABASE STATEMENT: as the cluster's superuser. The statement may hold a password,
# so it goes through standard input, not through the command line that every user can read.
postgres_sql() {
    local bin
    bin=$(postgres_bin "$(postgres_home)")
    PGPASSWORD=$(cat "$SECRETS/superuser-password") "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$(port postgres)" -U postgres -d "$1" <<<"$2"
}

postgres_init() {
    local home=$1 bin=$2 words=$1/password
    rm -rf "$home/data.new"
    as_postgres install -m 600 /dev/null "$words"
    cat "$(secret superuser-password random_hex 16)" >"$words"
    if ! as_postgres "$bin/initdb" -D "$home/data.new" -U postgres --pwfile="$words" --auth=scram-sha-256 \
        --data-checksums --encoding=UTF8 --locale=C.UTF-8 >"$LOG/initdb.log" 2>&1; then
        tail -n 20 "$LOG/initdb.log" >&2
        die "initdb failed in $home" "The whole output is in $LOG/initdb.log."
    fi
    rm -f "$words"
    mv "$home/data.new" "$home/data"
}

# The version that made the cluster, else 15, else the newest installed one.
postgres_bin() {
    local version dir
    version=$(cat "$1/data/PG_VERSION" 2>/dev/null || echo 15)
    for dir in "/usr/lib/postgresql/$version/bin" $([ -d "$1/data" ] || postgres_bins_newest_first); do
        if [ -x "$dir/postgres" ]; then
            printf '%s\n' "$dir"
            return
        fi
    done
    die "PostgreSQL $version is not installed" "Run: deploy/dev install"
}

postgres_bins_newest_first() {
    find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -Vr
}

# Inside the state folder, unless the user postgres cannot get there.
postgres_choose_home() {
    local home=$STATE/postgres
    mkdir -p "$home"
    chmod 700 "$home"
    if is_root; then
        chown postgres: "$home"
        if ! as_postgres test -w "$home" 2>/dev/null; then
            rmdir "$home"
            home=$(mktemp -d "/var/tmp/handoff-$(basename "$STATE").XXXXXX")
            chown postgres: "$home"
            report postgres "the user postgres cannot reach $STATE: the cluster is in $home"
        fi
    fi
    printf '%s\n' "$home" >"$STATE/postgres-home"
}

AS_POSTGRES=()
if is_root; then
    AS_POSTGRES=(setpriv --reuid=postgres --regid=postgres --init-groups)
fi

# In /, for the caller's folder may be closed to postgres.
as_postgres() {
    (cd / && umask 077 && "${AS_POSTGRES[@]}" "$@")
}

postgres_has_no_process() {
    local cwd
    for cwd in /proc/[0-9]*/cwd; do
        [ "$(readlink "$cwd" 2>/dev/null)" != "$1" ] || return 1
    done
}
