import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** bootstrap topic transactions records: one producer, one transaction after the other; the first tenth warms up. */
class TransactionPerformance {
    public static void main(String[] args) {
        var transactions = Integer.parseInt(args[2]);
        var records = Integer.parseInt(args[3]);
        var serializer = new ByteArraySerializer();
        Map<String, Object> properties = Map.of("bootstrap.servers", args[0], "transactional.id", "performance");
        try (var producer = new KafkaProducer<>(properties, serializer, serializer)) {
            producer.initTransactions();
            var warmUp = transactions / 10;
            var startedAt = System.nanoTime();
            for (var i = -warmUp; i < transactions; i++) {
                if (i == 0) startedAt = System.nanoTime();
                producer.beginTransaction();
                for (var j = 0; j < records; j++) producer.send(new ProducerRecord<>(args[1], new byte[100]));
                producer.commitTransaction();
            }
            System.out.printf("%.1f transactions/sec%n", transactions * 1e9 / (System.nanoTime() - startedAt));
        }
    }
}
