// What a consumer without companions may rely on: positions, commits, time, subscriptions.
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

final class ConsumerChecks {
    private ConsumerChecks() {
    }

    static void addTo(Map<String, BrokerChecks.Check> checks) {
        checks.put("auto_commit_on_close", ConsumerChecks::autoCommitOnClose);
        checks.put("commit_resume_and_metadata", ConsumerChecks::commitResume);
        checks.put("offset_out_of_range_resets", ConsumerChecks::outOfRange);
        checks.put("pause_resume_many_partitions", ConsumerChecks::pauseResume);
        checks.put("seek_offsetsForTimes_begin_end", ConsumerChecks::seekAndTimes);
        checks.put("subscribe_pattern_sees_new_topic", ConsumerChecks::subscribePattern);
    }

    private static void autoCommitOnClose(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        String group = scope.newName();
        CheckScope.produce(scope.producer(), topic, 0, 10);
        var consumer = scope.consumer(group, "enable.auto.commit=true", "auto.commit.interval.ms=600000");
        consumer.subscribe(List.of(topic));
        CheckScope.poll(consumer, 10);
        consumer.close();
        CheckScope.produce(scope.producer(), topic, 10, 12);
        var second = scope.consumer(group);
        second.subscribe(List.of(topic));
        CheckScope.expect("goes on", ProducerChecks.values(CheckScope.poll(second, 2)), List.of("v10", "v11"));
    }

    private static void commitResume(CheckScope scope) throws Exception {
        String topic = scope.topic(2);
        String group = scope.newName();
        TopicPartition partition = new TopicPartition(topic, 0);
        TopicPartition other = new TopicPartition(topic, 1);
        var producer = scope.producer();
        for (int i = 0; i < 10; i++) producer.send(new ProducerRecord<>(topic, 0, "k", "v" + i));
        producer.flush();
        var consumer = scope.consumer(group);
        consumer.subscribe(List.of(topic));
        CheckScope.poll(consumer, 10);
        consumer.commitSync(Map.of(partition, new OffsetAndMetadata(4, java.util.Optional.of(0), "half way")));
        Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.of(partition, other));
        CheckScope.expect("offset", committed.get(partition).offset(), 4L);
        CheckScope.expect("metadata", committed.get(partition).metadata(), "half way");
        CheckScope.expect("leader epoch", committed.get(partition).leaderEpoch(), java.util.Optional.of(0));
        CheckScope.expect("not committed", committed.get(other), null);
        consumer.close();
        var second = scope.consumer(group);
        second.subscribe(List.of(topic));
        CheckScope.expect("first record", CheckScope.poll(second, 6).get(0).offset(), 4L);
    }

    private static void outOfRange(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        CheckScope.produce(scope.producer(), topic, 0, 10);
        CheckScope.get(scope.admin().deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(5))).all());
        var earliest = scope.consumer(null);
        earliest.assign(List.of(partition));
        earliest.seek(partition, 1);
        CheckScope.expect("back to the beginning", CheckScope.poll(earliest, 5).get(0).offset(), 5L);
        earliest.seek(partition, 1000);
        CheckScope.expect("from beyond the end too", CheckScope.poll(earliest, 5).get(0).offset(), 5L);
        var latest = scope.consumer(null, "auto.offset.reset=latest");
        latest.assign(List.of(partition));
        latest.seek(partition, 1);
        CheckScope.until("goes to the end", () -> {
            CheckScope.expect("nothing read", latest.poll(Duration.ofMillis(100)).isEmpty());
            return latest.position(partition) == 10;
        });
        var none = scope.consumer(null, "auto.offset.reset=none");
        none.assign(List.of(partition));
        none.seek(partition, 1);
        CheckScope.expectFailure(OffsetOutOfRangeException.class, () -> CheckScope.poll(none, 1));
    }

    private static void pauseResume(CheckScope scope) throws Exception {
        String topic = scope.topic(20);
        List<TopicPartition> all = IntStream.range(0, 20).mapToObj(i -> new TopicPartition(topic, i)).toList();
        var producer = scope.producer();
        for (int i = 0; i < 400; i++) producer.send(new ProducerRecord<>(topic, i % 20, "k", "v" + i));
        producer.flush();
        var consumer = scope.consumer(null);
        consumer.assign(all);
        consumer.seekToBeginning(all);
        consumer.pause(all.subList(0, 10));
        List<ConsumerRecord<String, String>> records = CheckScope.poll(consumer, 200);
        CheckScope.expect("only of those that go on", records.stream().allMatch(record -> record.partition() >= 10));
        CheckScope.expect("no more", consumer.poll(Duration.ofMillis(200)).isEmpty());
        consumer.resume(all.subList(0, 10));
        records = CheckScope.poll(consumer, 200);
        CheckScope.expect("the others", records.stream().collect(
            Collectors.groupingBy(ConsumerRecord::partition, Collectors.counting())),
            IntStream.range(0, 10).boxed().collect(Collectors.toMap(i -> i, i -> 20L)));
    }

    private static void seekAndTimes(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        var producer = scope.producer();
        for (int i = 0; i < 10; i++) {
            CheckScope.get(producer.send(new ProducerRecord<>(topic, 0, 10_000L + i * 1000, "k", "v" + i)));
        }
        KafkaConsumer<String, String> consumer = scope.consumer(null);
        consumer.assign(List.of(partition));
        CheckScope.expect("beginning", consumer.beginningOffsets(List.of(partition)).get(partition), 0L);
        CheckScope.expect("end", consumer.endOffsets(List.of(partition)).get(partition), 10L);
        for (long[] known : new long[][] {{0, 0, 10_000}, {10_000, 0, 10_000}, {10_001, 1, 11_000}, {19_000, 9, 19_000}}) {
            var found = consumer.offsetsForTimes(Map.of(partition, known[0])).get(partition);
            CheckScope.expect("offset at " + known[0], found.offset(), known[1]);
            CheckScope.expect("time at " + known[0], found.timestamp(), known[2]);
        }
        CheckScope.expect("after the last", consumer.offsetsForTimes(Map.of(partition, 19_001L)).get(partition), null);
        consumer.seek(partition, 7);
        CheckScope.expect("sought", ProducerChecks.values(CheckScope.poll(consumer, 3)), List.of("v7", "v8", "v9"));
        consumer.seekToBeginning(List.of(partition));
        CheckScope.expect("position", consumer.position(partition), 0L);
        consumer.seekToEnd(List.of(partition));
        CheckScope.expect("position", consumer.position(partition), 10L);
        CheckScope.expect("lag", consumer.currentLag(partition).orElse(0), 0L);
    }

    private static void subscribePattern(CheckScope scope) throws Exception {
        String prefix = scope.newName();
        scope.createTopic(prefix + "-a", 1);
        var consumer = scope.consumer(scope.newName(), "metadata.max.age.ms=300");
        consumer.subscribe(Pattern.compile(prefix + "-.*"));
        CheckScope.produce(scope.producer(), prefix + "-a", 0, 1);
        CheckScope.poll(consumer, 1);
        consumer.commitSync();
        scope.createTopic(prefix + "-b", 2);
        CheckScope.produce(scope.producer(), prefix + "-b", 0, 10);
        CheckScope.expect("of the new one", CheckScope.poll(consumer, 10).stream()
            .allMatch(record -> record.topic().equals(prefix + "-b")));
        CheckScope.expect("assigned", consumer.assignment().size(), 3);
    }
}
