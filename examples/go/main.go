// Prints each failed message, with franz-go.
//
// go run . reads KAFKA_BOOTSTRAP_SERVERS and SCHEMA_REGISTRY_URL.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
)

// status has the fields that this program reads; the decoder skips all others.
type status struct {
	MessageID  string  `avro:"message_id"`
	Status     string  `avro:"status"`
	ErrorCode  *int64  `avro:"error_code"`
	ErrorTitle *string `avro:"error_title"`
}

func main() {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(setting("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"), ",")...),
		// The embedded broker does not know a later request for versions; Apache Kafka does.
		kgo.MaxVersions(kversion.V3_0_0()),
		kgo.ConsumerGroup("alerts-go"),
		kgo.ConsumeTopics("whatsapp.statuses"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	schemas := map[uint32]avro.Schema{}
	for {
		fetches := client.PollFetches(context.Background())
		for _, failed := range fetches.Errors() {
			log.Print(failed.Err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			if one, err := decode(record.Value, schemas); err != nil {
				log.Print(err)
			} else if one.Status == "failed" && one.ErrorCode != nil && one.ErrorTitle != nil {
				fmt.Println(one.MessageID, *one.ErrorCode, *one.ErrorTitle)
			}
		})
	}
}

// decode reads a record in Confluent's wire format: a zero byte, the id of the schema, the body.
func decode(value []byte, schemas map[uint32]avro.Schema) (status, error) {
	var one status
	if len(value) < 5 || value[0] != 0 {
		return one, fmt.Errorf("a record without the id of a schema")
	}
	id := uint32(value[1])<<24 | uint32(value[2])<<16 | uint32(value[3])<<8 | uint32(value[4])
	schema, known := schemas[id]
	if !known {
		var err error
		if schema, err = fetch(id); err != nil {
			return one, err
		}
		schemas[id] = schema
	}
	return one, avro.Unmarshal(schema, value[5:], &one)
}

func fetch(id uint32) (avro.Schema, error) {
	registry := setting("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8002")
	answer, err := http.Get(fmt.Sprintf("%s/schemas/ids/%d", registry, id))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var found struct {
		Schema string `json:"schema"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil {
		return nil, err
	}
	return avro.Parse(found.Schema)
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
