# Ports of one environment: chosen once, kept in STATE/ports as name=number. Sourced, never run.
#
# A port is chosen long before its program binds it. Three things keep others off it meanwhile:
# it lies outside the range from which the kernel serves outgoing connections, it is entered in a
# book that all environments of this user share, and nothing listens there now.

PORT_BOOK=/tmp/handoff-ports-$(id -u)

# port NAME [PREFERRED]: the port kept for NAME; the first call chooses it.
port() {
    local kept
    kept=$(port_kept "$STATE" "$1")
    [ -n "$kept" ] || kept=$(port_choose "$@")
    [ -n "$kept" ] || exit 1
    printf '%s\n' "$kept"
}

port_kept() {
    [ ! -f "$1/ports" ] || sed -n "s/^$2=//p" "$1/ports"
}

port_choose() (
    port_book_open
    kept=$(port_kept "$STATE" "$1")
    candidate=${kept:-$(port_candidate "${2-}")}
    printf '%s\n' "$STATE" >"$PORT_BOOK/$candidate"
    [ -n "$kept" ] || printf '%s=%s\n' "$1" "$candidate" >>"$STATE/ports"
    printf '%s\n' "$candidate"
)

port_book_open() {
    mkdir -m 700 "$PORT_BOOK" 2>/dev/null || [ -O "$PORT_BOOK" ] || die "$PORT_BOOK belongs to somebody else" "Remove it."
    exec 7>"$PORT_BOOK/lock"
    flock 7
}

port_candidate() {
    local candidate=$1 tries
    if [ "${HANDOFF_DEV_PORTS-}" = any ] || [ -z "$candidate" ]; then
        candidate=$(port_random)
    fi
    for ((tries = 0; tries < 1000; tries++)); do
        if ! port_is_promised "$candidate" && ! answers_at "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
        candidate=$(port_random)
    done
    die "no free port found on 127.0.0.1 in 1000 tries"
}

# An environment has entered the port in the book and still keeps it.
port_is_promised() {
    local owner
    owner=$(cat "$PORT_BOOK/$1" 2>/dev/null) || return 1
    grep -qs "=$1\$" "$owner/ports"
}

port_random() {
    local low high
    read -r low high </proc/sys/net/ipv4/ip_local_port_range
    if [ "$low" -gt 12000 ]; then
        echo $((10000 + SRANDOM % (low - 10000)))
    elif [ "$high" -lt 64000 ]; then
        echo $((high + 1 + SRANDOM % (65535 - high)))
    else
        echo $((10000 + SRANDOM % 20000))
    fi
}

# Before a start from rest: a kept port that somebody else has taken meanwhile is given up.
ports_settle() {
    local name number
    [ -f "$STATE/ports" ] || return 0
    while IFS='=' read -r name number; do
        answers_at "$number" || continue
        say "Port $number ($name) is taken by another program now; choosing another."
        sed -i "/^$name=/d" "$STATE/ports"
    done < <(cat "$STATE/ports")
}

ports_release() {
    local name number
    [ -f "$STATE/ports" ] || return 0
    while IFS='=' read -r name number; do
        [ "$(cat "$PORT_BOOK/$number" 2>/dev/null)" != "$STATE" ] || rm -f "$PORT_BOOK/$number"
    done <"$STATE/ports"
}
