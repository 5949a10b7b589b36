"""Prints each failed message with Spark's Structured Streaming.

pip install pyspark==4.2.0
KAFKA=org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0 AVRO=org.apache.spark:spark-avro_2.13:4.2.0
spark-submit --packages $KAFKA,$AVRO topics.py

With the argument `once`, it ends when it has read what is there.
"""

import json
import os
import sys
import urllib.request
from functools import cache

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.avro.functions import from_avro

REGISTRY = os.environ.get("SCHEMA_REGISTRY_URL", "http://127.0.0.1:8002")
BROKERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
TOPIC = "whatsapp.statuses"


@cache
def schema(place: str) -> str:
    with urllib.request.urlopen(f"{REGISTRY}/{place}") as answer:
        return json.load(answer)["schema"]


def failed(batch: DataFrame, _: int) -> None:
    """Prints the failed messages of a batch. Its records may have several schemas."""
    newest = schema(f"subjects/{TOPIC}-value/versions/latest")
    # A record is a zero, four bytes of the schema's id, and Avro.
    framed = batch.selectExpr(
        "conv(hex(substring(value, 2, 4)), 16, 10)::INT AS schema", "substring(value, 6) AS avro"
    ).persist()
    for (number,) in framed.select("schema").distinct().collect():
        decoded = from_avro("avro", schema(f"schemas/ids/{number}"), {"avroSchema": newest})
        statuses = framed.where(f.col("schema") == number).select(decoded.alias("status"))
        for row in statuses.where("status.status = 'failed'").select("status.*").collect():
            print(row.message_id, row.error_code, row.error_title, flush=True)
    framed.unpersist()


def main(once: bool) -> None:
    spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    records = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", BROKERS)
        .option("subscribe", TOPIC)
        .option("startingOffsets", "earliest")
        .load()
    )
    query = records.writeStream.foreachBatch(failed)
    (query.trigger(availableNow=True) if once else query).start().awaitTermination()


if __name__ == "__main__":
    main(sys.argv[1:] == ["once"])
