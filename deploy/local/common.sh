# Words, waiting and paths that every part of the local environment uses. Sourced, never run.
# The caller has set ROOT, the repository's root.

CACHE=$ROOT/var/cache
STATE=$(realpath -ms "${HANDOFF_DEV_DIR:-$ROOT/var/dev}")
BIN_DIR=$(realpath -ms "${HANDOFF_BIN_DIR:-$ROOT/build/release/bin}")
RUN=$STATE/run
LOG=$STATE/log
SECRETS=$STATE/secrets

SERVICES=(relay matcher lookback transitions notifier roster api gateway)
PARTS=(postgres kafka mail webhook)

say() {
    printf '%s\n' "$*"
}

# report NAME WORDS: one line about one part.
report() {
    printf '  %-12s %s\n' "$1" "$2"
}

# die WORDS [HINT]: what is wrong and where, then what to do.
die() {
    printf 'deploy: %s\n' "$1" >&2
    [ -z "${2-}" ] || printf '  %s\n' "$2" >&2
    exit 1
}

is_root() {
    [ "$(id -u)" = 0 ]
}

# wait_until SECONDS COMMAND...: until the command succeeds; fails when the time is over.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

answers_at() {
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

http_ok() {
    curl -fsS -o /dev/null --max-time 2 "$1" 2>/dev/null
}

# random_hex BYTES
random_hex() {
    head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

# secret NAME COMMAND...: the file of a secret, which the command prints when there is none yet.
secret() {
    local file=$SECRETS/$1
    shift
    [ -s "$file" ] || (umask 077 && "$@" >"$file.new" && mv "$file.new" "$file")
    printf '%s\n' "$file"
}

seconds_since() {
    awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", b - a }'
}

# Downloads are shared by all environments: one at a time.
cache_lock() {
    mkdir -p "$CACHE" "$ROOT/var/log"
    exec 6>"$CACHE/lock"
    flock 6
}

cache_unlock() {
    exec 6>&-
}

is_running() {
    unit_pid "$1" >/dev/null
}

is_service() {
    local name
    for name in "${SERVICES[@]}"; do
        [ "$name" != "${1%%.*}" ] || return 0
    done
    return 1
}
