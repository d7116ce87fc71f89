// Kafka Streams' word count, exactly once. Usage: java ... StreamsWordCount <bootstrap> <state folder> [property=value ...]
// Counts the words of the topic "lines" into the topic "counts", every update of it, until it is killed.
// Prints "state <state>" when its state changes and "failed <class> <message>" when a thread ends.
import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

public final class StreamsWordCount {
    private StreamsWordCount() {
    }

    public static void main(String[] args) {
        Properties properties = new Properties();
        properties.setProperty("application.id", "word-count");
        properties.setProperty("bootstrap.servers", args[0]);
        properties.setProperty("state.dir", args[1]);
        properties.setProperty("processing.guarantee", "exactly_once_v2");
        properties.setProperty("commit.interval.ms", "50");
        // Every update goes on, so that a count that was seen twice or left out would show.
        properties.setProperty("statestore.cache.max.bytes", "0");
        properties.setProperty("num.stream.threads", "2");
        for (String setting : Arrays.asList(args).subList(2, args.length)) {
            int at = setting.indexOf('=');
            properties.setProperty(setting.substring(0, at), setting.substring(at + 1));
        }
        var strings = Serdes.String();
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("lines", Consumed.with(strings, strings))
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word, Grouped.with(strings, strings))
            .count(Materialized.with(strings, Serdes.Long()))
            .toStream()
            .mapValues(String::valueOf)
            .to("counts", Produced.with(strings, strings));
        KafkaStreams streams = new KafkaStreams(builder.build(), properties);
        streams.setStateListener((now, before) -> System.out.println("state " + now));
        streams.setUncaughtExceptionHandler(failure -> {
            Throwable cause = failure;
            while (cause.getCause() != null) cause = cause.getCause();
            System.out.println("failed " + cause.getClass().getName() + " " + cause.getMessage());
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
    }
}
