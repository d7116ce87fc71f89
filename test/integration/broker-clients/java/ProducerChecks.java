// What a producer may rely on: acknowledgements, codecs, order without duplicates, limits.
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;

final class ProducerChecks {
    private ProducerChecks() {
    }

    static void addTo(Map<String, BrokerChecks.Check> checks) {
        for (String acks : List.of("0", "1", "all")) checks.put("acks_" + acks, scope -> acks(scope, acks));
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            checks.put("produce_consume_" + codec, scope -> produceConsume(scope, codec));
        }
        checks.put("headers_nulls_timestamps", ProducerChecks::headersNullsTimestamps);
        checks.put("idempotent_20k_in_order_5_in_flight", ProducerChecks::idempotentInOrder);
        checks.put("idempotent_retries_tiny_request_timeout", ProducerChecks::idempotentRetries);
        checks.put("auto_create_on_produce", ProducerChecks::autoCreate);
        checks.put("invalid_topic_name", ProducerChecks::invalidTopicName);
        checks.put("large_message_900k_and_too_large", ProducerChecks::largeMessage);
        checks.put("large_message_5MB_topic_limit", ProducerChecks::largeMessageTopicLimit);
        checks.put("compacted_topic_accepts_keyed_rejects_unkeyed", ProducerChecks::compactedTopic);
        checks.put("delete_topic_while_producing_then_recreate", ProducerChecks::deleteWhileProducing);
        checks.put("throughput_100k_x_100B", ProducerChecks::throughput);
    }

    private static void acks(CheckScope scope, String acks) throws Exception {
        String topic = scope.topic(1);
        var producer = scope.producer("acks=" + acks, "enable.idempotence=false");
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < 100; i++) sent.add(producer.send(new ProducerRecord<>(topic, 0, null, "v" + i)));
        producer.flush();
        for (int i = 0; i < 100; i++) {
            RecordMetadata metadata = CheckScope.get(sent.get(i));
            CheckScope.expect("the offset that was told", metadata.offset(), acks.equals("0") ? -1L : i);
        }
        TopicPartition partition = new TopicPartition(topic, 0);
        CheckScope.until("all are there", () -> scope.offset(partition, OffsetSpec.latest()) == 100);
        CheckScope.expect("values", values(scope.readAll(topic, 1)), numbered(100));
    }

    private static void produceConsume(CheckScope scope, String codec) throws Exception {
        String topic = scope.topic(1);
        var producer = scope.producer("compression.type=" + codec, "linger.ms=20", "batch.size=65536");
        CheckScope.produce(producer, topic, 0, 2000);
        // Of bytes that do not compress too.
        String incompressible = new java.util.Random(1).ints(20_000, 0, 0xd000)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
        CheckScope.get(producer.send(new ProducerRecord<>(topic, "", incompressible)));
        List<String> expected = new ArrayList<>(numbered(2000));
        expected.add(incompressible);
        CheckScope.expect("values", values(scope.readAll(topic, 1)).equals(expected));
    }

    private static void headersNullsTimestamps(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        var producer = scope.producer();
        ProducerRecord<String, String> first = new ProducerRecord<>(topic, 0, 1234567890123L, null, (String) null);
        first.headers().add("a", "1".getBytes(StandardCharsets.UTF_8)).add("a", new byte[0]).add("ü", null);
        CheckScope.expect("the timestamp told", CheckScope.get(producer.send(first)).timestamp(), 1234567890123L);
        CheckScope.get(producer.send(new ProducerRecord<>(topic, 0, 0L, "", "")));
        List<ConsumerRecord<String, String>> records = scope.readAll(topic, 1);
        ConsumerRecord<String, String> got = records.get(0);
        CheckScope.expect("null key", got.key(), null);
        CheckScope.expect("null value", got.value(), null);
        CheckScope.expect("timestamp", got.timestamp(), 1234567890123L);
        CheckScope.expect("type of timestamp", got.timestampType().name, "CreateTime");
        Header[] headers = got.headers().toArray();
        CheckScope.expect("headers", headers.length, 3);
        CheckScope.expect("first header", new String(headers[0].value(), StandardCharsets.UTF_8), "1");
        CheckScope.expect("empty header", headers[1].value().length, 0);
        CheckScope.expect("null header", headers[2].key() + headers[2].value(), "ünull");
        CheckScope.expect("empty key and value", records.get(1).key() + records.get(1).value(), "");
        CheckScope.expect("timestamp 0", records.get(1).timestamp(), 0L);
        String appended = scope.topic(1, "message.timestamp.type=LogAppendTime");
        long before = System.currentTimeMillis();
        CheckScope.get(producer.send(new ProducerRecord<>(appended, 0, 1000L, "k", "v")));
        ConsumerRecord<String, String> stamped = scope.readAll(appended, 1).get(0);
        CheckScope.expect("type of timestamp", stamped.timestampType().name, "LogAppendTime");
        CheckScope.expect("appended now", stamped.timestamp() >= before - 1000);
    }

    private static void idempotentInOrder(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        var producer = scope.producer("enable.idempotence=true", "max.in.flight.requests.per.connection=5",
            "linger.ms=0", "batch.size=1024");
        CheckScope.produce(producer, topic, 0, 20_000);
        CheckScope.expect("values", values(scope.readAll(topic, 1)).equals(numbered(20_000)));
    }

    /** Requests whose answers come too late are sent again: nothing is lost, doubled or out of order. */
    private static void idempotentRetries(CheckScope scope) throws Exception {
        String topic = scope.topic(1, "max.message.bytes=4000000");
        var producer = scope.producer("enable.idempotence=true", "request.timeout.ms=40", "retry.backoff.ms=1",
            "delivery.timeout.ms=90000", "max.request.size=4000000", "batch.size=2000000", "linger.ms=0",
            "buffer.memory=200000000", "compression.type=none");
        String padding = "x".repeat(100_000);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        int count = 20 * Math.min(scope.rounds, 15);
        for (int i = 0; i < count; i++) sent.add(producer.send(new ProducerRecord<>(topic, i + padding)));
        producer.flush();
        for (Future<RecordMetadata> one : sent) CheckScope.get(one);
        List<String> expected = IntStream.range(0, count).mapToObj(String::valueOf).toList();
        CheckScope.expect("in order, none twice",
            scope.readAll(topic, 1).stream().map(record -> record.value().replace("x", "")).toList(), expected);
    }

    private static void autoCreate(CheckScope scope) throws Exception {
        String topic = scope.newName();
        CheckScope.produce(scope.producer(), topic, 0, 10);
        CheckScope.expect("partitions",
            CheckScope.get(scope.admin().describeTopics(List.of(topic)).allTopicNames()).get(topic).partitions().size(), 1);
        CheckScope.expect("values", values(scope.readAll(topic, 1)), numbered(10));
    }

    private static void invalidTopicName(CheckScope scope) {
        var producer = scope.producer("max.block.ms=20000");
        for (String name : List.of("with space", "a/b", "é", "x".repeat(250))) {
            CheckScope.expectFailure(InvalidTopicException.class,
                () -> CheckScope.get(producer.send(new ProducerRecord<>(name, "v"))));
        }
    }

    private static void largeMessage(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        var producer = scope.producer("max.request.size=10000000");
        CheckScope.get(producer.send(new ProducerRecord<>(topic, "y".repeat(900_000))));
        CheckScope.expectFailure(RecordTooLargeException.class,
            () -> CheckScope.get(producer.send(new ProducerRecord<>(topic, "y".repeat(1_200_000)))));
        CheckScope.get(producer.send(new ProducerRecord<>(topic, "after")));
        CheckScope.expect("lengths", lengths(scope.readAll(topic, 1)), List.of(900_000, 5));
        // The client's own limit, without a broker.
        var careful = scope.producer();
        CheckScope.expectFailure(RecordTooLargeException.class,
            () -> CheckScope.get(careful.send(new ProducerRecord<>(topic, "y".repeat(1_200_000)))));
    }

    private static void largeMessageTopicLimit(CheckScope scope) throws Exception {
        String topic = scope.topic(1, "max.message.bytes=6000000");
        var producer = scope.producer("max.request.size=20000000");
        CheckScope.get(producer.send(new ProducerRecord<>(topic, "z".repeat(5_000_000))));
        CheckScope.get(producer.send(new ProducerRecord<>(topic, "z".repeat(5_000_000))));
        CheckScope.expectFailure(RecordTooLargeException.class,
            () -> CheckScope.get(producer.send(new ProducerRecord<>(topic, "z".repeat(7_000_000)))));
        // A batch larger than a fetch may be comes all the same.
        CheckScope.expect("lengths", lengths(scope.readAll(topic, 1, "max.partition.fetch.bytes=1000")),
            List.of(5_000_000, 5_000_000));
    }

    private static void compactedTopic(CheckScope scope) throws Exception {
        String topic = scope.topic(1, "cleanup.policy=compact");
        var producer = scope.producer();
        CheckScope.produce(producer, topic, 0, 5);
        CheckScope.expectFailure(InvalidRecordException.class,
            () -> CheckScope.get(producer.send(new ProducerRecord<>(topic, "no key"))));
        CheckScope.get(producer.send(new ProducerRecord<>(topic, "k1", null)));
        CheckScope.expect("records", scope.readAll(topic, 1).size(), 6);
    }

    /** A producer's refresh of its metadata makes the topic anew; who comes after reads only what is new. */
    private static void deleteWhileProducing(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicInteger acknowledged = new AtomicInteger();
        KafkaProducer<String, String> producer =
            scope.producer("metadata.max.age.ms=200", "delivery.timeout.ms=20000", "request.timeout.ms=2000");
        Thread sending = new Thread(() -> {
            while (!stopped.get()) {
                producer.send(new ProducerRecord<>(topic, "v"), (metadata, failure) -> {
                    if (failure == null) acknowledged.incrementAndGet();
                });
                producer.flush();
            }
        });
        sending.start();
        try {
            CheckScope.until("some are acknowledged", () -> acknowledged.get() > 20);
            CheckScope.get(scope.admin().deleteTopics(List.of(topic)).all());
            int then = acknowledged.get();
            CheckScope.until("it goes on", () -> acknowledged.get() > then + 20);
        } finally {
            stopped.set(true);
            sending.join();
        }
        producer.close();
        CheckScope.get(scope.admin().deleteTopics(List.of(topic)).all());
        CheckScope.until("the topic is gone", () -> scope.topicIsGone(topic));
        scope.createTopic(topic, 1);
        CheckScope.expect("the new topic begins", CheckScope.get(scope.producer()
            .send(new ProducerRecord<>(topic, "first"))).offset(), 0L);
        CheckScope.expect("values", values(scope.readAll(topic, 1)), List.of("first"));
    }

    private static void throughput(CheckScope scope) throws Exception {
        String topic = scope.topic(3);
        int count = 20_000 * scope.rounds;
        String value = "m".repeat(100);
        var producer = scope.producer("linger.ms=5", "batch.size=65536");
        AtomicInteger failures = new AtomicInteger();
        for (int i = 0; i < count; i++) {
            producer.send(new ProducerRecord<>(topic, value), (metadata, failure) -> {
                if (failure != null) failures.incrementAndGet();
            });
        }
        producer.flush();
        CheckScope.expect("failures", failures.get(), 0);
        var consumer = scope.consumer(null, "max.poll.records=20000");
        consumer.assign(IntStream.range(0, 3).mapToObj(i -> new TopicPartition(topic, i)).toList());
        int[] seen = {0};
        CheckScope.until("all are read", () -> (seen[0] += consumer.poll(Duration.ofMillis(200)).count()) >= count);
        CheckScope.expect("records", seen[0], count);
    }

    static List<String> values(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(i -> "v" + i).toList();
    }

    private static List<Integer> lengths(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(record -> record.value().length()).toList();
    }
}
