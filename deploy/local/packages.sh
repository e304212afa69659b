# What the machine needs, from Debian's packages. Sourced, never run.

RUN_PACKAGES=(
    build-essential pkg-config cmake ninja-build librdkafka-dev libprotobuf-c-dev protobuf-c-compiler
    libpq-dev libcmocka-dev libmicrohttpd-dev libjansson-dev libcurl4-openssl-dev libcyaml-dev libyaml-dev libicu-dev
    libssl-dev uthash-dev postgresql-15 postgresql-client-15 python3 kcat curl netcat-openbsd
    ca-certificates git
)
TEST_PACKAGES=(openssl clang-format clang-tidy clang libclang-rt-14-dev valgrind chromium fonts-dejavu-core
    protobuf-compiler python3-confluent-kafka python3-protobuf)

# packages_install run|tests
packages_install() {
    local wanted=("${RUN_PACKAGES[@]}") missing
    [ "$1" = run ] || wanted+=("${TEST_PACKAGES[@]}")
    java_bin >/dev/null || wanted+=(openjdk-17-jre-headless)
    command -v mvn >/dev/null || wanted+=(maven)
    node_is_usable || wanted+=(nodejs)
    command -v npm >/dev/null || wanted+=(npm)
    mapfile -t missing < <(packages_missing "${wanted[@]}")
    if [ ${#missing[@]} = 0 ]; then
        report packages "all there"
        return
    fi
    packages_check_machine "${missing[@]}"
    packages_keep_postgres_quiet
    report packages "installing ${#missing[@]}: ${missing[*]}"
    packages_apt "${missing[@]}"
}

packages_missing() {
    comm -23 <(printf '%s\n' "$@" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

packages_check_machine() {
    local release
    release=$(. /etc/os-release 2>/dev/null && echo "${ID-}-${VERSION_ID-}") || true
    [ "$release" = debian-12 ] || die "packages are missing, and only Debian 12 is known to this script" \
        "Install what corresponds to: $*"
    is_root || command -v sudo >/dev/null ||
        die "installing packages takes root, and there is no sudo" "As root, run: apt-get install $*"
}

# Debian's server package makes and starts a cluster of the machine's own, which handoff does not want.
packages_keep_postgres_quiet() {
    local file=/etc/postgresql-common/createcluster.conf
    [ -z "$(packages_missing postgresql-common)" ] || [ -e "$file" ] || {
        report packages "writing $file, so that PostgreSQL's package starts no cluster of the machine's own"
        as_root mkdir -p "${file%/*}"
        echo 'create_main_cluster = false' | as_root tee "$file" >/dev/null
    }
}

packages_apt() {
    local log=$ROOT/var/log/install.log
    mkdir -p "${log%/*}"
    if ! {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
                -o Dpkg::Options::=--force-confold install --no-install-recommends "$@"
    } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        die "apt-get failed (lines above)" "The whole output is in $log. Run the same command again when it is mended."
    fi
}

as_root() {
    if is_root; then "$@"; else sudo "$@"; fi
}

node_is_usable() {
    local version
    version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    [ "${version%%.*}" -ge 18 ]
}
