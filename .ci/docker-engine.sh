#!/usr/bin/env bash
# A container engine of the tests' own, for machines without one: its own socket, data and process, no default bridge, so that
# an engine that is there already is neither used nor disturbed. Needs root on Debian; no service manager.
#   docker-engine.sh start   installs what is missing, starts it, loads both images; prints the DOCKER_HOST to use
#   docker-engine.sh stop    stops it and takes its mounts away; images stay for the next time
set -euo pipefail
HOME_FOLDER=${DOCKER_CI:-$HOME/.cache/flinkts-ci/docker}
SOCKET=$HOME_FOLDER/docker.sock
PIDFILE=$HOME_FOLDER/dockerd.pid

runs() { kill -0 "$1" 2>/dev/null; }
answers() { curl -fsS -m 2 --unix-socket "$SOCKET" http://engine/_ping >/dev/null 2>&1; }

install_engine() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  command -v curl >/dev/null || missing+=(curl)
  [ ${#missing[@]} -eq 0 ] && return 0
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Asks the process to end, and kills it when it has not after 20 s.
end_process() {
  local pid=$1
  if ! kill -TERM "$pid" 2>/dev/null; then return 0; fi
  for _ in $(seq 200); do
    if ! runs "$pid"; then return 0; fi
    sleep 0.1
  done
  echo "dockerd ($pid) does not end: it is killed" >&2
  if runs "$pid"; then kill -KILL "$pid"; fi
}

# Overlays where the file system can do them, plain copies elsewhere. The engine drops files above 20,000 where the machine
# refuses more, so no ulimit is asked for.
start_engine() {
  local driver pid
  for driver in overlay2 vfs; do
    rm -f "$PIDFILE"
    setsid nohup dockerd --storage-driver="$driver" --data-root "$HOME_FOLDER/data" --exec-root "$HOME_FOLDER/exec" \
      --pidfile "$PIDFILE" --bridge=none -H "unix://$SOCKET" >"$HOME_FOLDER/dockerd.log" 2>&1 </dev/null &
    pid=$!
    for _ in $(seq 300); do
      answers && return 0
      runs "$pid" || break
      sleep 0.1
    done
    end_process "$pid"
  done
  tail -20 "$HOME_FOLDER/dockerd.log" >&2
  return 1
}

stop_engine() {
  [ -s "$PIDFILE" ] || return 0
  local mount
  end_process "$(cat "$PIDFILE")"
  rm -f "$PIDFILE" "$SOCKET"
  awk -v folder="$HOME_FOLDER/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
    if mountpoint -q "$mount"; then umount "$mount"; fi
  done
}

case ${1:?start or stop} in
start)
  mkdir -p "$HOME_FOLDER"
  install_engine
  answers || start_engine
  bash "$(dirname "$0")/docker-images.sh" "$HOME_FOLDER/images" "$SOCKET"
  echo "DOCKER_HOST=unix://$SOCKET"
  ;;
stop) stop_engine ;;
esac
