# Building handoff's programs and its web page. Sourced, never run.
# The callers test the results, which turns `set -e` off in here: failures are passed on by && alone.
# The caller has set ROOT.

# build_programs PRESET [FILE...]: everything, or only these files of the build folder.
build_programs() {
    (cd "$ROOT" && cmake --preset "$1" && cmake --build --preset "$1" ${2:+--target "${@:2}"})
}

# The page that api serves, into build/web; nothing to do while no source is newer.
build_web() {
    local source=$ROOT/services/api/web
    npm_install "$source" || return 1
    [ -n "$(web_sources_newer "$source" "$ROOT/build/web/index.html")" ] || return 0
    (cd "$source" && npm run --silent build)
}

web_sources_newer() {
    if [ -f "$2" ]; then
        find "$1" -name node_modules -prune -o -newer "$2" -type f -print
    else
        echo "$1"
    fi
}

# npm_install FOLDER: what its lock file pins; nothing to do while the lock file is the installed one.
npm_install() {
    local stamp=$1/node_modules/.installed-lock.json
    ! cmp -s "$1/package-lock.json" "$stamp" || return 0
    (cd "$1" && npm ci --silent --no-audit --no-fund --no-update-notifier) &&
        cp "$1/package-lock.json" "$stamp"
}
