# The mail server (with a page that shows every mail) and the webhook receiver. Sourced, never run.

MAIL_PARTS=$ROOT/deploy/local/mail
MAIL_HOME=$CACHE/mail

mail_begin() {
    local smtp page
    node_is_usable || die "Node 18 or later is not installed" "Run: deploy/dev install"
    mail_fetch
    smtp=$(port smtp 1025)
    page=$(port mail_page 1080)
    mkdir -p "$STATE/mail"
    unit_start mail node "$MAIL_HOME/node_modules/maildev/bin/maildev" --ip 127.0.0.1 \
        --smtp "$smtp" --web "$page" --mail-directory "$STATE/mail"
}

mail_wait() {
    unit_wait mail 30 http_ok "http://127.0.0.1:$(port mail_page)/healthz" &&
        unit_wait mail 30 answers_at "$(port smtp)"
}

mail_fetch() {
    ! mail_is_fetched || return 0
    command -v npm >/dev/null || die "npm is not installed" "Run: deploy/dev install"
    cache_lock
    mail_is_fetched || mail_download
    cache_unlock
}

mail_is_fetched() {
    [ -d "$MAIL_HOME" ] && cmp -s "$MAIL_PARTS/package-lock.json" "$MAIL_HOME/package-lock.json"
}

mail_download() {
    local new=$CACHE/mail.new
    rm -rf "$new"
    mkdir -p "$new"
    cp "$MAIL_PARTS/package.json" "$MAIL_PARTS/package-lock.json" "$new"
    say "Fetching the mail server."
    (cd "$new" && npm ci --silent --no-audit --no-fund --no-update-notifier --ignore-scripts) \
        >"$ROOT/var/log/mail-fetch.log" 2>&1 ||
        die "npm could not fetch the mail server" "See $ROOT/var/log/mail-fetch.log."
    rm -rf "$MAIL_HOME"
    mv "$new" "$MAIL_HOME"
}

webhook_begin() {
    local port key
    node_is_usable || die "Node 18 or later is not installed" "Run: deploy/dev install"
    port=$(port webhook)
    key=$(webhook_secret_file)
    unit_start webhook node "$ROOT/deploy/local/webhook/receiver.mjs" "$port" "$key" "$STATE/webhook-calls.jsonl"
}

webhook_wait() {
    unit_wait webhook 30 http_ok "http://127.0.0.1:$(port webhook)/healthz"
}

webhook_secret_file() {
    secret webhook-secret webhook_new_secret
}

webhook_new_secret() {
    printf 'whsec_%s\n' "$(head -c 32 /dev/urandom | base64)"
}
