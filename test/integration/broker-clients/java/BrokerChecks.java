// Named checks of Kafka's Java clients. Usage: java -cp <libs>/*:<classes> BrokerChecks <bootstrap> [check ...]
// Prints "passed <check> <ms> ms" or "failed <check>" and why, four checks at a time; ends with 0 when all passed.
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

public final class BrokerChecks {
    interface Check {
        void run(CheckScope scope) throws Exception;
    }

    private static final int CHECKS_AT_A_TIME = 4;
    private static final long CHECK_TIMEOUT_SECONDS = 120;

    private BrokerChecks() {
    }

    static Map<String, Check> checks() {
        Map<String, Check> checks = new LinkedHashMap<>();
        // Those that take longest begin first.
        GroupChecks.addTo(checks);
        ProducerChecks.addTo(checks);
        ConsumerChecks.addTo(checks);
        AdminChecks.addTo(checks);
        TransactionChecks.addTo(checks);
        return checks;
    }

    public static void main(String[] args) throws InterruptedException {
        Map<String, Check> checks = checks();
        List<String> names = args.length > 1 ? List.of(args).subList(1, args.length) : List.copyOf(checks.keySet());
        AtomicInteger failed = new AtomicInteger();
        ExecutorService lanes = Executors.newFixedThreadPool(CHECKS_AT_A_TIME);
        for (String name : names) {
            lanes.execute(() -> {
                if (!passes(args[0], name, checks.get(name))) failed.incrementAndGet();
            });
        }
        lanes.shutdown();
        lanes.awaitTermination(1, TimeUnit.HOURS);
        System.exit(failed.get() == 0 ? 0 : 1);
    }

    private static boolean passes(String bootstrap, String name, Check check) {
        long start = System.nanoTime();
        try {
            if (check == null) throw new AssertionError("there is no such check");
            runWithin(bootstrap, name, check);
            say("passed " + name + " " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) + " ms");
            return true;
        } catch (Throwable failure) {
            StringWriter text = new StringWriter();
            failure.printStackTrace(new PrintWriter(text));
            // One line for each result: whoever reads them needs to know where one ends.
            say("failed " + name + " " + text.toString().replace('\n', '|'));
            return false;
        }
    }

    private static void runWithin(String bootstrap, String name, Check check) throws Throwable {
        ExecutorService own = Executors.newSingleThreadExecutor();
        Future<Void> done = own.submit(() -> {
            try (CheckScope scope = new CheckScope(bootstrap, name)) {
                check.run(scope);
            }
            return null;
        });
        try {
            done.get(CHECK_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            throw failure.getCause();
        } catch (TimeoutException late) {
            done.cancel(true);
            throw new AssertionError("not done after " + CHECK_TIMEOUT_SECONDS + " s");
        } finally {
            own.shutdownNow();
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
    }
}
