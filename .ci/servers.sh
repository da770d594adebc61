# Sourced by scripts that start servers: start_postgres sets postgres_url, stop_postgres ends it, wait_for asks until it answers.
# The caller sets scratch to a folder that others may enter.

postgres_account='' postgres_data='' postgres_bin='' postgres_url=''

free_port() { node -e "const s=require('net').createServer();s.listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})"; }

# as_postgres runs a command as somebody whom PostgreSQL accepts: it refuses root.
as_postgres() {
  if [[ -z $postgres_account ]]; then
    "$@"
  else
    (cd / && setpriv --reuid="$postgres_account" --regid="$(id -g "$postgres_account")" --clear-groups "$@")
  fi
}

start_postgres() {
  local port
  postgres_bin=$(dirname "$(readlink -f "$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -1)")")
  if [[ $(id -u) == 0 ]]; then postgres_account=$(id -un postgres 2>/dev/null || echo nobody); fi
  mkdir "$scratch/cluster"
  [[ -z $postgres_account ]] || chown "$postgres_account" "$scratch/cluster"
  as_postgres "$postgres_bin/initdb" -D "$scratch/cluster/data" -U groundwork -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
  port=$(free_port)
  as_postgres "$postgres_bin/pg_ctl" -D "$scratch/cluster/data" -w -l "$scratch/cluster/log" \
    -o "-c listen_addresses=127.0.0.1 -p $port -c unix_socket_directories= -c fsync=off" start >/dev/null
  postgres_data=$scratch/cluster/data
  postgres_url="postgres://groundwork@127.0.0.1:$port/postgres?sslmode=disable"
}

stop_postgres() {
  [[ -z $postgres_data ]] || as_postgres "$postgres_bin/pg_ctl" -D "$postgres_data" -m immediate -w stop >/dev/null || true
  postgres_data=''
}

# wait_for asks an address until it answers 200, for at most fifteen seconds, as long as the process lives.
wait_for() {
  local address=$1 pid=$2
  for _ in $(seq 150); do
    if curl -fsS -o /dev/null "$address" 2>/dev/null; then return; fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "no answer from $address" >&2
  return 1
}
