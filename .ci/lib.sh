# Shared by .ci/run and .ci/full: runs suites one after the other, counts their tests, hides no failure.
passed=0 failed=0 skipped=0 failed_suites=()
: "${ROUNDS:=5}" "${SEEDS:=2}"
export ROUNDS SEEDS CI=true NO_COLOR=1
KAFKA_VERSION=4.1.0
KAFKA_HOME=${KAFKA_HOME:-$HOME/.cache/flinkts-ci/kafka-$KAFKA_VERSION}
KAFKA_LIBS=$KAFKA_HOME/libs
KAFKA_IMAGE_VERSION=4.3.1
KAFKA_IMAGE_HOME=$HOME/.cache/flinkts-ci/kafka-$KAFKA_IMAGE_VERSION
KAFKA_CLIENTS_39_HOME=${KAFKA_CLIENTS_39_HOME:-$HOME/.cache/flinkts-ci/kafka-clients-3.9.1}
KAFKA_CLIENTS_39_LIBS=$KAFKA_CLIENTS_39_HOME/libs
FLINK_VERSION=2.2.0
FLINK_HOME=$HOME/.cache/flinkts-ci/flink-$FLINK_VERSION
DASHBOARD=$HOME/.cache/flinkts-ci/flink-dashboard-$FLINK_VERSION
GO_CLIENTS=$HOME/.cache/flinkts-ci/go-clients
PLATFORMATIC=$HOME/.cache/flinkts-ci/platformatic
PYTHON_CLIENTS=$HOME/.cache/flinkts-ci/python-clients

# A suite that reports counts ("12 passed, 1 failed, 0 skipped", or vitest's "Tests  12 passed | 1 failed (13)") adds them;
# one that fails without saying so counts as one failure.
suite() {
  local name=$1 log before status
  shift
  log=$(mktemp)
  before=$SECONDS
  echo "=== $name"
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  local counts p f s
  counts=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E '^ *Tests +|^[0-9]+ passed, [0-9]+ failed' | tail -1)
  p=$(grep -oE '[0-9]+ passed' <<<"$counts" | grep -oE '[0-9]+' | head -1)
  f=$(grep -oE '[0-9]+ failed' <<<"$counts" | grep -oE '[0-9]+' | head -1)
  s=$(grep -oE '[0-9]+ skipped' <<<"$counts" | grep -oE '[0-9]+' | head -1)
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
  if [ "$status" -ne 0 ]; then
    [ "${f:-0}" -gt 0 ] || failed=$((failed + 1))
    failed_suites+=("$name")
  fi
  echo "=== $name: exit $status after $((SECONDS - before)) s"
  rm -f "$log"
}

# Runs a function beside what comes next; what it prints and counts is told by end_beside.
begin_beside() {
  beside=$(mktemp -d)
  (
    passed=0 failed=0 skipped=0 failed_suites=()
    "$@"
    echo "$passed $failed $skipped" >"$beside/counts"
    printf '%s\n' ${failed_suites[@]+"${failed_suites[@]}"} >"$beside/failed"
  ) >"$beside/output" 2>&1 &
  beside_pid=$!
}

end_beside() {
  local p=0 f=1 s=0 name
  wait "$beside_pid"
  cat "$beside/output"
  # no counts: it was killed
  [ ! -f "$beside/counts" ] || read -r p f s <"$beside/counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  [ ! -f "$beside/failed" ] || while read -r name; do [ -z "$name" ] || failed_suites+=("$name"); done <"$beside/failed"
  rm -rf "$beside"
}

# Debian packages that are not there yet; elsewhere they must be installed by hand.
install_packages() {
  local missing=() package
  for package in "$@"; do command -v "$package" >/dev/null || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  suite "install ${missing[*]}" bash -c "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ${missing[*]}"
}

# Maven artifacts and all they need, as jars in <folder>/libs; made again when what is asked for changes.
install_jars() {
  local folder=$1 artifact group name version
  shift
  command -v javac >/dev/null && command -v mvn >/dev/null ||
    suite "install a JDK and Maven" bash -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openjdk-17-jdk-headless maven'
  mkdir -p "$folder"
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>k</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
    for artifact in "$@"; do
      IFS=: read -r group name version <<<"$artifact"
      echo "<dependency><groupId>$group</groupId><artifactId>$name</artifactId><version>$version</version></dependency>"
    done
    echo '</dependencies></project>'
  } >"$folder/pom.xml.part"
  [ -d "$folder/libs" ] && cmp -s "$folder/pom.xml.part" "$folder/pom.xml" && { rm "$folder/pom.xml.part"; return 0; }
  suite "install $(basename "$folder")" bash -c "cd '$folder' && rm -rf libs.part && mvn -q -B -f pom.xml.part dependency:copy-dependencies -DoutputDirectory='$folder/libs.part' && rm -rf libs && mv libs.part libs && mv pom.xml.part pom.xml"
}

# Apache Kafka, its tools and Kafka Streams, and the clients of the version before, from Maven Central.
install_kafka() {
  install_jars "$KAFKA_HOME" "org.apache.kafka:kafka_2.13:$KAFKA_VERSION" "org.apache.kafka:kafka-tools:$KAFKA_VERSION" \
    "org.apache.kafka:kafka-streams:$KAFKA_VERSION" org.apache.logging.log4j:log4j-slf4j-impl:2.24.3
  install_jars "$KAFKA_CLIENTS_39_HOME" org.apache.kafka:kafka-clients:3.9.1 org.slf4j:slf4j-nop:1.7.36
}

