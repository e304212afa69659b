# The state folder of one environment, its lock, and the variables that its programs get. Sourced, never run.

state_create() {
    if [ -d "$STATE" ] && [ ! -f "$STATE/is-handoff-dev" ] && [ -n "$(ls -A "$STATE")" ]; then
        die "$STATE holds files that are not a local environment's" "Set HANDOFF_DEV_DIR to a new or empty folder."
    fi
    # The mark comes first, for another deploy/dev may look at the folder at any moment.
    (umask 022 && mkdir -p "$STATE" && : >"$STATE/is-handoff-dev" && mkdir -p "$RUN" "$LOG" "$SECRETS" && chmod 700 "$SECRETS")
}

state_require() {
    [ -f "$STATE/is-handoff-dev" ] || die "there is no environment in $STATE yet" "Run: deploy/dev up"
}

# state_lock: alone on this environment; state_lock UNIT: alone on one unit, beside others.
state_lock() {
    local how=-x
    [ $# = 0 ] || how=-s
    exec 9>"$STATE/lock"
    if ! flock -n $how 9; then
        say "Another deploy/dev works on $STATE; waiting for it."
        flock $how 9
    fi
    [ $# = 0 ] || { exec 8>"$RUN/$1.lock" && flock 8; }
}

state_remove() {
    ports_release
    postgres_remove
    rm -rf "$STATE"
}

# external_choose PART VARIABLE: a broker or database of the user's own is chosen at the first up and kept.
external_choose() {
    local value=${!2-} file=$STATE/external-$1
    [ -n "$value" ] || return 0
    [ -s "$file" ] || [ ! -f "$STATE/env" ] || die_other_choice "a $1 of its own" "$2"
    (umask 077 && printf '%s\n' "$value" >"$file")
}

is_external() {
    [ -s "$STATE/external-$1" ]
}

external_variable() {
    case $1 in
    kafka) echo HANDOFF_KAFKA_BROKERS ;;
    postgres) echo HANDOFF_DATABASE_URL ;;
    esac
}

die_other_choice() {
    die "$STATE was made with $1, and now $2 asks for another" \
        "Run deploy/dev reset first (its data is deleted), or set HANDOFF_DEV_DIR to another folder."
}

# A shell that evaluated `deploy/dev env` carries that environment's own addresses. They are not a
# wish of its user to use another broker or database.
env_forget_exported() {
    case " ${HANDOFF_DEV_OWN-} " in *" ${HANDOFF_KAFKA_BROKERS-} "*) unset HANDOFF_KAFKA_BROKERS ;; esac
    case " ${HANDOFF_DEV_OWN-} " in *" ${HANDOFF_DATABASE_URL-} "*) unset HANDOFF_DATABASE_URL ;; esac
}

env_write() {
    (umask 077 && env_lines >"$STATE/env.new" && mv "$STATE/env.new" "$STATE/env")
}

env_lines() {
    local api own='' brokers database
    api=127.0.0.1:$(port api 8080)
    if is_external kafka; then
        brokers=$(cat "$STATE/external-kafka")
    else
        brokers=127.0.0.1:$(port kafka)
        own=$brokers
    fi
    if is_external postgres; then
        database=$(cat "$STATE/external-postgres")
    else
        database=$(postgres_url)
        own="$own $database"
    fi
    echo "# Written by deploy/dev up. Put changes of yours into env.local beside this file: it is read after this one."
    env_path_line
    env_line HANDOFF_MLLP_ADDRESS "127.0.0.1:$(port mllp 2575)"
    env_line HANDOFF_API_ADDRESS "$api"
    env_line HANDOFF_API_URL "http://$api"
    env_line HANDOFF_PUBLIC_URL "http://$api"
    env_line HANDOFF_API_TOKEN_FILE "$(secret api-token random_hex 32)"
    env_line HANDOFF_API_OPEN_ON_LOOPBACK yes
    env_line HANDOFF_KAFKA_BROKERS "$brokers"
    env_line HANDOFF_DATABASE_URL "$database"
    env_line HANDOFF_SMTP_URL "smtp://127.0.0.1:$(port smtp 1025)"
    env_line HANDOFF_MAIL_URL "http://127.0.0.1:$(port mail_page 1080)"
    env_line HANDOFF_MAIL_FROM handoff@handoff.example
    env_line HANDOFF_WEBHOOK_URL "http://127.0.0.1:$(port webhook)/hook"
    env_line HANDOFF_WEBHOOK_SECRET_FILE "$(webhook_secret_file)"
    env_line HANDOFF_WEBHOOK_ALLOW_PRIVATE yes
    env_line HANDOFF_PROTOCOLS_DIR "$ROOT/deploy/protocols"
    env_line HANDOFF_CALENDARS_DIR "$ROOT/deploy/calendars"
    env_line HANDOFF_CODES_DIR "$ROOT/deploy/codes"
    env_line HANDOFF_PROGRAMS_DIR "$ROOT/deploy/programs"
    env_line HANDOFF_FEEDS_DIR "$ROOT/deploy/feeds"
    env_line HANDOFF_WEB_DIR "$ROOT/build/web"
    env_line HANDOFF_DEV_OWN "$own"
}

# env_line NAME VALUE: quoted so that any shell reads it back.
env_line() {
    printf "export %s='%s'\n" "$1" "${2//\'/\'\\\'\'}"
}

env_path_line() {
    local quoted=${BIN_DIR//\'/\'\\\'\'}
    # shellcheck disable=SC2016  # $PATH is for the shell that reads this
    printf 'case ":$PATH:" in *:'"'%s'"':*) ;; *) export PATH='"'%s'"':"$PATH" ;; esac\n' "$quoted" "$quoted"
}

env_print() {
    [ -f "$STATE/env" ] || die "there is no environment in $STATE yet" "Run: deploy/dev up"
    cat "$STATE/env"
    [ ! -f "$STATE/env.local" ] || cat "$STATE/env.local"
}

env_load() {
    local lines
    lines=$(env_print)
    eval "$lines"
}
