"""kafka-python against a broker: what a real Kafka 4.1 does, check by check."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial

from kafka import KafkaAdminClient, OffsetSpec, TopicPartition
from kafka.admin import ConfigResource
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import NoError
from kafka.structs import OffsetAndMetadata

import kafka_python_endurance  # noqa: F401 - registers its checks
from kafka_python_client import (
    LIMIT_S,
    POLL_MS,
    admin_of,
    consumer_of,
    create_topic,
    error_name,
    producer_of,
    read,
    read_partition,
    send,
    transactional,
    values_of,
)
from named_checks import check, eventually, fresh, main, named, same, secured, security

# Records


def produce_consume(codec: str | None, bootstrap: str) -> None:
    topic = create_topic(bootstrap, "codec")
    values = [f"{index} {'x' * (index % 300)}" for index in range(1000)]
    send(producer_of(bootstrap, compression_type=codec), topic, values)
    same(values_of(read_partition(bootstrap, topic, len(values))), values)


for _codec in (None, "gzip", "snappy", "lz4", "zstd"):
    named(f"produce_consume_{_codec}", partial(produce_consume, _codec))


@check
def acks_0_1_all(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "acks")
    for acks in (0, 1, "all"):
        producer = producer_of(bootstrap, acks=acks, enable_idempotence=False)
        send(producer, topic, [f"{acks}"] * 50)
        producer.close()
    same(Counter(values_of(read_partition(bootstrap, topic, 150))), Counter({"0": 50, "1": 50, "all": 50}))


@check
def headers_nulls_timestamps(bootstrap: str) -> None:
    topic, at = create_topic(bootstrap, "headers"), 1_700_000_000_000
    producer = producer_of(bootstrap)
    headers = [("a", b"1"), ("a", b"2"), ("empty", b"")]
    producer.send(topic, b"value", b"key", headers=headers, timestamp_ms=at)
    producer.send(topic, None, b"tombstone", timestamp_ms=at + 1)
    producer.send(topic, b"", None, timestamp_ms=at + 2)
    producer.flush(LIMIT_S)
    records = read_partition(bootstrap, topic, 3)
    same([(r.key, r.value) for r in records], [(b"key", b"value"), (b"tombstone", None), (None, b"")])
    same([(r.timestamp_type, r.timestamp) for r in records], [(0, at), (0, at + 1), (0, at + 2)])
    same([list(r.headers) for r in records], [headers, [], []])


@check
def idempotent_5k_ordered(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "idempotent")
    values = [str(index) for index in range(5000)]
    send(producer_of(bootstrap, enable_idempotence=True, batch_size=1000), topic, values)
    same(values_of(read_partition(bootstrap, topic, len(values))), values)


@check
def too_large(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "large", max_message_bytes="2000")
    producer = producer_of(bootstrap)
    same(error_name(lambda: producer.send(topic, b"x" * 3000).get(LIMIT_S)), "MessageSizeTooLargeError")
    same(error_name(lambda: producer.send(topic, b"x" * 2_000_000).get(LIMIT_S)), "MessageSizeTooLargeError")
    send(producer_of(bootstrap), topic, ["fits"])
    same(values_of(read_partition(bootstrap, topic, 1)), ["fits"])


@check
def offsets_for_times_begin_end(bootstrap: str) -> None:
    topic, at = create_topic(bootstrap, "times"), 1_700_000_000_000
    producer = producer_of(bootstrap)
    for index in range(100):
        producer.send(topic, b"v", timestamp_ms=at + index * 1000)
    producer.flush(LIMIT_S)
    consumer, one = consumer_of(bootstrap), TopicPartition(topic, 0)
    same((consumer.beginning_offsets([one])[one], consumer.end_offsets([one])[one]), (0, 100))
    found = [consumer.offsets_for_times({one: time_ms})[one] for time_ms in (at, at + 1, at + 99_000)]
    same([(f.offset, f.timestamp) for f in found], [(0, at), (1, at + 1000), (99, at + 99_000)])
    same(consumer.offsets_for_times({one: at + 99_001})[one], None)
    consumer.assign([one])
    consumer.seek(one, 98)
    same([record.offset for record in read(consumer, 2)], [98, 99])
    consumer.seek_to_beginning(one)
    same(read(consumer, 1)[0].offset, 0)


# Groups


@check
def group_commit_resume(bootstrap: str) -> None:
    topic, group = create_topic(bootstrap, "resume"), fresh("group")
    send(producer_of(bootstrap), topic, [str(index) for index in range(100)])
    one = TopicPartition(topic, 0)
    first = consumer_of(bootstrap, group)
    first.subscribe([topic])
    same(values_of(read(first, 40)), [str(index) for index in range(40)])
    first.commit({one: OffsetAndMetadata(40, "said the first", -1)})
    first.close()
    second = consumer_of(bootstrap, group)
    same(second.committed(one, metadata=True)[:2], (40, "said the first"))
    second.subscribe([topic])
    same(values_of(read(second, 60)), [str(index) for index in range(40, 100)])
    second.commit()
    same(second.committed(one), 100)
    second.close()


class Member:
    """A consumer of a group with a thread of its own, that commits what it read before it polls again."""

    def __init__(self, bootstrap: str, group: str, topic: str, assignor: type) -> None:
        self.read: list[tuple[int, int]] = []
        self.failure: Exception | None = None
        self.assigned: set[int] = set()
        self._stopped = threading.Event()
        self._consumer = consumer_of(bootstrap, group, partition_assignment_strategy=[assignor])
        self._consumer.subscribe([topic])
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def _poll(self) -> None:
        try:
            while not self._stopped.is_set():
                records = [record for batch in self._consumer.poll(POLL_MS).values() for record in batch]
                if records:
                    self._consumer.commit()
                self.read += [(record.partition, record.offset) for record in records]
                self.assigned = {one.partition for one in self._consumer.assignment()}
            self._consumer.close()
        except Exception as failure:  # noqa: BLE001 - the check looks at it
            self.failure = failure

    def has_stopped(self) -> bool:
        self._stopped.set()
        if self.failure is not None:
            raise self.failure
        return not self._thread.is_alive()


def group_rebalance(assignor: type, bootstrap: str) -> None:
    """One member, two, one: every partition has one owner at each step, and every record is read exactly once."""
    topic, group = create_topic(bootstrap, "rebalance", 4), fresh("group")
    producer = producer_of(bootstrap)
    members: list[Member] = []
    everyone: list[Member] = []
    sent = 0

    def feed() -> None:
        nonlocal sent
        for partition in range(4):
            send(producer, topic, ["v"], partition)
        sent += 4

    def balanced(count: int) -> bool:
        feed()
        for member in members:
            if member.failure is not None:
                raise member.failure
        owned = Counter(partition for member in members for partition in member.assigned)
        return owned == Counter(range(4)) and all(len(member.assigned) == 4 // count for member in members)

    def everything_read() -> bool:
        return len({one for member in everyone for one in member.read}) == sent

    def stopped(member: Member) -> bool:
        feed()
        return member.has_stopped()

    for count in (1, 2, 1):
        while len(members) < count:
            everyone.append(Member(bootstrap, group, topic, assignor))
            members.append(everyone[-1])
        while len(members) > count:
            eventually("the member leaves", partial(stopped, members.pop(0)))
        eventually(f"{count} members share the partitions", partial(balanced, count))
        eventually(f"{sent} records are read", everything_read)
    committed = sent // 4
    offsets = admin_of(bootstrap).list_group_offsets(group)[group]
    same({one.partition: found.offset for one, found in offsets.items()}, dict.fromkeys(range(4), committed))
    for member in members:
        eventually("the member leaves", partial(stopped, member))
    counted = Counter(one for member in everyone for one in member.read)
    same([one for one, times in counted.items() if times > 1], [], "records read twice")


named("group_rebalance_2", partial(group_rebalance, RangePartitionAssignor))
named("group_rebalance_2_roundrobin", partial(group_rebalance, RoundRobinPartitionAssignor))
named("group_rebalance_2_cooperative_sticky", partial(group_rebalance, CooperativeStickyAssignor))


# Transactions


@check
def transactions_commit_abort(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "transactions")
    producer = transactional(bootstrap, fresh("txn"))
    committed: list[str] = []
    everything: list[str] = []
    for round_number in range(9):
        producer.begin_transaction()
        values = [f"{round_number}-{index}" for index in range(20)]
        send(producer, topic, values)
        everything += values
        if round_number % 3 == 0:
            producer.abort_transaction()
        else:
            producer.commit_transaction()
            committed += values
    seen = read_partition(bootstrap, topic, len(committed), isolation_level="read_committed")
    same(values_of(seen), committed, "read_committed")
    same(values_of(read_partition(bootstrap, topic, len(everything))), everything, "read_uncommitted")


@check
def transaction_send_offsets(bootstrap: str) -> None:
    source, sink, group = create_topic(bootstrap, "source"), create_topic(bootstrap, "sink"), fresh("group")
    send(producer_of(bootstrap), source, [str(index) for index in range(100)])
    consumer, one = consumer_of(bootstrap, group, isolation_level="read_committed"), TopicPartition(source, 0)
    consumer.subscribe([source])
    producer = transactional(bootstrap, fresh("txn"))
    for start, commits in ((0, True), (50, False), (50, True)):
        records = read(consumer, 50)
        producer.begin_transaction()
        send(producer, sink, values_of(records))
        offsets = {one: OffsetAndMetadata(records[-1].offset + 1, "", -1)}
        producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
        if commits:
            producer.commit_transaction()
            same(consumer.committed(one), start + 50)
        else:
            producer.abort_transaction()
            same(consumer.committed(one), start)
            consumer.seek(one, start)
    seen = read_partition(bootstrap, sink, 100, isolation_level="read_committed")
    same(values_of(seen), [str(index) for index in range(100)])
    consumer.close()


@check
def transaction_fencing(bootstrap: str) -> None:
    topic, transactional_id = create_topic(bootstrap, "fencing"), fresh("txn")
    old = transactional(bootstrap, transactional_id)
    old.begin_transaction()
    send(old, topic, ["old"])
    new = transactional(bootstrap, transactional_id)
    new.begin_transaction()
    send(new, topic, ["new"])
    assert error_name(old.commit_transaction) in ("ProducerFencedError", "InvalidProducerEpochError")
    new.commit_transaction()
    same(values_of(read_partition(bootstrap, topic, 1, isolation_level="read_committed")), ["new"])


@check
def admin_transactions(bootstrap: str) -> None:
    """An open transaction is listed and described, and so is its producer; an administrator may abort it."""
    topic, transactional_id = create_topic(bootstrap, "open"), fresh("txn")
    admin, one = admin_of(bootstrap), TopicPartition(topic, 0)
    producer = transactional(bootstrap, transactional_id)
    producer.begin_transaction()
    send(producer, topic, ["v"])

    def listed() -> list[str]:
        listings = admin.list_transactions(transactional_id_pattern=f"{transactional_id}.*")
        return [str(listing.state.value) for one_broker in listings.values() for listing in one_broker]

    same(listed(), ["Ongoing"])
    described = admin.describe_transactions([transactional_id])[transactional_id]
    same(set(described.topic_partitions), {one})
    [state] = admin.describe_producers([one])[one].active_producers
    same((state.producer_id, state.current_transaction_start_offset), (described.producer_id, 0))
    producer.commit_transaction()
    eventually("the transaction is complete", lambda: listed() == ["CompleteCommit"])
    same(values_of(read_partition(bootstrap, topic, 1, isolation_level="read_committed")), ["v"])


# Admin


@check
def admin_topics_partitions(bootstrap: str) -> None:
    admin, topic, missing = admin_of(bootstrap), fresh("admin"), fresh("missing")

    def create(name: str, **options: object) -> str | None:
        return error_name(lambda: admin.create_topics({name: options}))

    same(create(topic, num_partitions=3, configs={"retention.ms": "12345"}), None)
    codes = [create(topic), create("a b"), create(fresh("t"), num_partitions=1, replication_factor=3)]
    same(codes, ["TopicAlreadyExistsError", "InvalidTopicError", "InvalidReplicationFactorError"])
    same(create(fresh("t"), configs={"no.such": "1"}), "InvalidConfigurationError")
    admin.wait_for_topics([topic])

    def partitions() -> int:
        return len(admin.describe_topics([topic])[0]["partitions"])

    def config(name: str) -> str:
        described = admin.describe_configs([ConfigResource("TOPIC", topic)], config_filter="all")
        return described["topic"][topic][name]["value"]

    same((partitions(), config("retention.ms")), (3, "12345"))
    admin.alter_configs([ConfigResource("TOPIC", topic, {"retention.ms": "999"})])
    eventually("the new time", lambda: config("retention.ms") == "999")
    admin.reset_configs([ConfigResource("TOPIC", topic, {"retention.ms": None})])
    eventually("the default again", lambda: config("retention.ms") == "604800000")
    admin.create_partitions({topic: 5})
    eventually("five partitions", lambda: partitions() == 5)
    same(error_name(lambda: admin.create_partitions({topic: 2})), "InvalidPartitionsError")
    pages = admin.describe_topic_partitions([topic], response_partition_limit=2)
    same(len(pages["topics"][0]["partitions"]), 2)
    same(pages["next_cursor"], {"topic_name": topic, "partition_index": 2})
    same(error_name(lambda: admin.delete_topics([missing])), "UnknownTopicOrPartitionError")
    admin.delete_topics([topic])
    eventually("the topic is gone", lambda: topic not in admin.list_topics())


@check
def admin_cluster_records(bootstrap: str) -> None:
    topic = create_topic(bootstrap, "records")
    send(producer_of(bootstrap), topic, ["v"] * 5)
    admin, one = admin_of(bootstrap), TopicPartition(topic, 0)
    cluster = admin.describe_cluster()
    same([f"{node['host']}:{node['port']}" for node in cluster["brokers"]], [bootstrap])
    assert "transaction.version" in admin.describe_features()
    same(admin.list_partition_offsets({one: OffsetSpec.EARLIEST})[one].offset, 0)
    same(admin.delete_records({one: 3})[one]["low_watermark"], 3)
    same(admin.list_partition_offsets({one: OffsetSpec.EARLIEST})[one].offset, 3)
    same(error_name(lambda: admin.delete_records({one: 99})), "OffsetOutOfRangeError")
    [broker] = admin.describe_log_dirs({topic: [0]})
    assert topic in str(broker["log_dirs"]), broker


@check
def admin_groups(bootstrap: str) -> None:
    topic, group, admin = create_topic(bootstrap, "groups"), fresh("group"), admin_of(bootstrap)
    send(producer_of(bootstrap), topic, ["v"] * 10)
    one = TopicPartition(topic, 0)
    consumer = consumer_of(bootstrap, group)
    consumer.subscribe([topic])
    read(consumer, 10)
    consumer.commit()
    assert group in [found["group_id"] for found in admin.list_groups(states_filter=["Stable"])]
    assert group not in [found["group_id"] for found in admin.list_groups(states_filter=["Empty"])]
    described = admin.describe_groups([group])[group]
    same((described["group_state"], described["protocol_data"], len(described["members"])), ("Stable", "range", 1))
    same(admin.delete_groups([group]), {group: "NonEmptyGroupError"})
    refused = admin.alter_group_offsets(group, {one: OffsetAndMetadata(3, "", -1)})
    same(refused[one].__name__, "UnknownMemberIdError")
    consumer.close()
    same(admin.list_group_offsets(group)[group][one].offset, 10)
    same(admin.alter_group_offsets(group, {one: OffsetAndMetadata(3, "", -1)}), {one: NoError})
    same(admin.list_group_offsets(group)[group][one].offset, 3)
    same(admin.reset_group_offsets(group, {one: OffsetSpec.LATEST})[one]["offset"], 10)
    same(admin.delete_group_offsets(group, [one]), {one: NoError})
    same(admin.list_group_offsets(group)[group], {})
    same(admin.delete_groups([group]), {group: "OK"})
    same(admin.delete_groups([group]), {group: "GroupIdNotFoundError"})


@check
def consumer_pattern_sees_new_topic(bootstrap: str) -> None:
    prefix = fresh("pattern")
    producer = producer_of(bootstrap)
    send(producer, f"{prefix}.one", ["one"])
    consumer = consumer_of(bootstrap, fresh("group"), metadata_max_age_ms=300)
    consumer.subscribe(pattern=f"^{prefix}\\..*")
    same(values_of(read(consumer, 1)), ["one"])
    send(producer, f"{prefix}.two", ["two"])
    same(values_of(read(consumer, 1)), ["two"])
    consumer.close()


@secured
def login(bootstrap: str) -> None:
    """What the clients' login allows, and that a wrong password is refused."""
    transactions_commit_abort(bootstrap)
    group_commit_resume(bootstrap)
    wrong = {**security, "sasl_plain_password": "wrong"}
    refused = error_name(lambda: KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=1500, **wrong))
    # The client tries again until its time is over.
    assert refused in ("KafkaTimeoutError", "SaslAuthenticationFailedError"), refused


if __name__ == "__main__":
    main()
