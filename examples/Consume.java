import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Prints each failed message, with Apache Kafka's client and Avro.
 *
 * <p>mvn dependency:copy-dependencies && java -cp 'target/dependency/*' Consume.java
 */
public class Consume {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Map<Integer, Schema> SCHEMAS = new HashMap<>();

    public static void main(String[] arguments) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"));
        settings.put("group.id", "alerts-java");
        settings.put("auto.offset.reset", "earliest");
        // The embedded broker lets the first member of a group wait for half of this time.
        settings.put("session.timeout.ms", "6000");
        settings.put("heartbeat.interval.ms", "1000");
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
            consumer.subscribe(List.of("whatsapp.statuses"));
            while (true) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    GenericRecord status = decode(record.value());
                    if (status.get("status").toString().equals("failed")) {
                        System.out.println(
                            status.get("message_id")
                                + " " + status.get("error_code")
                                + " " + status.get("error_title"));
                    }
                }
            }
        }
    }

    private static GenericRecord decode(byte[] value) {
        try {
            // A zero byte, four bytes with the id of the schema, and the Avro body.
            int id = ByteBuffer.wrap(value, 1, 4).getInt();
            Schema schema = SCHEMAS.computeIfAbsent(id, Consume::schema);
            var body = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null);
            return new GenericDatumReader<GenericRecord>(schema).read(null, body);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static Schema schema(int id) {
        String registry = setting("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8002");
        var address = URI.create(registry + "/schemas/ids/" + id + "/schema");
        var request = HttpRequest.newBuilder(address).build();
        try {
            var answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException("no schema " + id + ": " + answer.body());
            }
            return new Schema.Parser().parse(answer.body());
        } catch (IOException | InterruptedException error) {
            throw new IllegalStateException("the registry does not answer", error);
        }
    }

    private static String setting(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
