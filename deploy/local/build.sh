# Building handoff's programs and its web page. Sourced, never run.
# The callers test the results, which turns `set -e` off in here: failures are passed on by && alone.
# The caller has set ROOT.

# build_programs PRESET [TARGET...]: everything, or only the targets.
build_programs() {
    (cd "$ROOT" && cmake --preset "$1" && cmake --build --preset "$1" ${2:+--target "${@:2}"})
}

# The page that api serves, into build/web.
build_web() {
    npm_install "$ROOT/services/api/web" && (cd "$ROOT/services/api/web" && npm run --silent build)
}

# npm_install FOLDER: what its lock file pins; nothing to do while the lock file is the installed one.
npm_install() {
    local stamp=$1/node_modules/.installed-lock.json
    ! cmp -s "$1/package-lock.json" "$stamp" || return 0
    (cd "$1" && npm ci --silent --no-audit --no-fund --no-update-notifier) &&
        cp "$1/package-lock.json" "$stamp"
}
