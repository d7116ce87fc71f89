// What one check works with: clients of one broker, and topics and groups of its own.
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

final class CheckScope implements AutoCloseable {
    private static final Duration WAIT = Duration.ofSeconds(45);

    final String bootstrap;
    /** How often a check repeats what it repeats. */
    final int rounds = Integer.parseInt(Objects.requireNonNullElse(System.getenv("ROUNDS"), "5"));
    private final String prefix;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Admin admin;
    private int names;

    CheckScope(String bootstrap, String check) {
        this.bootstrap = bootstrap;
        this.prefix = check.replace('_', '-') + "-" + Long.toString(System.nanoTime(), 36);
    }

    /** Of a topic, group or transactional id that nobody else uses. */
    String newName() {
        return prefix + "-" + names++;
    }

    /** Makes a topic; its partitions answer when this returns. Configurations as name=value. */
    String topic(int partitions, String... configs) throws Exception {
        String name = newName();
        createTopic(name, partitions, configs);
        return name;
    }

    void createTopic(String name, int partitions, String... configs) throws Exception {
        admin().createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(pairs(configs)))).all().get();
        awaitPartitions(name, partitions);
    }

    void awaitPartitions(String topic, int partitions) throws Exception {
        List<TopicPartition> all = IntStream.range(0, partitions).mapToObj(i -> new TopicPartition(topic, i)).toList();
        until("the partitions of " + topic + " answer", () -> {
            try {
                offsets(all, OffsetSpec.latest());
                return true;
            } catch (RetriableException early) {
                return false;
            }
        });
    }

    Admin admin() {
        if (admin == null) admin = opening(Admin.create(properties()));
        return admin;
    }

    KafkaProducer<String, String> producer(String... properties) {
        Properties all = properties(properties);
        return opening(new KafkaProducer<>(all, new StringSerializer(), new StringSerializer()));
    }

    /** Without a group when it is null. Begins with the earliest record and does not commit unless told otherwise. */
    KafkaConsumer<String, String> consumer(String group, String... properties) {
        Properties all = properties("auto.offset.reset=earliest", "enable.auto.commit=false");
        if (group != null) all.setProperty("group.id", group);
        pairs(properties).forEach(all::setProperty);
        return opening(new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer()));
    }

    /** Sends records with these values, each with a key of its own, and waits for all of them. */
    static void produce(KafkaProducer<String, String> producer, String topic, int from, int to) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = from; i < to; i++) sent.add(producer.send(new ProducerRecord<>(topic, "k" + i, "v" + i)));
        producer.flush();
        for (Future<RecordMetadata> one : sent) one.get();
    }

    /** Everything that a topic's partition 0 … n-1 hold now, for the isolation level that the properties name. */
    List<ConsumerRecord<String, String>> readAll(String topic, int partitions, String... properties) {
        try (KafkaConsumer<String, String> consumer = consumer(null, properties)) {
            List<TopicPartition> all =
                IntStream.range(0, partitions).mapToObj(i -> new TopicPartition(topic, i)).toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            return readTo(consumer, consumer.endOffsets(all));
        }
    }

    /** Polls until each partition's position is the given one. */
    static List<ConsumerRecord<String, String>> readTo(
        KafkaConsumer<String, String> consumer, Map<TopicPartition, Long> ends) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        long limit = System.nanoTime() + WAIT.toNanos();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            if (System.nanoTime() > limit) throw new AssertionError("did not reach " + ends + ", saw " + records.size());
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        return records;
    }

    /** Polls until as many records have come. */
    static List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        long limit = System.nanoTime() + WAIT.toNanos();
        while (records.size() < count) {
            if (System.nanoTime() > limit) throw new AssertionError("saw " + records.size() + " of " + count);
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        return records;
    }

    Map<TopicPartition, Long> offsets(Collection<TopicPartition> partitions, OffsetSpec spec) throws Exception {
        return offsets(partitions, spec, new org.apache.kafka.clients.admin.ListOffsetsOptions());
    }

    Map<TopicPartition, Long> offsets(
        Collection<TopicPartition> partitions, OffsetSpec spec, org.apache.kafka.clients.admin.ListOffsetsOptions how)
        throws Exception {
        Map<TopicPartition, OffsetSpec> asked = new java.util.HashMap<>();
        partitions.forEach(partition -> asked.put(partition, spec));
        Map<TopicPartition, Long> found = new java.util.HashMap<>();
        var result = admin().listOffsets(asked, how);
        for (TopicPartition partition : partitions) {
            found.put(partition, get(result.partitionResult(partition)).offset());
        }
        return found;
    }

    long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return offsets(Set.of(partition), spec).get(partition);
    }

    /** What a future holds; its failure is thrown as it is. */
    static <T> T get(Future<T> future) throws Exception {
        try {
            return future.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof Exception cause) throw cause;
            throw failure;
        }
    }

    static void until(String what, Callable<Boolean> holds) throws Exception {
        long limit = System.nanoTime() + WAIT.toNanos();
        while (!holds.call()) {
            if (System.nanoTime() > limit) throw new AssertionError("waited in vain: " + what);
            Thread.sleep(20);
        }
    }

    static void expect(String what, Object actual, Object expected) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError(what + ": " + actual + " instead of " + expected);
        }
    }

    static void expect(String what, boolean holds) {
        if (!holds) throw new AssertionError(what);
    }

    interface Action {
        void run() throws Exception;
    }

    /** The failure, or its cause, must be of this class. */
    static <T extends Throwable> T expectFailure(Class<T> expected, Action action) {
        try {
            action.run();
        } catch (Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (expected.isInstance(cause)) return expected.cast(cause);
            }
            throw new AssertionError(expected.getSimpleName() + " was expected", failure);
        }
        throw new AssertionError(expected.getSimpleName() + " was expected, nothing failed");
    }

    boolean topicIsGone(String topic) throws Exception {
        try {
            get(admin().describeTopics(List.of(topic)).allTopicNames());
            return false;
        } catch (UnknownTopicOrPartitionException gone) {
            return true;
        }
    }

    private Properties properties(String... more) {
        Properties all = new Properties();
        all.setProperty("bootstrap.servers", bootstrap);
        pairs(more).forEach(all::setProperty);
        return all;
    }

    static Map<String, String> pairs(String... settings) {
        Map<String, String> pairs = new java.util.HashMap<>();
        for (String setting : settings) {
            int at = setting.indexOf('=');
            pairs.put(setting.substring(0, at), setting.substring(at + 1));
        }
        return pairs;
    }

    <T extends AutoCloseable> T opening(T client) {
        opened.add(client);
        return client;
    }

    @Override
    public void close() {
        for (AutoCloseable client : opened) {
            try {
                if (client instanceof KafkaProducer<?, ?> producer) producer.close(Duration.ofSeconds(1));
                else client.close();
            } catch (Exception closedBefore) {
                // Closing twice is allowed; what a check is about, it closes itself.
            }
        }
    }
}
