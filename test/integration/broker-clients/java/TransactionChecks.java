// Transactions: what readers of each isolation level see, who is fenced, what an admin is told.
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

final class TransactionChecks {
    private static final String COMMITTED = "isolation.level=read_committed";

    private TransactionChecks() {
    }

    static void addTo(Map<String, BrokerChecks.Check> checks) {
        checks.put("transaction_commit_abort_read_committed", TransactionChecks::commitAbort);
        checks.put("transaction_open_is_invisible_and_holds_lso", TransactionChecks::openIsInvisible);
        checks.put("transaction_multi_partition_100", TransactionChecks::manyPartitions);
        checks.put("transaction_zombie_fenced", TransactionChecks::zombie);
        checks.put("fence_producers", TransactionChecks::fenceProducers);
        checks.put("transaction_admin_list_describe", TransactionChecks::listDescribe);
        checks.put("transaction_exactly_once_consume_produce", TransactionChecks::exactlyOnce);
    }

    private static KafkaProducer<String, String> transactional(CheckScope scope, String id) {
        return scope.producer("transactional.id=" + id, "transaction.timeout.ms=60000");
    }

    private static void commitAbort(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        var producer = transactional(scope, scope.newName());
        producer.initTransactions();
        int transactions = 2 * scope.rounds;
        List<String> committed = new ArrayList<>();
        for (int i = 0; i < transactions; i++) {
            producer.beginTransaction();
            CheckScope.produce(producer, topic, 10 * i, 10 * i + 10);
            if (i % 3 == 1) {
                producer.abortTransaction();
            } else {
                producer.commitTransaction();
                IntStream.range(10 * i, 10 * i + 10).forEach(value -> committed.add("v" + value));
            }
        }
        CheckScope.expect("read committed", ProducerChecks.values(scope.readAll(topic, 1, COMMITTED)), committed);
        CheckScope.expect("read uncommitted", scope.readAll(topic, 1).size(), 10 * transactions);
        // Each transaction left one marker.
        CheckScope.expect("end", scope.offset(new TopicPartition(topic, 0), OffsetSpec.latest()), 11L * transactions);
    }

    private static void openIsInvisible(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        TopicPartition partition = new TopicPartition(topic, 0);
        CheckScope.produce(scope.producer(), topic, 0, 3);
        var producer = transactional(scope, scope.newName());
        producer.initTransactions();
        producer.beginTransaction();
        CheckScope.produce(producer, topic, 3, 6);
        // Behind the undecided ones, and so held back with them.
        CheckScope.produce(scope.producer(), topic, 6, 8);
        CheckScope.expect("committed", ProducerChecks.values(scope.readAll(topic, 1, COMMITTED)),
            ProducerChecks.numbered(3));
        CheckScope.expect("uncommitted", scope.readAll(topic, 1).size(), 8);
        ListOffsetsOptions committed = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
        CheckScope.expect("last stable offset",
            scope.offsets(Set.of(partition), OffsetSpec.latest(), committed).get(partition), 3L);
        CheckScope.expect("end", scope.offset(partition, OffsetSpec.latest()), 8L);
        producer.commitTransaction();
        CheckScope.expect("all", ProducerChecks.values(scope.readAll(topic, 1, COMMITTED)), ProducerChecks.numbered(8));
        CheckScope.expect("last stable offset",
            scope.offsets(Set.of(partition), OffsetSpec.latest(), committed).get(partition), 9L);
    }

    private static void manyPartitions(CheckScope scope) throws Exception {
        String topic = scope.topic(100);
        var producer = transactional(scope, scope.newName());
        producer.initTransactions();
        for (boolean commit : new boolean[] {true, false}) {
            producer.beginTransaction();
            for (int i = 0; i < 100; i++) producer.send(new ProducerRecord<>(topic, i, "k", "v" + i));
            if (commit) producer.commitTransaction();
            else producer.abortTransaction();
        }
        CheckScope.expect("committed", scope.readAll(topic, 100, COMMITTED).size(), 100);
        List<TopicPartition> all = IntStream.range(0, 100).mapToObj(i -> new TopicPartition(topic, i)).toList();
        // An abort may come before all were sent: what was not sent leaves nothing behind.
        for (var end : scope.offsets(all, OffsetSpec.latest()).entrySet()) {
            CheckScope.expect("end of " + end.getKey() + " " + end.getValue(), end.getValue() >= 2 && end.getValue() <= 4);
        }
    }

    /** Who takes over a transactional id aborts what was open and fences who had it. */
    private static void zombie(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        String id = scope.newName();
        var zombie = transactional(scope, id);
        zombie.initTransactions();
        zombie.beginTransaction();
        CheckScope.produce(zombie, topic, 0, 5);
        var successor = transactional(scope, id);
        successor.initTransactions();
        successor.beginTransaction();
        CheckScope.produce(successor, topic, 5, 8);
        successor.commitTransaction();
        CheckScope.expectFailure(ProducerFencedException.class, zombie::commitTransaction);
        expectFenced(() -> {
            zombie.beginTransaction();
            CheckScope.produce(zombie, topic, 8, 9);
        });
        CheckScope.expect("committed", ProducerChecks.values(scope.readAll(topic, 1, COMMITTED)),
            List.of("v5", "v6", "v7"));
    }

