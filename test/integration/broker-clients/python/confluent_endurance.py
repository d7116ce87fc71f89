"""Exactly-once under change with confluent-kafka, by both group protocols."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from confluent_kafka import (
    Consumer,
    KafkaException,
    Message,
    TopicPartition,
)

from confluent_client import LIMIT_S, consumer_of, create_topic, producer_of, send, transactional
from exactly_once import RECORDS_PER_PARTITION, SOURCE_PARTITIONS, Retired, copy_exactly_once
from named_checks import fresh, named

SINK_PARTITIONS = 3


class ConfluentWorker:
    """A `Worker` of exactly_once."""

    def __init__(self, bootstrap: str, topics: tuple[str, str], group: str, config: dict[str, object], name: str):
        source, self._sink = topics
        self._waiting: list[Message] = []
        self._producer = transactional(bootstrap, f"{group}-{name}", linger_ms=0)
        self._consumer = consumer_of(bootstrap, group, isolation_level="read_committed", **config)
        self._consumer.subscribe([source], on_revoke=self._on_revoke, on_lost=self._on_revoke)

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        revoked = {one.partition for one in partitions}
        self._waiting = [message for message in self._waiting if message.partition() not in revoked]

    def poll(self) -> int:
        self._waiting = []
        for _ in range(20):
            message = self._consumer.poll(0.05)
            if message is None:
                break
            if message.error() is not None:
                raise KafkaException(message.error())
            self._waiting.append(message)
        return len(self._waiting)

    def begin(self) -> None:
        self._producer.begin_transaction()
        ends: dict[int, TopicPartition] = {}
        for message in self._waiting:
            self._producer.produce(self._sink, message.value(), partition=message.partition() % SINK_PARTITIONS)
            ends[message.partition()] = TopicPartition(message.topic(), message.partition(), message.offset() + 1)
        try:
            metadata = self._consumer.consumer_group_metadata()
            self._producer.send_offsets_to_transaction(list(ends.values()), metadata, LIMIT_S)
        except KafkaException as failure:
            self._retire(failure)

    def flush(self) -> None:
        self._producer.flush(LIMIT_S)

    def commit(self) -> None:
        try:
            self._producer.commit_transaction(LIMIT_S)
        except KafkaException as failure:
            self._retire(failure)

    def _retire(self, failure: KafkaException) -> None:
        error = failure.args[0]
        if not error.txn_requires_abort():
            raise failure
        self._producer.abort_transaction(LIMIT_S)
        raise Retired from failure

    def abort(self) -> None:
        self._producer.abort_transaction(LIMIT_S)
        firsts: dict[int, int] = {}
        for message in self._waiting:
            firsts.setdefault(message.partition(), message.offset())
        for partition, offset in firsts.items():
            self._consumer.seek(TopicPartition(self._waiting[0].topic(), partition, offset))

    def close(self) -> None:
        self._consumer.close()


def endurance(config: dict[str, object], bootstrap: str) -> None:
    source = create_topic(bootstrap, "source", SOURCE_PARTITIONS)
    sink = create_topic(bootstrap, "sink", SINK_PARTITIONS)
    producer = producer_of(bootstrap)
    for partition in range(SOURCE_PARTITIONS):
        send(producer, source, [f"{partition}:{number}" for number in range(RECORDS_PER_PARTITION)], partition)
    reader = consumer_of(bootstrap, fresh("reader"), isolation_level="read_committed")
    reader.assign([TopicPartition(sink, index, 0) for index in range(SINK_PARTITIONS)])

    def committed() -> Iterable[tuple[int, int]]:
        for message in reader.consume(500, 0.1):
            if message.error() is not None:
                raise KafkaException(message.error())
            partition, number = message.value().split(b":")
            yield int(partition), int(number)

    make = partial(ConfluentWorker, bootstrap, (source, sink), fresh("group"), config)
    copy_exactly_once(make, committed, seed=1)


named("endurance_exactly_once_classic", partial(endurance, {"partition_assignment_strategy": "cooperative-sticky"}))
named("endurance_exactly_once_kip848", partial(endurance, {"group_protocol": "consumer"}))
