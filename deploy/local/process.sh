# Processes of one environment, called units: started detached, known by pid and start time.
# Sourced, never run.

# start_time PID: in clock ticks since boot; fails for a process that is gone or only a zombie. One whose first thread has
# died before the others (${18} counts them) still holds its ports.
start_time() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    # shellcheck disable=SC2086  # the fields after the name, which may hold blanks
    set -- ${stat##*) }
    [ "$1" != X ] && { [ "$1" != Z ] || [ "${18}" -gt 1 ]; } && printf '%s\n' "${20}"
}

# unit_pid UNIT: the pid of a running unit. The start time tells it from a stranger with its number.
unit_pid() {
    local pid started
    { read -r pid <"$RUN/$1.pid" && read -r started <"$RUN/$1.started"; } 2>/dev/null || return 1
    [ "$(start_time "$pid")" = "$started" ] || return 1
    printf '%s\n' "$pid"
}

# unit_start UNIT COMMAND...: detached, its output appended to its log.
unit_start() {
    local unit=$1 pid
    shift
    (close_inherited && exec setsid "$@") </dev/null >>"$LOG/$unit.log" 2>&1 &
    pid=$!
    start_time "$pid" >"$RUN/$unit.started" || true
    printf '%s\n' "$pid" >"$RUN/$unit.pid"
}

# A unit outlives its starter, so it must hold neither our locks nor a pipe that somebody reads to its end.
close_inherited() {
    local fd
    for fd in "/proc/$BASHPID/fd"/*; do
        fd=${fd##*/}
        [ "$fd" -le 2 ] || exec {fd}>&-
    done
}

# unit_stop UNIT SECONDS [SIGNAL]: waits until it is gone; beyond the time it is killed, and that is said.
unit_stop() {
    local unit=$1 pid
    pid=$(unit_pid "$unit") || return 0
    kill -s "${3:-TERM}" "$pid" 2>/dev/null || true
    kill -s CONT "$pid" 2>/dev/null || true
    if ! wait_until "$2" unit_is_gone "$unit"; then
        report "$unit" "did not stop within $2 s: killing it"
        unit_kill "$unit"
    fi
    unit_forget "$unit"
}

unit_kill() {
    local pid
    pid=$(unit_pid "$1") || return 0
    kill -s KILL "$pid" 2>/dev/null || true
    wait_until 30 unit_is_gone "$1" || die "$1 (pid $pid) survives SIGKILL" "Look at its state in /proc/$pid/status."
    unit_forget "$1"
}

unit_is_gone() {
    ! is_running "$1"
}

unit_forget() {
    rm -f "$RUN/$1.pid" "$RUN/$1.started"
}

# unit_wait UNIT SECONDS COMMAND...: until the command succeeds. A unit that ends or stays unready
# is reported with the end of its log.
unit_wait() {
    local unit=$1 limit=$2
    shift 2
    if wait_until "$limit" unit_ended_or "$unit" "$@" && is_running "$unit"; then
        return 0
    fi
    if is_running "$unit"; then
        report "$unit" "is not ready after $limit s"
    else
        report "$unit" "has stopped"
    fi
    unit_log_tail "$unit" >&2
    return 1
}

unit_ended_or() {
    unit_is_gone "$1" || "${@:2}"
}

unit_log_tail() {
    printf '  the end of %s:\n' "$LOG/$1.log"
    tail -n 20 "$LOG/$1.log" 2>/dev/null | sed 's/^/    /'
}

# Every unit that has a pid file, running or not: also second instances such as matcher.2.
units_known() {
    local file
    for file in "$RUN"/*.pid; do
        [ -e "$file" ] || continue
        file=${file##*/}
        printf '%s\n' "${file%.pid}"
    done
}
