import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * bootstrap topic records: one record at a time, from before it is sent until it was read; the first fifth warms up.
 * As kafka-e2e-latency, which knows milliseconds only.
 */
class LatencyPerformance {
    public static void main(String[] args) throws Exception {
        var count = Integer.parseInt(args[2]);
        var partition = new TopicPartition(args[1] + System.nanoTime(), 0);
        Map<String, Object> properties = Map.of("bootstrap.servers", args[0], "linger.ms", "0", "acks", "1", "fetch.max.wait.ms", "500");
        try (var admin = Admin.create(properties)) {
            admin.createTopics(List.of(new NewTopic(partition.topic(), 1, (short) 1))).all().get();
        }
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
                var consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            var warmUp = count / 5;
            var latencies = new double[count];
            for (var i = -warmUp; i < count; i++) {
                var sentAt = System.nanoTime();
                producer.send(new ProducerRecord<>(partition.topic(), new byte[100]));
                while (consumer.poll(Duration.ofSeconds(10)).isEmpty()) {}
                if (i >= 0) latencies[i] = (System.nanoTime() - sentAt) / 1e6;
            }
            Arrays.sort(latencies);
            System.out.printf("p50 %.3f ms, p99 %.3f ms%n", latencies[count / 2], latencies[count * 99 / 100]);
        }
    }
}
