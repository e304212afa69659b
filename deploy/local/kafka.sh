# The broker of one environment: a single-node Apache Kafka (KRaft), its jars fetched by Maven and
# checked by checksum; or the evaluation broker where Maven cannot fetch. Sourced, never run.
#
# STATE/broker holds which of the two this environment was made with: kafka or embedded.

KAFKA_PARTS=$ROOT/deploy/local/kafka
KAFKA_JARS=$CACHE/kafka/4.3.0

broker_kind() {
    cat "$STATE/broker" 2>/dev/null || true
}

# Decides at the first up, and holds later ones to it: the offsets in the database belong to one broker.
broker_choose() {
    local kept wanted=${HANDOFF_DEV_BROKER-}
    case $wanted in
    '' | kafka | embedded) ;;
    *) die "HANDOFF_DEV_BROKER is '$wanted'" "It may be kafka or embedded." ;;
    esac
    kept=$(broker_kind)
    [ -z "$kept" ] || [ "${wanted:-$kept}" = "$kept" ] || die_other_choice "the broker '$kept'" "HANDOFF_DEV_BROKER=$wanted"
    wanted=${wanted:-$kept}
    if [ -z "$wanted" ]; then
        if kafka_fetch; then wanted=kafka; else wanted=embedded; fi
    fi
    if [ "$wanted" = embedded ] && is_external postgres; then
        die "the evaluation broker forgets everything, and HANDOFF_DATABASE_URL names a database that does not" \
            "Set HANDOFF_KAFKA_BROKERS as well, or unset HANDOFF_DATABASE_URL."
    fi
    [ "$wanted" = embedded ] || kafka_require
    printf '%s\n' "$wanted" >"$STATE/broker"
}

broker_begin() {
    if [ "$(broker_kind)" = embedded ]; then devbroker_begin; else kafka_begin; fi
}

broker_wait() {
    if [ "$(broker_kind)" = embedded ]; then
        unit_wait kafka 10 grep -q "^brokers " "$LOG/kafka.log"
    else
        unit_wait kafka 60 kafka_answers
    fi
}

broker_stop() {
    unit_stop kafka 30
    devbroker_forgot
}

broker_kill() {
    unit_kill kafka
    devbroker_forgot
}

kafka_begin() {
    local data=$STATE/kafka java
    java=$(java_bin) || die "no Java 17 or later" "Run: deploy/dev install"
    kafka_require
    kafka_write_properties >"$STATE/kafka.properties"
    [ -f "$data/meta.properties" ] || kafka_format "$java" "$data"
    unit_start kafka "$java" -Xmx512m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
        -Dlog4j2.configurationFile="$KAFKA_PARTS/log4j2.properties" \
        -cp "$KAFKA_JARS/*" kafka.Kafka "$STATE/kafka.properties"
}

kafka_format() {
    local cluster
    cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | cut -c1-22)
    rm -rf "$2"
    "$1" -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$KAFKA_PARTS/log4j2.properties" \
        -cp "$KAFKA_JARS/*" kafka.tools.StorageTool format -t "$cluster" -c "$STATE/kafka.properties" \
        >"$LOG/kafka-format.log" 2>&1 || die "Kafka's storage could not be formatted" "See $LOG/kafka-format.log."
}

# For every partition that it has: after a restart it names them at once, but is not yet the leader of each.
kafka_answers() {
    local broker list words
    broker=127.0.0.1:$(port kafka)
    list=$(kcat -L -m 2 -b "$broker" 2>/dev/null) || return 1
    mapfile -t words < <(kafka_end_queries <<<"$list")
    [ ${#words[@]} = 0 ] || kcat -Q -m 2 -b "$broker" "${words[@]}" >/dev/null 2>&1
}

# kcat's words to ask for the end of each partition that kcat -L has listed.
kafka_end_queries() {
    awk -F '"' '/^  topic "/ { topic = $2 }
        /^    partition / { split($1, words, /[ ,]+/); print "-t"; print topic ":" words[3] ":-1" }'
}

kafka_write_properties() {
    local broker controller
    broker=$(port kafka)
    controller=$(port kafka_controller)
    cat <<PROPERTIES
# Written by deploy/dev at each start.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$broker
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$STATE/kafka
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=4000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=6000
PROPERTIES
}

kafka_require() {
    kafka_fetch || die "Apache Kafka cannot be fetched (see $ROOT/var/log/kafka-fetch.log)" \
        "HANDOFF_DEV_BROKER=embedded takes the evaluation broker, HANDOFF_KAFKA_BROKERS one of yours."
}

# Fills KAFKA_JARS; fails where Maven cannot fetch. A jar that is not the pinned one ends everything.
kafka_fetch() {
    local fetched=0
    ! kafka_jars_are_right || return 0
    cache_lock
    kafka_jars_are_right || kafka_download || fetched=1
    cache_unlock
    return $fetched
}

kafka_download() {
    local new=$CACHE/kafka/new
    command -v mvn >/dev/null || die "Maven is not installed" "Run: deploy/dev install"
    rm -rf "$new"
    mkdir -p "$new"
    say "Fetching Apache Kafka 4.3.0 (46 jars, 44 MB)."
    mvn -q -B -f "$KAFKA_PARTS/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$new" >"$ROOT/var/log/kafka-fetch.log" 2>&1 || return 1
    (cd "$new" && sha256sum -c --quiet --strict "$KAFKA_PARTS/jars.sha256" >&2) ||
        die "Kafka's jars are not the pinned ones (lines above): they are not used" \
            "Clear the local Maven repository and try again; deploy/local/kafka/jars.sha256 names what is expected."
    rm -rf "$KAFKA_JARS"
    mv "$new" "$KAFKA_JARS"
}

kafka_jars_are_right() {
    [ -d "$KAFKA_JARS" ] && (cd "$KAFKA_JARS" && sha256sum -c --status --strict "$KAFKA_PARTS/jars.sha256" 2>/dev/null)
}

# A Java of 17 or later: JAVA_HOME, the PATH, then Debian's places.
java_bin() {
    local java
    for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java)" /usr/lib/jvm/java-*-openjdk-*/bin/java; do
        if [ -n "$java" ] && [ "$(java_version "$java")" -ge 17 ]; then
            printf '%s\n' "$java"
            return
        fi
    done
    return 1
}

java_version() {
    local version
    version=$("$1" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
    printf '%s\n' "${version:-0}"
}
