# The evaluation broker, where Apache Kafka cannot be had: one process, everything in memory.
# Sourced, never run.
#
# It forgets its messages when it ends, and the database counts on them (offsets, ledger). So the
# database is reset with it: when it is stopped, and at the next start if it ended by itself.

devbroker_begin() {
    local program=$BIN_DIR/handoff-devbroker
    [ -x "$program" ] || die "no $program" "Build it: cmake --preset release && cmake --build --preset release"
    say "Apache Kafka cannot be had here, or was not wanted: the evaluation broker stands in. It keeps everything"
    say "in memory (5 MiB a partition) and forgets it when it stops; the database is then reset with it."
    : >"$LOG/kafka.log"
    unit_start kafka "$program" --port "$(port kafka)"
}

# To be called when the broker has ended. Without PostgreSQL running it is left for the next start.
devbroker_forgot() {
    [ -f "$STATE/embedded-used" ] && is_running postgres || return 0
    say "The evaluation broker has forgotten its messages: the services stop and the database is reset with it."
    services_stop
    postgres_reset
    rm -f "$STATE/embedded-used"
}

devbroker_note_use() {
    [ "$(broker_kind)" != embedded ] || : >"$STATE/embedded-used"
}