# The Go clients' program; its module pins them. Go older than they ask for (but not than 1.21) fetches a newer one.
install_go_clients() {
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || suite "install Go" bash -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq golang-go'
  suite "build the Go clients" env CGO_ENABLED=0 go build -C test/integration/broker-clients/go -o "$GO_CLIENTS" .
}

# @platformatic/kafka: not among the project's own packages, for some that it needs ask for a newer Node than the project's oldest.
install_platformatic() {
  local from=test/integration/broker-clients/platformatic
  [ -d "$PLATFORMATIC/node_modules" ] && cmp -s "$from/package-lock.json" "$PLATFORMATIC/package-lock.json" && return 0
  mkdir -p "$PLATFORMATIC" && cp "$from"/package*.json "$PLATFORMATIC"
  suite "install @platformatic/kafka" npm ci --prefix "$PLATFORMATIC" --ignore-scripts --omit=optional --no-audit --no-fund
}

# What Apache Flink needs to run jobs in a cluster inside of one process, and its Kafka connector.
install_flink() {
  install_jars "$FLINK_HOME" "org.apache.flink:flink-clients:$FLINK_VERSION" "org.apache.flink:flink-connector-base:$FLINK_VERSION" \
    org.apache.flink:flink-connector-kafka:4.0.1-2.0 org.apache.logging.log4j:log4j-slf4j-impl:2.24.3
}

# Flink's own dashboard, as it lies in its jar, and a browser to open it.
install_dashboard() {
  local from=$HOME/.cache/flinkts-ci/flink-runtime-web-$FLINK_VERSION
  install_packages chromium unzip
  install_jars "$from" "org.apache.flink:flink-runtime-web:$FLINK_VERSION"
  [ -f "$DASHBOARD/index.html" ] && return 0
  suite "unpack Flink's dashboard" bash -c "rm -rf '$DASHBOARD.part' && mkdir -p '$DASHBOARD.part' && unzip -q '$from/libs/flink-runtime-web-$FLINK_VERSION.jar' 'web/*' -d '$DASHBOARD.part' && rm -rf '$DASHBOARD' && mv '$DASHBOARD.part/web' '$DASHBOARD' && rmdir '$DASHBOARD.part'"
}

# The clients of Python, in an environment of their own; made again when what is asked for changes.
install_python_clients() {
  local asked=test/integration/broker-clients/python/requirements.txt
  cmp -s "$asked" "$PYTHON_CLIENTS/requirements.txt" && return 0
  python3 -c 'import ensurepip, venv' 2>/dev/null ||
    suite "install Python" bash -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv'
  suite "install the clients of Python" bash -c "rm -rf '$PYTHON_CLIENTS' && python3 -m venv '$PYTHON_CLIENTS' && '$PYTHON_CLIENTS/bin/pip' install -q --disable-pip-version-check --only-binary :all: -r '$asked' && cp '$asked' '$PYTHON_CLIENTS'"
}

# A container engine with the images of Kafka and Postgres, made here without an image registry. Stopped by with_docker.
install_docker() {
  install_jars "$KAFKA_IMAGE_HOME" "org.apache.kafka:kafka_2.13:$KAFKA_IMAGE_VERSION" "org.apache.kafka:kafka-tools:$KAFKA_IMAGE_VERSION" \
    org.apache.logging.log4j:log4j-slf4j-impl:2.24.3
  suite "start a container engine, make its images" env KAFKA_IMAGE_LIBS="$KAFKA_IMAGE_HOME/libs" bash .ci/docker-engine.sh start
}

# Runs a command with that engine, and stops the engine.
with_docker() {
  local status
  DOCKER_HOST=unix://$HOME/.cache/flinkts-ci/docker/docker.sock TEST_DOCKER=1 "$@"
  status=$?
  bash .ci/docker-engine.sh stop
  return "$status"
}

free_port() { node -e 'const s=require("node:net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

# Runs a command with a fresh single-node Kafka; its address is in FLINKTS_KAFKA.
with_kafka() {
  local folder port controller pid status
  folder=$(mktemp -d)
  port=$(free_port) controller=$(free_port)
  cat >"$folder/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$folder/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
P
  java -cp "$KAFKA_LIBS/*" kafka.tools.StorageTool format -t "$(java -cp "$KAFKA_LIBS/*" kafka.tools.StorageTool random-uuid 2>/dev/null | tail -1)" -c "$folder/server.properties" >/dev/null 2>&1 || return 1
  java -Xmx1G -cp "$KAFKA_LIBS/*" kafka.Kafka "$folder/server.properties" >"$folder/kafka.log" 2>&1 &
  pid=$!
  for _ in $(seq 300); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  FLINKTS_KAFKA=127.0.0.1:$port "$@"
  status=$?
  [ "$status" -eq 0 ] || tail -20 "$folder/kafka.log"
  kill "$pid"
  wait "$pid" 2>/dev/null
  rm -rf "$folder"
  return "$status"
}

finish() {
  for name in ${failed_suites[@]+"${failed_suites[@]}"}; do echo "FAILED: $name"; done
  echo "$passed passed, $failed failed, $skipped skipped"
  [ ${#failed_suites[@]} -eq 0 ] && [ "$failed" -eq 0 ]
}
