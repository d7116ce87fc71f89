"""kafka-python as the checks use it: clients with limits, topics that serve, whole partitions."""

from __future__ import annotations

import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from named_checks import fresh, same, security

LIMIT_S = 30

POLL_MS = 5000
"""Longer than a rebalance: a poll that ends in the middle of one may lose the assignment (kafka-python 3.0)."""


def admin_of(bootstrap: str) -> KafkaAdminClient:
    return KafkaAdminClient(bootstrap_servers=bootstrap, **security)


def producer_of(bootstrap: str, **config: object) -> KafkaProducer:
    return KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, **{"max_block_ms": 20_000, **security, **config})


def consumer_of(bootstrap: str, group: str | None = None, **config: object) -> KafkaConsumer:
    """A consumer from the beginning that commits only when told."""
    settings = {
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "fetch_max_wait_ms": 50,
        "session_timeout_ms": 6000,
        "heartbeat_interval_ms": 200,
    }
    return KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, **{**settings, **security, **config})


def create_topic(bootstrap: str, name: str, partitions: int = 1, **configs: str) -> str:
    """Creates a topic under a name of its own, and waits until its partitions serve."""
    topic = fresh(name)
    admin = admin_of(bootstrap)
    settings = {key.replace("_", "."): value for key, value in configs.items()}
    admin.create_topics({topic: {"num_partitions": partitions, "configs": settings}}, wait_for_metadata=True)
    admin.close()
    return topic


def send(producer: KafkaProducer, topic: str, values: list[str], partition: int = 0) -> None:
    """Produces the values and waits until the broker has them all."""
    sent = [producer.send(topic, value.encode(), partition=partition) for value in values]
    producer.flush(LIMIT_S)
    for one in sent:
        one.get(LIMIT_S)


def read(consumer: KafkaConsumer, count: int, limit_s: float = LIMIT_S) -> list[ConsumerRecord]:
    """Polls until that many records came."""
    records: list[ConsumerRecord] = []
    deadline = time.monotonic() + limit_s
    while len(records) < count:
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(records)} of {count} records within {limit_s} s")
        for batch in consumer.poll(POLL_MS, max_records=count - len(records)).values():
            records += batch
    return records


def read_partition(
    bootstrap: str, topic: str, count: int, partition: int = 0, **config: object
) -> list[ConsumerRecord]:
    """The first records of a partition; fails when there are more."""
    consumer = consumer_of(bootstrap, **config)
    consumer.assign([TopicPartition(topic, partition)])
    records = read(consumer, count)
    more = [record for batch in consumer.poll(200).values() for record in batch]
    consumer.close()
    same(len(more), 0, f"more records of {topic}-{partition}")
    return records


def values_of(records: list[ConsumerRecord]) -> list[str]:
    return [record.value.decode() for record in records]


def error_name(action) -> str | None:
    """The name of the error that the action fails with, none when it succeeds."""
    try:
        action()
    except KafkaError as failure:
        return type(failure).__name__
    return None


def transactional(bootstrap: str, transactional_id: str, **config: object) -> KafkaProducer:
    producer = producer_of(bootstrap, transactional_id=transactional_id, **config)
    producer.init_transactions()
    return producer
