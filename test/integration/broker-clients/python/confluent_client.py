"""confluent-kafka (librdkafka) as the checks use it: clients with limits, topics that serve, whole partitions."""

from __future__ import annotations

import threading
import time

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from named_checks import eventually, fresh, same, security

LIMIT_S = 30


def admin_of(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, **security})


def producer_of(bootstrap: str, **config: object) -> Producer:
    """A producer; `linger_ms=5` means librdkafka's `linger.ms`."""
    settings = {key.replace("_", "."): value for key, value in config.items()}
    return Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, **security, **settings})


def consumer_of(bootstrap: str, group: str, **config: object) -> Consumer:
    """A consumer from the beginning that commits only when told."""
    settings = {
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 50,
        **{key.replace("_", "."): value for key, value in config.items()},
    }
    if settings.get("group.protocol") != "consumer":
        settings = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 200, **settings}
    return Consumer({"bootstrap.servers": bootstrap, "group.id": group, **security, **settings})


def create_topic(bootstrap: str, name: str, partitions: int = 1, **config: str) -> str:
    """Creates a topic under a name of its own, and waits until its partitions serve."""
    topic = fresh(name)
    admin = admin_of(bootstrap)
    settings = {key.replace("_", "."): value for key, value in config.items()}
    admin.create_topics([NewTopic(topic, partitions, 1, config=settings)])[topic].result(LIMIT_S)

    def serves() -> bool:
        try:
            asked = {TopicPartition(topic, index): OffsetSpec.latest() for index in range(partitions)}
            return all(future.result(LIMIT_S).offset == 0 for future in admin.list_offsets(asked).values())
        except KafkaException:
            return False

    eventually(f"{topic} serves", serves)
    return topic


def send(producer: Producer, topic: str, values: list[str], partition: int = 0) -> None:
    """Produces the values and waits until the broker has them all."""
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error)

    for value in values:
        while True:
            try:
                producer.produce(topic, value.encode(), partition=partition, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
    same(producer.flush(LIMIT_S), 0, "left after flush")
    same(failures, [], "failed deliveries")


def read(consumer: Consumer, count: int, limit_s: float = LIMIT_S) -> list[Message]:
    """Polls until that many messages came."""
    messages: list[Message] = []
    deadline = time.monotonic() + limit_s
    while len(messages) < count:
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(messages)} of {count} messages within {limit_s} s")
        for message in consumer.consume(min(500, count - len(messages)), 0.2):
            if message.error() is not None:
                raise KafkaException(message.error())
            messages.append(message)
    return messages


def read_partition(bootstrap: str, topic: str, count: int, partition: int = 0, **config: object) -> list[Message]:
    """The first messages of a partition; fails when there are more."""
    consumer = consumer_of(bootstrap, fresh("reader"), enable_partition_eof=True, **config)
    consumer.assign([TopicPartition(topic, partition, 0)])
    messages: list[Message] = []
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error() is None:
            messages.append(message)
        elif message.error().code() == KafkaError._PARTITION_EOF:
            if len(messages) >= count:
                break
        else:
            raise KafkaException(message.error())
    consumer.close()
    same(len(messages), count, f"messages of {topic}-{partition}")
    return messages


def values_of(messages: list[Message]) -> list[str]:
    return [message.value().decode() for message in messages]


def error_code(action) -> int | None:
    """The code that the action fails with, none when it succeeds."""
    try:
        action()
    except KafkaException as failure:
        return failure.args[0].code()
    return None


def transactional(bootstrap: str, transactional_id: str, **config: object) -> Producer:
    producer = producer_of(bootstrap, transactional_id=transactional_id, **config)
    producer.init_transactions(LIMIT_S)
    return producer


class Member:
    """A consumer of a group, polled by a thread of its own, that notes what it is assigned and what it read."""

    def __init__(self, bootstrap: str, group: str, topic: str, config: dict[str, object]) -> None:
        self.assigned: set[int] = set()
        self.read: list[tuple[int, int]] = []
        self._consumer = consumer_of(bootstrap, group, **config)
        self._incremental = config.get("group_protocol") == "consumer" or "cooperative" in str(config)
        self._consumer.subscribe([topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke)
        self._stopped = threading.Event()
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def _on_assign(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        indexes = {one.partition for one in partitions}
        self.assigned = self.assigned | indexes if self._incremental else indexes

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.assigned = self.assigned - {one.partition for one in partitions}
        try:
            consumer.commit(asynchronous=False)
        except KafkaException as failure:
            if failure.args[0].code() != KafkaError._NO_OFFSET:
                raise

    def _poll(self) -> None:
        try:
            while not self._stopped.is_set():
                message = self._consumer.poll(0.05)
                if message is None:
                    continue
                if message.error() is not None:
                    raise KafkaException(message.error())
                self.read.append((message.partition(), message.offset()))
            self._consumer.close()
        except Exception as failure:  # noqa: BLE001 - the check looks at it
            self.failure = failure

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive(), "the consumer closes"
        if self.failure is not None:
            raise self.failure