    private static void fenceProducers(CheckScope scope) throws Exception {
        String topic = scope.topic(1);
        String id = scope.newName();
        var producer = transactional(scope, id);
        producer.initTransactions();
        producer.beginTransaction();
        CheckScope.produce(producer, topic, 0, 5);
        var fenced = scope.admin().fenceProducers(List.of(id));
        CheckScope.get(fenced.all());
        CheckScope.expect("a higher epoch", CheckScope.get(fenced.epochId(id)) > 0);
        expectFenced(() -> {
            CheckScope.produce(producer, topic, 5, 6);
            producer.commitTransaction();
        });
        CheckScope.expect("committed", scope.readAll(topic, 1, COMMITTED).size(), 0);
    }

    private static void expectFenced(CheckScope.Action action) {
        KafkaException failure = CheckScope.expectFailure(KafkaException.class, action);
        Throwable cause = failure;
        while (cause != null && !(cause instanceof ProducerFencedException)
            && !(cause instanceof InvalidProducerEpochException)) cause = cause.getCause();
        if (cause == null) throw new AssertionError("not for being fenced", failure);
    }

    private static void listDescribe(CheckScope scope) throws Exception {
        String topic = scope.topic(2);
        String id = scope.newName();
        var producer = transactional(scope, id);
        producer.initTransactions();
        CheckScope.expect("state", describe(scope, id).state(), TransactionState.EMPTY);
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 1, "k", "v"));
        producer.flush();
        CheckScope.expect("listed", states(scope, new ListTransactionsOptions(), id), List.of(TransactionState.ONGOING));
        var ongoing = new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING));
        CheckScope.expect("listed by state", states(scope, ongoing, id).size(), 1);
        var others = new ListTransactionsOptions().filterProducerIds(Set.of(987_654_321L));
        CheckScope.expect("not by the id of another", states(scope, others, id).size(), 0);
        TransactionDescription description = describe(scope, id);
        CheckScope.expect("partitions", description.topicPartitions(), Set.of(new TopicPartition(topic, 1)));
        CheckScope.expect("timeout", description.transactionTimeoutMs(), 60_000L);
        CheckScope.expect("began", description.transactionStartTimeMs().isPresent());
        producer.commitTransaction();
        CheckScope.until("complete", () -> describe(scope, id).state() == TransactionState.COMPLETE_COMMIT);
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(topic, 1, "k", "v"));
        producer.flush();
        producer.abortTransaction();
        CheckScope.until("complete", () -> describe(scope, id).state() == TransactionState.COMPLETE_ABORT);
    }

    private static TransactionDescription describe(CheckScope scope, String id) throws Exception {
        return CheckScope.get(scope.admin().describeTransactions(List.of(id)).description(id));
    }

    private static List<TransactionState> states(CheckScope scope, ListTransactionsOptions how, String id)
        throws Exception {
        return CheckScope.get(scope.admin().listTransactions(how).all()).stream()
            .filter(listing -> listing.transactionalId().equals(id)).map(TransactionListing::state).toList();
    }

    /** Reads, writes and commits its offsets in one transaction; every third is aborted and done again. */
    private static void exactlyOnce(CheckScope scope) throws Exception {
        String input = scope.topic(2);
        String output = scope.topic(2);
        String group = scope.newName();
        String id = scope.newName();
        int count = 60 * scope.rounds;
        CheckScope.produce(scope.producer(), input, 0, count);
        int batch = 0;
        // A new life after each round: the successor fences, and goes on where the last commit was.
        for (int life = 0; life < 3; life++) {
            KafkaConsumer<String, String> consumer =
                scope.consumer(group, "max.poll.records=17", COMMITTED, "group.instance.id=only");
            consumer.subscribe(List.of(input));
            var producer = transactional(scope, id);
            producer.initTransactions();
            long until = life == 2 ? count : (long) count * (life + 1) / 3;
            while (committedOf(consumer, input) < until) {
                List<ConsumerRecord<String, String>> records = CheckScope.poll(consumer, 1);
                producer.beginTransaction();
                Map<TopicPartition, OffsetAndMetadata> offsets = new java.util.HashMap<>();
                for (ConsumerRecord<String, String> record : records) {
                    producer.send(new ProducerRecord<>(output, record.key(), record.value()));
                    offsets.put(new TopicPartition(input, record.partition()), new OffsetAndMetadata(record.offset() + 1));
                }
                producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
                if (batch++ % 3 == 2) {
                    producer.abortTransaction();
                    backToCommitted(consumer);
                } else {
                    producer.commitTransaction();
                }
            }
            // The last transaction of this life stays open, as if it had crashed.
            producer.beginTransaction();
            CheckScope.produce(producer, output, -life - 1, -life);
            consumer.close();
        }
        transactional(scope, id).initTransactions();
        List<String> values = ProducerChecks.values(scope.readAll(output, 2, COMMITTED));
        CheckScope.expect("records", values.size(), count);
        CheckScope.expect("each once", Set.copyOf(values).size(), count);
    }

    private static void backToCommitted(KafkaConsumer<String, String> consumer) {
        consumer.committed(consumer.assignment()).forEach((partition, offset) -> {
            if (offset == null) consumer.seekToBeginning(Set.of(partition));
            else consumer.seek(partition, offset);
        });
    }

    /** A consumer that reads what is committed waits for markers that are on their way. */
    private static long committedOf(KafkaConsumer<String, String> consumer, String topic) {
        return consumer.committed(Set.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1))).values().stream()
            .mapToLong(offset -> offset == null ? 0 : offset.offset()).sum();
    }
}
