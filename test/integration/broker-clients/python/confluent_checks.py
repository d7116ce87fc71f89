"""confluent-kafka (librdkafka) against a broker: what a real Kafka 4.1 does, check by check."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from functools import partial
from multiprocessing.synchronize import Event

from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    ConsumerGroupType,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

import confluent_endurance  # noqa: F401 - registers its checks
from confluent_client import (
    LIMIT_S,
    Member,
    admin_of,
    consumer_of,
    create_topic,
    error_code,
    producer_of,
    read,
    read_partition,
    send,
    transactional,
    values_of,
)
from named_checks import check, eventually, fresh, main, named, same, secured, security

# Records


def produce_consume(codec: str, bootstrap: str) -> None:
    topic = create_topic(bootstrap, codec, 2)
    values = [f"{index} {'x' * (index % 300)}" for index in range(3000)]
    producer = producer_of(bootstrap, compression_type=codec, acks="all")
    for partition in range(2):
        send(producer, topic, values, partition)
        same(values_of(read_partition(bootstrap, topic, len(values), partition)), values, codec)


for _codec in ("none", "gzip", "snappy", "lz4", "zstd"):
    named(f"produce_consume_{_codec}", partial(produce_consume, _codec))


@check
def headers_nulls_timestamps(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "headers")
    producer = producer_of(bootstrap)
    at = 1_700_000_000_000
    headers = [("a", b"1"), ("a", b"2"), ("empty", b""), ("null", None)]
    producer.produce(topic, b"value", b"key", headers=headers, timestamp=at)
    producer.produce(topic, None, b"tombstone", timestamp=at + 1)
    producer.produce(topic, b"", None, timestamp=at + 2)
    same(producer.flush(LIMIT_S), 0)
    messages = read_partition(bootstrap, topic, 3)
    same([(m.key(), m.value()) for m in messages], [(b"key", b"value"), (b"tombstone", None), (None, b"")])
    same([m.timestamp() for m in messages], [(1, at), (1, at + 1), (1, at + 2)])
    same(messages[0].headers(), headers)
    same(messages[1].headers(), None)
    appended = create_topic(bootstrap, "appended", message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    producer.produce(appended, b"v", timestamp=at)
    producer.flush(LIMIT_S)
    kind, stamp = read_partition(bootstrap, appended, 1)[0].timestamp()
    same(kind, 2, "the timestamp's type")
    assert before - 1000 <= stamp <= time.time() * 1000 + 1000, stamp


@check
def idempotent_20k_ordered(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "idempotent")
    values = [str(index) for index in range(20_000)]
    send(producer_of(bootstrap, enable_idempotence=True, batch_num_messages=200, linger_ms=1), topic, values)
    same(values_of(read_partition(bootstrap, topic, len(values))), values)


@check
def errors_unknown_topic_too_large_bad_partition(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "errors", 1, max_message_bytes="2000")
    results: dict[str, int | None] = {}

    def delivered(name: str, error: KafkaError | None, _message: Message) -> None:
        results[name] = None if error is None else error.code()

    producer = producer_of(bootstrap, topic_metadata_propagation_max_ms=500, linger_ms=0)
    producer.produce(topic, b"x" * 3000, on_delivery=partial(delivered, "too large for the topic"))
    producer.produce("a b", b"v", on_delivery=partial(delivered, "invalid name"))
    same(producer.flush(LIMIT_S), 0)
    producer.produce(topic, b"fits", on_delivery=partial(delivered, "fits"))
    same(producer.flush(LIMIT_S), 0)
    same(error_code(lambda: producer.produce(topic, b"x" * 2_000_000)), KafkaError.MSG_SIZE_TOO_LARGE)
    same(error_code(lambda: producer.produce(topic, b"v", partition=7)), KafkaError._UNKNOWN_PARTITION)
    same(
        results,
        {
            "too large for the topic": KafkaError.MSG_SIZE_TOO_LARGE,
            "invalid name": KafkaError.TOPIC_EXCEPTION,
            "fits": None,
        },
    )
    same(values_of(read_partition(bootstrap, topic, 1)), ["fits"])
    consumer = consumer_of(bootstrap, fresh("errors"), allow_auto_create_topics=False)
    consumer.subscribe([fresh("missing")])
    errors: list[int] = []

    def refused() -> bool:
        message = consumer.poll(0.1)
        if message is not None and message.error() is not None:
            errors.append(message.error().code())
        return bool(errors)

    eventually("the consumer is told that its topic is unknown", refused)
    same(errors[0], KafkaError.UNKNOWN_TOPIC_OR_PART)
    consumer.close()


@check
def commit_resume_offsets_for_times_watermarks(bootstrap: str) -> None:
    topic, group = create_topic(bootstrap, "resume"), fresh("group")
    producer = producer_of(bootstrap)
    at = 1_700_000_000_000
    for index in range(100):
        producer.produce(topic, str(index).encode(), timestamp=at + index * 1000)
    same(producer.flush(LIMIT_S), 0)
    first = consumer_of(bootstrap, group)
    first.subscribe([topic])
    same(values_of(read(first, 40)), [str(index) for index in range(40)])
    stored = first.commit(offsets=[TopicPartition(topic, 0, 40, "said the first")], asynchronous=False)
    same([(p.offset, p.error) for p in stored], [(40, None)])
    first.close()
    second = consumer_of(bootstrap, group)
    committed = second.committed([TopicPartition(topic, 0)], LIMIT_S)[0]
    same((committed.offset, committed.metadata), (40, "said the first"))
    second.subscribe([topic])
    same(values_of(read(second, 60)), [str(index) for index in range(40, 100)])
    same(second.get_watermark_offsets(TopicPartition(topic, 0), LIMIT_S), (0, 100))
    asked = [TopicPartition(topic, 0, time_ms) for time_ms in (at, at + 1, at + 99_000)]
    same([second.offsets_for_times([one], LIMIT_S)[0].offset for one in asked], [0, 1, 99])
    late = second.offsets_for_times([TopicPartition(topic, 0, at + 99_001)], LIMIT_S)[0].offset
    same(late, -1, "no record is that late")
    second.seek(TopicPartition(topic, 0, 95))
    same(values_of(read(second, 5)), [str(index) for index in range(95, 100)])
    second.close()


# Groups


def rebalance(config: dict[str, object], bootstrap: str) -> None:
    """One member, three, two: every partition has one owner at each step, and every record is read exactly once."""
    topic, group = create_topic(bootstrap, "rebalance", 6), fresh("group")
    producer = producer_of(bootstrap)
    members: list[Member] = []
    sent = 0

    def balanced(count: int) -> bool:
        for member in members:
            if member.failure is not None:
                raise member.failure
        owned = Counter(partition for member in members for partition in member.assigned)
        even = all(len(member.assigned) == 6 // count for member in members)
        return even and owned == Counter(range(6))

    def everything_read() -> bool:
        return len({one for member in everyone for one in member.read}) == sent

    everyone: list[Member] = []
    for count in (1, 3, 2):
        while len(members) < count:
            everyone.append(Member(bootstrap, group, topic, config))
            members.append(everyone[-1])
        while len(members) > count:
            members.pop(0).stop()
        eventually(f"{count} members share the partitions", partial(balanced, count))
        for partition in range(6):
            send(producer, topic, ["v"] * 20, partition)
        sent += 120
        eventually(f"{sent} records are read", everything_read)
    admin = admin_of(bootstrap)
    description = admin.describe_consumer_groups([group])[group].result(LIMIT_S)
    same(description.state, ConsumerGroupState.STABLE)
    kind = ConsumerGroupType.CONSUMER if "group_protocol" in config else ConsumerGroupType.CLASSIC
    same(description.type, kind)
    same(sum(len(member.assignment.topic_partitions) for member in description.members), 6)
    for member in members:
        member.stop()
    counted = Counter(one for member in everyone for one in member.read)
    same([one for one, times in counted.items() if times > 1], [], "records read twice")
    committed = consumer_of(bootstrap, group).committed([TopicPartition(topic, index) for index in range(6)], LIMIT_S)
    same([one.offset for one in committed], [60] * 6)


for _strategy in ("range", "roundrobin", "cooperative-sticky"):
    named(
        f"rebalance_{_strategy.replace('-', '_')}_3",
        partial(rebalance, {"partition_assignment_strategy": _strategy}),
    )
named("rebalance_kip848_3", partial(rebalance, {"group_protocol": "consumer"}))


@check
def subscribe_pattern_kip848(bootstrap: str) -> None:
    """The broker resolves the expression (RE2), also for topics that come later."""
    prefix = fresh("pattern")
    producer = producer_of(bootstrap)
    send(producer, f"{prefix}.one", ["one"])
    send(producer, f"other-{prefix}", ["other"])
    consumer = consumer_of(bootstrap, fresh("group"), group_protocol="consumer", topic_metadata_refresh_interval_ms=500)
    consumer.subscribe([f"^{prefix}\\.[a-z]+$"])
    same(values_of(read(consumer, 1)), ["one"])
    send(producer, f"{prefix}.two", ["two"])
    same(values_of(read(consumer, 1, 60)), ["two"])
    consumer.close()


@check
def static_member_keeps_assignment(bootstrap: str) -> None:
    """A static member that leaves and comes back within its session gets its partitions again; no one rebalances."""
    topic, group = create_topic(bootstrap, "static", 2), fresh("group")
    events: list[str] = []

    def member(name: str) -> Consumer:
        consumer = consumer_of(bootstrap, group, group_instance_id=name, session_timeout_ms=10_000)
        consumer.subscribe(
            [topic],
            on_assign=lambda _c, partitions: events.append(f"{name} +{[p.partition for p in partitions]}"),
            on_revoke=lambda _c, partitions: events.append(f"{name} -{[p.partition for p in partitions]}"),
        )
        return consumer

    first, second = member("a"), member("b")

    def shared() -> bool:
        first.poll(0.05)
        second.poll(0.05)
        return len(first.assignment()) == 1 and len(second.assignment()) == 1

    eventually("both have a partition", shared)
    kept = second.assignment()
    first.close()
    events.clear()
    again = member("a")

    def assigned() -> bool:
        again.poll(0.05)
        second.poll(0.05)
        return len(again.assignment()) == 1

    eventually("the member has a partition again", assigned)
    same(second.assignment(), kept)
    assert not any(event.startswith("b ") for event in events), events
    again.close()
    second.close()


# Transactions


@check
def transactions_commit_abort(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "transactions", 2)
    producer = transactional(bootstrap, fresh("txn"))
    committed: list[str] = []
    everything: list[str] = []
    for round_number in range(10):
        producer.begin_transaction()
        values = [f"{round_number}-{index}" for index in range(20)]
        for partition in range(2):
            send(producer, topic, values, partition)
        everything += values
        if round_number % 3 == 0:
            producer.abort_transaction(LIMIT_S)
        else:
            producer.commit_transaction(LIMIT_S)
            committed += values
    for partition in range(2):
        seen = read_partition(bootstrap, topic, len(committed), partition, isolation_level="read_committed")
        same(values_of(seen), committed, "read_committed")
        all_of_it = read_partition(bootstrap, topic, len(everything), partition, isolation_level="read_uncommitted")
        same(values_of(all_of_it), everything, "read_uncommitted")
    # What is open is invisible, and so is what comes after it.
    producer.begin_transaction()
    send(producer, topic, ["open"])
    send(producer_of(bootstrap), topic, ["after"])
    spec = {TopicPartition(topic, 0): OffsetSpec.latest()}
    admin = admin_of(bootstrap)

    def latest(level: IsolationLevel) -> int:
        [future] = admin.list_offsets(spec, isolation_level=level).values()
        return future.result(LIMIT_S).offset

    same(latest(IsolationLevel.READ_UNCOMMITTED) - latest(IsolationLevel.READ_COMMITTED), 2)
    read_partition(bootstrap, topic, len(committed), isolation_level="read_committed")
    producer.abort_transaction(LIMIT_S)
    last = read_partition(bootstrap, topic, len(committed) + 1, isolation_level="read_committed")[-1]
    same(last.value(), b"after")


@check
def transaction_send_offsets(bootstrap: str) -> None:
    source, sink, group = create_topic(bootstrap, "source"), create_topic(bootstrap, "sink"), fresh("group")
    send(producer_of(bootstrap), source, [str(index) for index in range(100)])
    consumer = consumer_of(bootstrap, group, isolation_level="read_committed")
    consumer.subscribe([source])
    producer = transactional(bootstrap, fresh("txn"))

    def committed() -> int:
        return consumer.committed([TopicPartition(source, 0)], LIMIT_S)[0].offset

    for start, commits in ((0, True), (50, False), (50, True)):
        messages = read(consumer, 50)
        producer.begin_transaction()
        send(producer, sink, values_of(messages))
        offsets = [TopicPartition(source, 0, messages[-1].offset() + 1)]
        producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), LIMIT_S)
        if commits:
            producer.commit_transaction(LIMIT_S)
            same(committed(), start + 50)
        else:
            producer.abort_transaction(LIMIT_S)
            same(committed(), start)
            consumer.seek(TopicPartition(source, 0, start))
    seen = read_partition(bootstrap, sink, 100, isolation_level="read_committed")
    same(values_of(seen), [str(index) for index in range(100)])
    metadata = consumer.consumer_group_metadata()
    consumer.close()
    # Who left the group may not commit for it.
    producer.begin_transaction()
    offsets = [TopicPartition(source, 0, 1)]
    code = error_code(lambda: producer.send_offsets_to_transaction(offsets, metadata, LIMIT_S))
    assert code in (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.ILLEGAL_GENERATION), code
    producer.abort_transaction(LIMIT_S)


@check
def transaction_fencing(bootstrap: str) -> None:
    topic, transactional_id = create_topic(bootstrap, "fencing"), fresh("txn")
    old = transactional(bootstrap, transactional_id)
    old.begin_transaction()
    send(old, topic, ["old"])
    new = transactional(bootstrap, transactional_id)
    new.begin_transaction()
    send(new, topic, ["new"])
    try:
        old.commit_transaction(LIMIT_S)
        raise AssertionError("a fenced producer commits")
    except KafkaException as failure:
        same(failure.args[0].code(), KafkaError._FENCED)
        assert failure.args[0].fatal(), failure
    new.commit_transaction(LIMIT_S)
    same(values_of(read_partition(bootstrap, topic, 1, isolation_level="read_committed")), ["new"])


@check
def transaction_timeout_aborts(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "timeout")
    producer = transactional(bootstrap, fresh("txn"), transaction_timeout_ms=1000)
    producer.begin_transaction()
    send(producer, topic, ["forgotten"])
    send(producer_of(bootstrap), topic, ["after"])
    seen = read_partition(bootstrap, topic, 1, isolation_level="read_committed")
    same(values_of(seen), ["after"])


def hold_transaction(bootstrap: str, topics: tuple[str, str], names: tuple[str, str], held: Event) -> None:
    """In a process of its own: reads, writes, sends offsets, and then neither commits nor leaves."""
    (source, sink), (group, transactional_id) = topics, names
    consumer = consumer_of(bootstrap, group)
    consumer.subscribe([source])
    producer = transactional(bootstrap, transactional_id)
    producer.begin_transaction()
    messages = read(consumer, 10)
    send(producer, sink, values_of(messages))
    offsets = [TopicPartition(source, 0, messages[-1].offset() + 1)]
    producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), LIMIT_S)
    held.set()
    time.sleep(2 * LIMIT_S)


@check
def killed_process_is_replaced(bootstrap: str) -> None:
    """Its member goes when the session is over, its transaction when another of its name begins: nothing twice."""
    topics, names = (create_topic(bootstrap, "source"), create_topic(bootstrap, "sink")), (fresh("group"), fresh("txn"))
    values = [str(index) for index in range(20)]
    first_producer = producer_of(bootstrap)
    send(first_producer, topics[0], values)
    processes = multiprocessing.get_context("spawn")
    held = processes.Event()
    process = processes.Process(target=hold_transaction, args=(bootstrap, topics, names, held))
    process.start()
    assert held.wait(LIMIT_S), "the process holds a transaction"
    process.kill()
    process.join()
    producer = transactional(bootstrap, names[1])
    consumer = consumer_of(bootstrap, names[0], isolation_level="read_committed")
    consumer.subscribe([topics[0]])
    messages = read(consumer, 20)
    same(values_of(messages), values)
    producer.begin_transaction()
    send(producer, topics[1], values_of(messages))
    producer.send_offsets_to_transaction(
        [TopicPartition(topics[0], 0, 20)], consumer.consumer_group_metadata(), LIMIT_S
    )
    producer.commit_transaction(LIMIT_S)
    same(consumer.committed([TopicPartition(topics[0], 0)], LIMIT_S)[0].offset, 20)
    same(values_of(read_partition(bootstrap, topics[1], 20, isolation_level="read_committed")), values)
    same(len(read_partition(bootstrap, topics[1], 30, isolation_level="read_uncommitted")), 30)
    consumer.close()


# Admin


@check
def admin_cluster(bootstrap: str) -> None:
    admin = admin_of(bootstrap)
    cluster = admin.describe_cluster().result(LIMIT_S)
    assert cluster.cluster_id, cluster
    same(len(cluster.nodes), 1)
    [node] = cluster.nodes
    same(f"{node.host}:{node.port}", bootstrap)
    same(cluster.controller.id, node.id)
    metadata = admin.list_topics(timeout=LIMIT_S)
    same(list(metadata.brokers), [node.id])
    same(metadata.cluster_id, cluster.cluster_id)
    broker = ConfigResource(ConfigResource.Type.BROKER, str(node.id))
    configs = admin.describe_configs([broker])[broker].result(LIMIT_S)
    assert "message.max.bytes" in configs, sorted(configs)
    anything = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
    )
    same(admin.describe_acls(anything).result(LIMIT_S), [], "access rules without an authorizer")


@check
def admin_topics_configs_partitions(bootstrap: str) -> None:
    admin, topic = admin_of(bootstrap), fresh("admin")

    def create(name: str, partitions: int = 1, replicas: int = 1, config: dict | None = None, **options) -> int | None:
        created = admin.create_topics([NewTopic(name, partitions, replicas, config=config or {})], **options)
        return error_code(lambda: created[name].result(LIMIT_S))

    same(create(fresh("validated"), validate_only=True), None)
    same(create(topic, 3, 1, {"retention.ms": "12345"}), None)
    codes = {
        "exists": create(topic),
        "name": create("a b"),
        "replicas": create(fresh("t"), 1, 3),
        "config": create(fresh("t"), 1, 1, {"no.such": "1"}),
        "value": create(fresh("t"), 1, 1, {"retention.ms": "x"}),
    }
    expected = {
        "exists": KafkaError.TOPIC_ALREADY_EXISTS,
        "name": KafkaError.TOPIC_EXCEPTION,
        "replicas": KafkaError.INVALID_REPLICATION_FACTOR,
        "config": KafkaError.INVALID_CONFIG,
        "value": KafkaError.INVALID_CONFIG,
    }
    same(codes, expected)

    def described() -> int:
        try:
            future = admin.describe_topics(TopicCollection([topic]))[topic]
            return len(future.result(LIMIT_S).partitions)
        except KafkaException:
            return 0

    eventually("the topic is described", lambda: described() == 3)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)

    def config(name: str) -> str:
        return admin.describe_configs([resource])[resource].result(LIMIT_S)[name].value

    def alter(*entries: tuple[str, str | None, AlterConfigOpType]) -> int | None:
        changed = ConfigResource(
            ConfigResource.Type.TOPIC,
            topic,
            incremental_configs=[ConfigEntry(name, value, incremental_operation=op) for name, value, op in entries],
        )
        return error_code(lambda: admin.incremental_alter_configs([changed])[changed].result(LIMIT_S))

    same((config("retention.ms"), config("cleanup.policy")), ("12345", "delete"))
    same(
        alter(
            ("retention.ms", "999", AlterConfigOpType.SET),
            ("cleanup.policy", "compact", AlterConfigOpType.APPEND),
        ),
        None,
    )
    eventually(
        "the new configs", lambda: (config("retention.ms"), config("cleanup.policy")) == ("999", "delete,compact")
    )
    same(alter(("retention.ms", None, AlterConfigOpType.DELETE)), None)
    eventually("the default again", lambda: config("retention.ms") == "604800000")
    same(alter(("retention.ms", "x", AlterConfigOpType.SET)), KafkaError.INVALID_CONFIG)

    def grow(name: str, count: int) -> int | None:
        return error_code(lambda: admin.create_partitions([NewPartitions(name, count)])[name].result(LIMIT_S))

    same(grow(topic, 5), None)
    eventually("five partitions", lambda: described() == 5)
    same(grow(topic, 2), KafkaError.INVALID_PARTITIONS)
    same(grow(fresh("missing"), 2), KafkaError.UNKNOWN_TOPIC_OR_PART)
    missing = fresh("missing")
    same(error_code(lambda: admin.delete_topics([missing])[missing].result(LIMIT_S)), KafkaError.UNKNOWN_TOPIC_OR_PART)
    admin.delete_topics([topic])[topic].result(LIMIT_S)
    eventually("the topic is gone", lambda: topic not in admin.list_topics(timeout=LIMIT_S).topics)


@check
def admin_delete_records_list_offsets(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "delete")
    admin, producer = admin_of(bootstrap), producer_of(bootstrap)
    at = 1_700_000_000_000
    for offset, stamp in enumerate((at, at + 2000, at + 1000, at + 500)):
        producer.produce(topic, str(offset).encode(), timestamp=stamp)
        producer.flush(LIMIT_S)
    partition = TopicPartition(topic, 0)

    def offset(spec: OffsetSpec) -> int:
        return admin.list_offsets({partition: spec})[partition].result(LIMIT_S).offset

    def offsets() -> list[int]:
        stamp = OffsetSpec.for_timestamp(at + 501)
        return [
            offset(spec) for spec in (OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.max_timestamp(), stamp)
        ]

    same(offsets(), [0, 4, 1, 1])

    def delete(before: int, partition_index: int = 0) -> int:
        target = TopicPartition(topic, partition_index, before)
        return admin.delete_records([target])[target].result(LIMIT_S).low_watermark

    same(delete(2), 2)
    same([offset(spec) for spec in (OffsetSpec.earliest(), OffsetSpec.for_timestamp(at + 501))], [2, 2])
    same(error_code(lambda: delete(9)), KafkaError.OFFSET_OUT_OF_RANGE)
    same(values_of(read_partition(bootstrap, topic, 2)), ["2", "3"])
    same(delete(-1), 4)
    same(offsets()[:2], [4, 4])


@check
def admin_groups_offsets(bootstrap: str) -> None:
    topic, group, admin = create_topic(bootstrap, "groups", 2), fresh("group"), admin_of(bootstrap)
    for partition in range(2):
        send(producer_of(bootstrap), topic, ["v"] * 10, partition)
    consumer = consumer_of(bootstrap, group)
    consumer.subscribe([topic])
    read(consumer, 20)
    consumer.commit(asynchronous=False)
    listed = admin.list_consumer_groups(states={ConsumerGroupState.STABLE}).result(LIMIT_S)
    assert group in [one.group_id for one in listed.valid], listed.valid
    described = admin.describe_consumer_groups([group])[group].result(LIMIT_S)
    same((described.state, described.partition_assignor), (ConsumerGroupState.STABLE, "range"))
    [member] = described.members
    same({one.partition for one in member.assignment.topic_partitions}, {0, 1})

    def delete() -> int | None:
        return error_code(lambda: admin.delete_consumer_groups([group])[group].result(LIMIT_S))

    def offsets() -> dict[int, int]:
        asked = ConsumerGroupTopicPartitions(group)
        found = admin.list_consumer_group_offsets([asked])[group].result(LIMIT_S)
        return {one.partition: one.offset for one in found.topic_partitions}

    def alter(*to: int) -> int | None:
        partitions = [TopicPartition(topic, index, offset) for index, offset in enumerate(to)]
        asked = ConsumerGroupTopicPartitions(group, partitions)
        altered = admin.alter_consumer_group_offsets([asked])[group].result(LIMIT_S).topic_partitions
        return next((one.error.code() for one in altered if one.error is not None), None)

    same(offsets(), {0: 10, 1: 10})
    same(delete(), KafkaError.NON_EMPTY_GROUP)
    same(alter(1, 2), KafkaError.UNKNOWN_MEMBER_ID)
    consumer.close()
    same(alter(3, 4), None)
    same(offsets(), {0: 3, 1: 4})
    resumed = consumer_of(bootstrap, group)
    resumed.subscribe([topic])
    same(len(read(resumed, 13)), 13)
    resumed.close()
    same(delete(), None)
    same(delete(), KafkaError.GROUP_ID_NOT_FOUND)
    listed = admin.list_consumer_groups().result(LIMIT_S)
    assert group not in [one.group_id for one in listed.valid], listed.valid


@secured
def login(bootstrap: str) -> None:
    """What the clients' login allows, and that a wrong password is refused."""
    transactions_commit_abort(bootstrap)
    commit_resume_offsets_for_times_watermarks(bootstrap)
    wrong = {**security, "sasl.password": "wrong"}
    refused: list[int] = []
    admin = AdminClient(
        {"bootstrap.servers": bootstrap, "error_cb": lambda error: refused.append(error.code()), **wrong}
    )

    def told() -> bool:
        admin.poll(0.1)
        return KafkaError._AUTHENTICATION in refused

    eventually("the wrong password is refused", told)
    same(error_code(lambda: admin.list_topics(timeout=1)), KafkaError._TRANSPORT)


if __name__ == "__main__":
    main()
