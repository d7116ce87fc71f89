// Groups of three consumers by each way to assign, and members that are known by name.
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.AppInfoParser;

final class GroupChecks {
    private static final int PARTITIONS = 6;
    private static final String ASSIGNOR = "partition.assignment.strategy=org.apache.kafka.clients.consumer.";

    private static final String NEW_PROTOCOL = "group.protocol=consumer";
    // Members notice soon that others have come.
    private static final String HEARTBEATS = "heartbeat.interval.ms=300";

    private GroupChecks() {
    }

    static void addTo(Map<String, BrokerChecks.Check> checks) {
        checks.put("rebalance_classic_range_3",
            scope -> rebalance(scope, false, ASSIGNOR + "RangeAssignor", HEARTBEATS));
        checks.put("rebalance_classic_roundrobin_3",
            scope -> rebalance(scope, false, ASSIGNOR + "RoundRobinAssignor", HEARTBEATS));
        checks.put("rebalance_cooperative_sticky_3",
            scope -> rebalance(scope, true, ASSIGNOR + "CooperativeStickyAssignor", HEARTBEATS));
        checks.put("rebalance_kip848_consumer_protocol_3", scope -> rebalance(scope, true, NEW_PROTOCOL));
        checks.put("static_membership_restart_keeps_assignment", GroupChecks::staticMembership);
    }

    /** Three members come one by one and one goes: everybody has an equal share, each record is seen exactly once. */
    private static void rebalance(CheckScope scope, boolean incremental, String... how) throws Exception {
        // In Kafka 3.9 the consumer of the new protocol is a preview: it reads some again, of a real Kafka too.
        boolean preview = AppInfoParser.getVersion().startsWith("3.") && List.of(how).contains(NEW_PROTOCOL);
        String topic = scope.topic(PARTITIONS);
        String group = scope.newName();
        Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
        var producer = scope.producer();
        AtomicInteger produced = new AtomicInteger();
        List<Member> members = new ArrayList<>();
        try {
            for (int round = 0; round < 3; round++) {
                members.add(new Member(scope.consumer(group, how), topic, seen));
                produceSome(producer, topic, produced);
                awaitShares(members, PARTITIONS / (round + 1));
            }
            Set<TopicPartition> keptByFirst = members.get(0).assigned;
            if (incremental) CheckScope.expect("gave back only what others get", members.get(0).revoked.size(), 4);
            members.remove(1).stop();
            awaitShares(members, 3);
            if (incremental) CheckScope.expect("kept", members.get(0).assigned.containsAll(keptByFirst));
            produceSome(producer, topic, produced);
            CheckScope.until("all are seen", () -> seen.size() == produced.get());
        } finally {
            for (Member member : members) member.stop();
        }
        if (!preview) CheckScope.expect("each once", seen.values().stream().allMatch(times -> times.get() == 1));
        for (Member member : members) CheckScope.expect("failure", member.failure, null);
    }

    private static void produceSome(
        org.apache.kafka.clients.producer.KafkaProducer<String, String> producer, String topic, AtomicInteger produced) {
        for (int i = 0; i < 60; i++) {
            producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, "v" + produced.getAndIncrement()));
        }
        producer.flush();
    }

    private static void awaitShares(List<Member> members, int share) throws Exception {
        CheckScope.until(members.size() + " members have " + share + " each", () -> {
            Set<TopicPartition> all = new HashSet<>();
            for (Member member : members) {
                if (member.failure != null) throw new AssertionError("a member failed", member.failure);
                if (member.assigned.size() != share) return false;
                all.addAll(member.assigned);
            }
            return all.size() == PARTITIONS;
        });
    }

    /** A consumer in a thread of its own, that commits what it has seen before it gives partitions back. */
    private static final class Member implements ConsumerRebalanceListener {
        private final KafkaConsumer<String, String> consumer;
        private final Map<String, AtomicInteger> seen;
        private final Thread thread;
        private volatile boolean stopped;
        volatile Set<TopicPartition> assigned = Set.of();
        final Set<TopicPartition> revoked = ConcurrentHashMap.newKeySet();
        volatile Throwable failure;

        Member(KafkaConsumer<String, String> consumer, String topic, Map<String, AtomicInteger> seen) {
            this.consumer = consumer;
            this.seen = seen;
            consumer.subscribe(List.of(topic), this);
            thread = new Thread(this::run);
            thread.start();
        }

        private void run() {
            try {
                while (!stopped) {
                    consumer.poll(Duration.ofMillis(50)).forEach(record ->
                        seen.computeIfAbsent(record.value(), value -> new AtomicInteger()).incrementAndGet());
                    assigned = Set.copyOf(consumer.assignment());
                }
                consumer.close();
            } catch (Throwable thrown) {
                failure = thrown;
            }
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (!partitions.isEmpty() || !consumer.assignment().isEmpty()) consumer.commitSync();
            if (!stopped) revoked.addAll(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        }

        void stop() throws InterruptedException {
            stopped = true;
            thread.join();
        }
    }

    /** A member that comes back under its name has its partitions at once, and nobody else notices. */
    private static void staticMembership(CheckScope scope) throws Exception {
        String topic = scope.topic(4);
        String group = scope.newName();
        Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
        Member first = new Member(staticConsumer(scope, group, "a"), topic, seen);
        Member second = new Member(staticConsumer(scope, group, "b"), topic, seen);
        try {
            CheckScope.until("two each", () -> first.assigned.size() == 2 && second.assigned.size() == 2);
            Set<TopicPartition> before = first.assigned;
            Set<TopicPartition> others = second.assigned;
            second.revoked.clear();
            first.stop();
            Member again = new Member(staticConsumer(scope, group, "a"), topic, seen);
            try {
                CheckScope.until("its partitions are back", () -> again.assigned.equals(before));
                CheckScope.expect("the other keeps its own", second.assigned, others);
                CheckScope.expect("and was not asked for them", second.revoked, Set.of());
            } finally {
                again.stop();
            }
        } finally {
            first.stop();
            second.stop();
        }
    }

    private static KafkaConsumer<String, String> staticConsumer(CheckScope scope, String group, String name) {
        return scope.consumer(group, "group.instance.id=" + name, "session.timeout.ms=20000", HEARTBEATS);
    }
}
