// Prints each failed message, with kafkajs: npm install && node consume.mjs
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'
import { Kafka } from 'kafkajs'

const environment = process.env
const registry = new SchemaRegistry({
  host: environment.SCHEMA_REGISTRY_URL ?? 'http://127.0.0.1:8002',
})
const kafka = new Kafka({
  brokers: [environment.KAFKA_BOOTSTRAP_SERVERS ?? '127.0.0.1:9092'],
})
// The embedded broker lets the first member of a group wait for half of this time.
const consumer = kafka.consumer({ groupId: 'alerts-js', sessionTimeout: 6000 })
await consumer.connect()
await consumer.subscribe({ topic: 'whatsapp.statuses', fromBeginning: true })
await consumer.run({
  eachMessage: async ({ message }) => {
    // Times are numbers of microseconds since 1970.
    const status = await registry.decode(message.value)
    if (status.status === 'failed') {
      console.log(status.message_id, status.error_code, status.error_title)
    }
  },
})
