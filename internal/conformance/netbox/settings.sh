# Read by up and down: where the NetBox lives, and what both of them do.

version=4.7.3
home=${NETBOX_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/itsmkit/netbox-$version}
port=${NETBOX_PORT:-8901}
pgport=${NETBOX_PG_PORT:-8902}
redisport=${NETBOX_REDIS_PORT:-8903}

say() { echo "netbox: $*" >&2; }
die() { say "$*"; exit 1; }
root() { [ "$(id -u)" = 0 ]; }

# PostgreSQL refuses to run as root, so root runs it as the user that the
# package makes; from /, for that user may not see the caller's folder.
as_postgres() { if root; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
postgres_bin() { { ls -d /usr/lib/postgresql/*/bin 2>/dev/null || true; } | sort -V | tail -1; }

# Does this NetBox answer, and take our token?
answers() {
  [ -s "$home/token" ] && curl -fsS -m 10 -o /dev/null \
    -H "Authorization: Bearer $(cat "$home/token")" "http://127.0.0.1:$port/api/status/" 2>/dev/null
}

# Stops the process whose id a file holds, and waits up to ten seconds for it.
# The id may be an old one that something else has by now: look at its name.
stop() {
  local pid
  pid=$(cat "$home/$1.pid" 2>/dev/null) || return 0
  rm -f "$home/$1.pid"
  ps -o args= -p "$pid" 2>/dev/null | grep -q "$home/venv" || return 0
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
}
