// Jobs of Apache Flink that read topics and write topics: in a cluster inside of this process, with two TaskManagers and a
// checkpoint each second. Arguments are name=value. Commands come by standard input: `fail` lets the next record fail,
// `kill-taskmanager` ends a TaskManager and starts another. Standard output says `started`, `checkpoint <id>`, `finished`.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

public class ExactlyOnceJob {
  static final AtomicBoolean failRequested = new AtomicBoolean();

  /** Passes everything on, and fails when it is asked to. */
  static class Fragile implements MapFunction<String, String>, CheckpointListener {
    @Override
    public String map(String value) {
      if (failRequested.compareAndSet(true, false)) throw new IllegalStateException("asked to fail");
      return value;
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      say("checkpoint " + checkpointId);
    }
  }

  /** `<start of the window>,<count>,<was it complete before the end of the input?>` */
  static class WindowLine extends ProcessWindowFunction<String, String, String, TimeWindow> {
    @Override
    public void process(String key, Context context, Iterable<String> values, Collector<String> out) {
      long count = 0;
      for (String value : values) count++;
      boolean isBeforeEnd = context.currentWatermark() < Long.MAX_VALUE;
      out.collect(key + "," + context.window().getStart() + "," + count + "," + isBeforeEnd);
    }
  }

  static void say(String line) {
    synchronized (System.out) {
      System.out.println(line);
      System.out.flush();
    }
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (String argument : arguments) {
      int at = argument.indexOf('=');
      options.put(argument.substring(0, at), argument.substring(at + 1));
    }
    Configuration configuration = configurationOf(options);
    MiniClusterConfiguration cluster =
        new MiniClusterConfiguration.Builder()
            .setConfiguration(configuration)
            .setNumTaskManagers(2)
            .setNumSlotsPerTaskManager(1)
            .withRandomPorts()
            .build();
    MiniCluster miniCluster = new MiniCluster(cluster);
    miniCluster.start();
    StreamGraph graph = graphOf(configuration, options);
    if (options.containsKey("restore"))
      graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(options.get("restore")));
    miniCluster.submitJob(graph).get();
    say("started");
    followCommands(miniCluster);
    JobResult result = miniCluster.requestJobResult(graph.getJobID()).get();
    result.toJobExecutionResult(ExactlyOnceJob.class.getClassLoader());
    say("finished");
    System.exit(0);
  }

  static Configuration configurationOf(Map<String, String> options) {
    Configuration configuration = new Configuration();
    configuration.setString("execution.checkpointing.interval", "1s");
    configuration.setString("execution.checkpointing.dir", "file://" + options.get("checkpoints"));
    configuration.setString("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    configuration.setString("restart-strategy.type", "fixed-delay");
    configuration.setString("restart-strategy.fixed-delay.attempts", "1000");
    configuration.setString("restart-strategy.fixed-delay.delay", "200ms");
    configuration.setString("heartbeat.interval", "1s");
    configuration.setString("heartbeat.timeout", "10s");
    configuration.setString("parallelism.default", "2");
    configuration.setString("rest.port", "0");
    return configuration;
  }

  static StreamGraph graphOf(Configuration configuration, Map<String, String> options) {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
    WatermarkStrategy<String> watermarks =
        options.get("job").equals("windows")
            ? WatermarkStrategy.<String>forBoundedOutOfOrderness(Duration.ofSeconds(5))
            : WatermarkStrategy.<String>forMonotonousTimestamps();
    DataStream<String> read = env.fromSource(sourceOf(options), watermarks, "source").uid("source");
    DataStream<String> written = read.map(new Fragile()).uid("fragile");
    if (options.get("job").equals("windows"))
      written =
          written
              .keyBy(value -> value.substring(0, 1))
              .window(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
              .process(new WindowLine())
              .uid("windows");
    written.sinkTo(sinkOf(options)).uid("sink");
    return env.getStreamGraph();
  }

  /** Ends where `end` says: offsets of the partitions, separated by commas; `latest`, where the topic ends now; or never. */
  static KafkaSource<String> sourceOf(Map<String, String> options) {
    KafkaSourceBuilder<String> source =
        KafkaSource.<String>builder()
            .setBootstrapServers(options.get("bootstrap"))
            .setTopics(options.get("from"))
            .setGroupId(options.get("group"))
            .setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
            .setValueOnlyDeserializer(new SimpleStringSchema())
            .setProperty("isolation.level", "read_committed");
    String end = options.get("end");
    if (end.equals("latest")) source.setBounded(OffsetsInitializer.latest());
    else if (!end.equals("never")) {
      Map<TopicPartition, Long> offsets = new HashMap<>();
      String[] parts = end.split(",");
      for (int i = 0; i < parts.length; i++)
        offsets.put(new TopicPartition(options.get("from"), i), Long.parseLong(parts[i]));
      source.setBounded(OffsetsInitializer.offsets(offsets));
    }
    return source.build();
  }

  static KafkaSink<String> sinkOf(Map<String, String> options) {
    Properties producer = new Properties();
    producer.setProperty("transaction.timeout.ms", "600000");
    return KafkaSink.<String>builder()
        .setBootstrapServers(options.get("bootstrap"))
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix(options.get("group"))
        .setTransactionNamingStrategy(TransactionNamingStrategy.valueOf(options.get("naming")))
        .setKafkaProducerConfig(producer)
        .setRecordSerializer(
            KafkaRecordSerializationSchema.<String>builder()
                .setTopic(options.get("to"))
                .setValueSerializationSchema(new SimpleStringSchema())
                .build())
        .build();
  }

  static void followCommands(MiniCluster miniCluster) {
    Thread commands =
        new Thread(
            () -> {
              int firstTaskManager = 0;
              try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in))) {
                for (String line; (line = lines.readLine()) != null; ) {
                  if (line.equals("fail")) failRequested.set(true);
                  else if (line.equals("kill-taskmanager")) {
                    miniCluster.terminateTaskManager(firstTaskManager++).get();
                    miniCluster.startTaskManager();
                    say("killed a taskmanager");
                  }
                }
              } catch (Exception error) {
                say("cannot do it: " + error);
                System.exit(2);
              }
              // Whoever started this is gone.
              System.exit(3);
            });
    commands.setDaemon(true);
    commands.start();
  }
}
