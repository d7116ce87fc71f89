// Runs Kafka's tools one after the other in one process: starting a process for each takes longer than they do.
// Reads a line for each, the class and its arguments divided by tabs; writes what the tool wrote to both of its outputs,
// then a line "end <exit code>" that begins with the byte 1.
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.utils.Exit;

public final class ToolRunner {
    /** What a tool throws instead of ending the process. */
    private static final class Ended extends Error {
        private static final long serialVersionUID = 1L;

        Ended() {
            super("the tool ended", null, false, false);
        }
    }

    /** Of the tool that runs; the first counts, for some catch what is thrown and end once more. */
    private static Integer exitCode;
    /** What it had written until then. */
    private static String output;
    private static final ByteArrayOutputStream written = new ByteArrayOutputStream();

    private ToolRunner() {
    }

    public static void main(String[] none) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
        System.setErr(System.out);
        Exit.setExitProcedure((code, message) -> {
            end(code);
            throw new Ended();
        });
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            run(line.split("\t", -1));
            out.println(output.stripTrailing());
            out.println("\u0001end " + exitCode);
        }
    }

    private static void run(String[] command) throws Exception {
        exitCode = null;
        written.reset();
        try {
            var main = Class.forName(command[0]).getMethod("main", String[].class);
            main.invoke(null, (Object) Arrays.copyOfRange(command, 1, command.length));
            end(0);
        } catch (InvocationTargetException failure) {
            if (exitCode == null) failure.getCause().printStackTrace();
            end(1);
        }
    }

    private static void end(int code) {
        if (exitCode != null) return;
        exitCode = code;
        output = written.toString(StandardCharsets.UTF_8);
    }
}
