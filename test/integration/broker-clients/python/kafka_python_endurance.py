"""Exactly-once under change with kafka-python."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import CommitFailedError, IllegalGenerationError, UnknownMemberIdError
from kafka.structs import OffsetAndMetadata

from exactly_once import RECORDS_PER_PARTITION, SOURCE_PARTITIONS, Retired, copy_exactly_once
from kafka_python_client import LIMIT_S, consumer_of, create_topic, producer_of, send, transactional
from named_checks import fresh, named

SINK_PARTITIONS = 3
LEFT_BEHIND = (CommitFailedError, IllegalGenerationError, UnknownMemberIdError)


class KafkaPythonWorker:
    """A `Worker` of exactly_once."""

    def __init__(self, bootstrap: str, topics: tuple[str, str], group: str, name: str) -> None:
        source, self._sink = topics
        self._waiting: list[ConsumerRecord] = []
        self._producer = transactional(bootstrap, f"{group}-{name}")
        self._consumer = consumer_of(bootstrap, group, isolation_level="read_committed")
        self._consumer.subscribe([source])

    def poll(self) -> int:
        # Rebalances happen before records are returned: what one poll returns belongs to one generation.
        self._waiting = [record for batch in self._consumer.poll(500, max_records=20).values() for record in batch]
        return len(self._waiting)

    def begin(self) -> None:
        self._producer.begin_transaction()
        ends: dict[TopicPartition, OffsetAndMetadata] = {}
        for record in self._waiting:
            self._producer.send(self._sink, record.value, partition=record.partition % SINK_PARTITIONS)
            ends[TopicPartition(record.topic, record.partition)] = OffsetAndMetadata(record.offset + 1, "", -1)
        try:
            self._producer.send_offsets_to_transaction(ends, self._consumer.group_metadata())
        except LEFT_BEHIND as failure:
            self._producer.abort_transaction()
            raise Retired from failure

    def flush(self) -> None:
        self._producer.flush(LIMIT_S)

    def commit(self) -> None:
        self._producer.commit_transaction()

    def abort(self) -> None:
        self._producer.abort_transaction()
        firsts: dict[TopicPartition, int] = {}
        for record in self._waiting:
            firsts.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        for partition, offset in firsts.items():
            self._consumer.seek(partition, offset)

    def close(self) -> None:
        self._consumer.close()
        # To close with no time at all leaves a transaction open, but refuses to leave records unsent.
        self._producer.flush(LIMIT_S)
        self._producer.close(0)


def endurance(bootstrap: str) -> None:
    source = create_topic(bootstrap, "source", SOURCE_PARTITIONS)
    sink = create_topic(bootstrap, "sink", SINK_PARTITIONS)
    producer = producer_of(bootstrap)
    for partition in range(SOURCE_PARTITIONS):
        send(producer, source, [f"{partition}:{number}" for number in range(RECORDS_PER_PARTITION)], partition)
    reader = consumer_of(bootstrap, isolation_level="read_committed")
    reader.assign([TopicPartition(sink, index) for index in range(SINK_PARTITIONS)])

    def committed() -> Iterable[tuple[int, int]]:
        for batch in reader.poll(100).values():
            for record in batch:
                partition, number = record.value.split(b":")
                yield int(partition), int(number)

    copy_exactly_once(partial(KafkaPythonWorker, bootstrap, (source, sink), fresh("group")), committed, seed=2)


named("endurance_exactly_once", endurance)
