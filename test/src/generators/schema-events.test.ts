import { expect, test } from 'vitest'
import { schema, t } from '../../../engine/index.ts'
import { schemaGenerator, timeFieldOf, unsupportedField, type EventSchema } from '../../../src/generators/index.ts'
import { drawEvents, hashOfEvents, START_MS } from './drawn-events.ts'

const customer: EventSchema = {
  name: 'customers',
  type: schema({
    id: t.bigint(),
    customer_id: t.int(),
    email: t.string(),
    city: t.string(),
    price: t.decimal(6, 2),
    rating: t.tinyint(),
    latitude: t.double(),
    isActive: t.boolean(),
    code: t.string(),
    items: t.array(t.row({ product: t.string(), quantity: t.int() })),
    labels: t.map(t.string(), t.string()),
    photo: t.bytes(),
    ordered_at: t.timestamp(),
    expires_at: t.timestampLtz(),
    born: t.date(),
  }).rowType,
}

test('names and types decide what is in a field', async () => {
  const events = drawEvents(await schemaGenerator(customer), 500, { seed: 1, intervalMs: 1000 })
  for (const [index, { value, key, timeMs }] of events.entries()) {
    expect(key).toBeNull()
    expect(value).toMatchObject({
      id: index + 1,
      email: expect.stringMatching(/^\S+@\S+\.\w+$/) as string,
      ordered_at: new Date(timeMs).toISOString().slice(0, 23).replace('T', ' '),
    })
    expect(value['customer_id']).toBeGreaterThanOrEqual(1)
    expect(value['customer_id']).toBeLessThanOrEqual(1000)
    expect(value['price']).toBeLessThanOrEqual(500)
    expect(value['rating']).toBeLessThanOrEqual(5)
    expect(Math.abs(value['latitude'] as number)).toBeLessThanOrEqual(90)
    expect((value['expires_at'] as string).replace('Z', '') >= (value['ordered_at'] as string)).toBe(true)
    expect(timeMs).toBe(START_MS + index * 1000)
  }
  expect(new Set(events.map(({ value }) => value['email'])).size).toBeGreaterThan(450)
  expect(events.some(({ value }) => (value['items'] as unknown[]).length > 1)).toBe(true)
})

test('the same seed gives the same bytes', async () => {
  const hash = async (seed: number): Promise<string> => hashOfEvents(await schemaGenerator(customer), 6000, { seed })
  expect(await hash(7)).toBe(await hash(7))
  expect(await hash(7)).not.toBe(await hash(8))
})

test('a key field has a thousand keys, spread as asked for', async () => {
  const users = await schemaGenerator({
    name: 'users',
    type: schema({ user: t.string(), n: t.int() }).rowType,
    keyField: 'user',
  })
  const shareOfMostFrequent = (skew: number | undefined): number => {
    const counts = new Map<unknown, number>()
    for (const { value } of drawEvents(users, 5000, { seed: 1, skew }))
      counts.set(value['user'], (counts.get(value['user']) ?? 0) + 1)
    return Math.max(...counts.values()) / 5000
  }
  expect(shareOfMostFrequent(undefined)).toBeLessThan(0.01)
  expect(shareOfMostFrequent(1.5)).toBeGreaterThan(0.3)
})

test('event time goes into the field that looks like it, or that is named', () => {
  const type = schema({ born: t.date(), created_at: t.epochMillis(), seen: t.timestamp(), count: t.bigint() }).rowType
  expect(timeFieldOf({ name: 'a', type })).toBe('seen')
  expect(timeFieldOf({ name: 'a', type, timeField: 'created_at' })).toBe('created_at')
  expect(timeFieldOf({ name: 'a', type: schema({ created_at: t.epochMillis() }).rowType })).toBe('created_at')
  expect(timeFieldOf({ name: 'a', type: schema({ count: t.bigint() }).rowType })).toBeUndefined()
})

test('maps that JSON cannot have are named', () => {
  expect(unsupportedField(customer.type)).toBeUndefined()
  expect(unsupportedField(schema({ a: t.int(), m: t.map(t.int(), t.int()) }).rowType)).toBe('m')
})

test('one in twenty values of a nullable field is NULL; none of the time, the key, objects and fields that are NOT NULL', async () => {
  const nullable = (keyField: string | undefined): EventSchema => ({
    name: 'nullable',
    keyField,
    type: schema({
      id: t.bigint(),
      customer_id: t.nullable(t.int()),
      email: t.nullable(t.string()),
      price: t.nullable(t.decimal(6, 2)),
      address: t.nullable(t.row({ city: t.nullable(t.string()), street: t.string() })),
      tags: t.nullable(t.array(t.string())),
      expires_at: t.nullable(t.timestamp()),
      ordered_at: t.nullable(t.timestampLtz()),
    }).rowType,
    timeField: 'ordered_at',
  })
  const events = drawEvents(await schemaGenerator(nullable('customer_id')), 4000, { seed: 3 })
  const shareOf = (isNull: (value: Record<string, unknown>) => boolean): number =>
    events.filter(({ value }) => isNull(value)).length / events.length
  for (const name of ['email', 'price', 'tags', 'expires_at'])
    expect(Math.abs(shareOf((value) => value[name] === null) - 0.05)).toBeLessThan(0.015)
  const inObject = (name: string) => shareOf(({ address }) => (address as Record<string, unknown>)[name] === null)
  expect(Math.abs(inObject('city') - 0.05)).toBeLessThan(0.015)
  expect(inObject('street')).toBe(0)
  for (const name of ['id', 'customer_id', 'address', 'ordered_at'])
    expect(shareOf((value) => value[name] === null)).toBe(0)
  const withoutKey = drawEvents(await schemaGenerator(nullable(undefined)), 1000, { seed: 3 })
  expect(withoutKey.some(({ value }) => value['customer_id'] === null)).toBe(true)
  const hash = async (seed: number): Promise<string> =>
    hashOfEvents(await schemaGenerator(nullable(undefined)), 2000, { seed })
  expect(await hash(7)).toBe(await hash(7))
  expect(await hash(7)).not.toBe(await hash(8))
})
