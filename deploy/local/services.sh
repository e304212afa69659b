# handoff's own services. Sourced, never run.
#
# An instance is a service's name, or name.N for a further copy with ports of its own. HANDOFF_INSTANCE
# tells the copies apart, so that each keeps its place in its consumer group over a restart.

SERVICE_READY_S=${HANDOFF_DEV_READY_S:-30}
SERVICE_STOP_S=30

services_require_built() {
    local name
    for name in handoffctl "${SERVICES[@]/#/handoff-}"; do
        [ -x "$BIN_DIR/$name" ] || die "there is no $name in $BIN_DIR" \
            "Build it (cmake --preset release && cmake --build --preset release), or set HANDOFF_BIN_DIR."
    done
}

# Brings the database and the topics to what the services expect; both do nothing when all is there.
services_prepare() {
    service_ctl migrate
    service_ctl topics apply
    devbroker_note_use
}

service_ctl() {
    local output
    if ! output=$(env_load && "$BIN_DIR/handoffctl" "$@" 2>&1); then
        printf '%s\n' "$output" >&2
        die "handoffctl $* failed (lines above)" "deploy/dev status tells what runs; deploy/dev logs what it said."
    fi
    printf '%s\n' "$output" >>"$LOG/handoffctl.log"
}

service_begin() (
    env_load
    HANDOFF_INSTANCE=1
    [ "${1#*.}" = "$1" ] || HANDOFF_INSTANCE=${1#*.}
    HANDOFF_ADMIN_ADDRESS=127.0.0.1:$(port "admin_$1")
    export HANDOFF_INSTANCE HANDOFF_ADMIN_ADDRESS
    case $1 in
    gateway.*) HANDOFF_MLLP_ADDRESS=$(service_address "$1") ;;
    api.*) HANDOFF_API_ADDRESS=$(service_address "$1") ;;
    esac
    unit_start "$1" "$BIN_DIR/handoff-${1%%.*}"
)

# Its program has been built anew since it started.
service_is_stale() {
    case $(readlink "/proc/$(unit_pid "$1")/exe") in
    *' (deleted)') return 0 ;;
    *) return 1 ;;
    esac
}

service_wait() {
    unit_wait "$1" "$SERVICE_READY_S" http_ok "http://127.0.0.1:$(port "admin_$1")/readyz"
}

# The address where an instance serves others, if it does.
service_address() {
    case $1 in
    gateway) echo "127.0.0.1:$(port mllp)" ;;
    api) echo "127.0.0.1:$(port api)" ;;
    gateway.* | api.*) echo "127.0.0.1:$(port "serve_$1")" ;;
    esac
}

# Those that take work from outside first, so that the rest can finish what is on its way.
services_stop() {
    local index
    for ((index = ${#SERVICES[@]} - 1; index >= 0; index--)); do
        service_stop_instances "${SERVICES[index]}"
    done
}

service_stop_instances() {
    local unit
    for unit in $(units_known); do
        if [ "${unit%%.*}" = "$1" ] && is_running "$unit"; then
            service_stop "$unit"
            report "$unit" "stopped"
        fi
    done
}

service_stop() {
    unit_stop "$1" "$SERVICE_STOP_S"
}
