# What the tests of whole runs have in common. A test sets `name`, `build` and `rate`, sources this, and is then in a
# folder of its own, which goes with it unless TINFOIL_KEEP is set.
common=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap '{ kill -9 $(jobs -p); wait; } 2>/dev/null; [ "${TINFOIL_KEEP:-}" ] || rm -rf "$work"' EXIT
cd "$work" || exit 1
export HOME=$work DISCORD_TOKEN=sandbox TINFOIL_JOURNAL=$work/journal

die() { echo "$name: FAILED: $*"; tail -n 15 account err 2>/dev/null; exit 1; }
pause() { read -r -t "$1" <> <(:) || true; }
until_true() { # SECONDS COMMAND...: polls until it succeeds.
    local tries=$(($1 * 20)); shift
    for _ in $(seq "$tries"); do "$@" && return 0; pause 0.05; done
    return 1
}
ask() { # METHOD PATH: of the sandbox, without its API prefix
    exec 9<>"/dev/tcp/127.0.0.1/$port" || return 1
    printf '%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$1" "$2" >&9
    tr -d '\r' <&9 | sed '1,/^$/d'; exec 9>&-
}
count() { ask GET /sandbox/counts | grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d: -f2; }
field() { grep -o "\"$1\":\"[^\"]*\"" info.json | head -n 1 | cut -d'"' -f4; }

# serve_discord ARGUMENTS...: the sandbox, a process of its own; sets api, ca and port.
serve_discord() {
    "$build/tinfoil" sandbox --listen 127.0.0.1:0 --plain --info info.json --rate "$rate/s" --log log "$@" >sandbox.out 2>&1 &
    until_true 20 test -s info.json || die "the sandbox did not start: $(cat sandbox.out)"
    api=$(field api) ca=$(field ca_file)
    port=$(grep -o '"plain":{[^}]*}' info.json | grep -o 'http://[^/]*' | sed 's/.*://')
}
# run_host EXECUTABLE ARGUMENTS...: the bot with what is in plugins/; sets host. The scaler is off unless a test has
# settings of its own: what it moves would be in the way of what is counted.
run_host() {
    local executable=$1; shift
    [ -e tinfoil.toml ] || printf '[scaler]\nmode = "off"\n' >tinfoil.toml
    "$executable" run --api "$api" --ca-file "$ca" --plugins plugins --state state "$@" >>account 2>>err &
    host=$!
}
is_ready() { [ "$("$build/tinfoil" shards list --json --state state 2>/dev/null | grep -o '"state":"ready"' | wc -l)" -eq "$1" ]; }
pids_of_collections() { "$build/tinfoil" status --json --state state | grep -o '"pid":[0-9]*' | cut -d: -f2 | grep -vx "$host" | sort; }
stop_host() {
    "$build/tinfoil" stop --state state >stopped 2>&1 || die "tinfoil stop: $(cat stopped)"
    wait $host || die "the host ended with $?"
}
# The people fall silent, and the plugins finish.
come_to_rest() {
    ask POST /sandbox/hush >/dev/null
    until_true 60 is_settled || die "the journal does not come to rest"
}
is_settled() { local a; a=$(wc -l <journal); pause 1; [ "$a" = "$(wc -l <journal)" ]; }
# account_of ARGUMENTS...: what the plugins wrote down against what the sandbox made, see journal.py.
account_of() { python3 "$common/journal.py" "$name" "$@" || die "something was lost, repeated or out of order"; }
