import { describe, expect, it } from 'vitest'
import { generators } from '../../../src/generators/index.ts'
import { drawEvents, groupEvents, hashOfEvents, START_MS, type DrawnEvent } from './drawn-events.ts'

const COUNT = 20_000
const { rides, clickstream, orders, payments, sensors } = generators as Record<string, (typeof generators)[string]>
const numbers = (events: readonly DrawnEvent[], field: string): number[] =>
  events.map(({ value }) => value[field] as number)
const share = (events: readonly DrawnEvent[], is: (event: DrawnEvent) => boolean): number =>
  events.filter(is).length / events.length

describe.each(Object.values(generators))('$name', (definition) => {
  it('gives the same bytes for the same seed, on every machine', () => {
    // Changing them is a breaking change: recorded runs would no longer repeat.
    const golden: Record<string, string> = {
      rides: 'dc49d6e5b9d153ce',
      clickstream: 'aa102d9bdba37f1c',
      orders: 'b2a279984f638cb3',
      payments: '759338b7366fc5be',
      sensors: 'bb072de819d592dc',
    }
    expect(hashOfEvents(definition, COUNT, { seed: 7 })).toBe(golden[definition.name])
    expect(hashOfEvents(definition, COUNT, { seed: 8 })).not.toBe(golden[definition.name])
  })

  it('has the fields that it declares, in order, and tells event time in one of them', () => {
    const names = definition.type.fields.map(({ name }) => name)
    for (const { value, timeMs, key } of drawEvents(definition, 500, { seed: 1 })) {
      expect(Object.keys(value)).toEqual(names)
      expect(value[names.at(-1)!]).toBe(timeMs)
      expect(key).not.toBe('')
    }
  })

  it('tells events in the order of time, one interval after the other at most behind by their delay', () => {
    const disorder = { outOfOrder: { maxMs: 5000 }, late: { share: 0.02, minMs: 30_000, maxMs: 300_000 } }
    const events = drawEvents(definition, COUNT, { seed: 3, disorder })
    let last = -Infinity
    for (const { tellMs, timeMs, late } of events) {
      expect(tellMs).toBeGreaterThanOrEqual(last)
      last = tellMs
      const delay = Math.floor(tellMs) - timeMs
      if (late) expect(delay >= 30_000 && delay <= 300_000).toBe(true)
      else expect(delay >= 0 && delay <= 5000).toBe(true)
    }
    expect(share(events, ({ late }) => late)).toBeCloseTo(0.02, 2)
    const delays = events.filter(({ late }) => !late).map(({ tellMs, timeMs }) => Math.floor(tellMs) - timeMs)
    expect(delays.reduce((sum, delay) => sum + delay, 0) / delays.length / 2500).toBeCloseTo(1, 1)
  })
})

describe('rides', () => {
  it('are late as the course has them, unless told otherwise', () => {
    const delays = drawEvents(rides!, COUNT, { seed: 1 }).map(({ tellMs, timeMs }) => Math.floor(tellMs) - timeMs)
    expect(delays.filter((ms) => ms >= 6000).length / COUNT).toBeCloseTo(0.02, 2)
    expect(delays.filter((ms) => ms > 0).length / COUNT).toBeCloseTo(0.2, 1)
    expect(drawEvents(rides!, 100, { seed: 1, disorder: {} }).every(({ tellMs, timeMs }) => tellMs === timeMs)).toBe(
      true,
    )
  })

  it('are of zones of the city, low numbers more often', () => {
    const zones = numbers(drawEvents(rides!, COUNT, { seed: 1 }), 'PULocationID')
    expect(Math.min(...zones)).toBe(1)
    expect(Math.max(...zones)).toBe(265)
    expect(zones.filter((zone) => zone <= 66).length / COUNT).toBeCloseTo(0.5, 1)
  })

  it('follow Zipf where it is asked for: zone k as often as 1/k^s', () => {
    const zones = numbers(drawEvents(rides!, 100_000, { seed: 1, skew: 1.2 }), 'PULocationID')
    const of = (zone: number): number => zones.filter((each) => each === zone).length
    const total = Array.from({ length: 265 }, (_, index) => (index + 1) ** -1.2).reduce((sum, weight) => sum + weight)
    for (const zone of [1, 2, 5, 20]) expect(of(zone) / (100_000 * (zone ** -1.2 / total))).toBeCloseTo(1, 0.8)
  })

  it('advance event time with the rate', () => {
    const events = drawEvents(rides!, 100, { seed: 1, intervalMs: 250, disorder: {} })
    expect(events[99]!.timeMs - START_MS).toBe(99 * 250)
  })
})

describe('clickstream', () => {
  const clicks = drawEvents(clickstream!, 40_000, { seed: 1 })
  const sessions = groupEvents(clicks, ({ value }) => value['session_id'] as number)

  it('has sessions of one user and device, in which every page leads to the next', () => {
    for (const session of sessions.values()) {
      expect(
        new Set(session.map(({ value }) => `${value['user_id'] as number} ${value['device'] as string}`)).size,
      ).toBe(1)
      for (let click = 1; click < session.length; click++) {
        expect(session[click]!.value['referrer']).toBe(session[click - 1]!.value['page'])
        expect(session[click]!.timeMs - session[click - 1]!.timeMs).toBeGreaterThanOrEqual(2000)
      }
    }
  })

  it('has bounces and long sessions', () => {
    // Sessions that began early are over.
    const over = [...sessions.values()].filter(([first]) => first!.timeMs < START_MS + 20_000)
    const bounced = over.filter(({ length }) => length === 1).length / over.length
    expect(bounced).toBeGreaterThan(0.3)
    expect(bounced).toBeLessThan(0.5)
    expect(Math.max(...over.map(({ length }) => length))).toBeGreaterThan(4)
  })
})

describe('orders and payments', () => {
  const placed = new Map(
    drawEvents(orders!, 40_000, { seed: 5, intervalMs: 10 }).map((event) => [event.value['order_id'], event]),
  )
  const made = drawEvents(payments!, 30_000, { seed: 5, intervalMs: 10 })

  it('belong together: a payment is of an order with its customer and amount, and behind it', () => {
    for (const { value, timeMs, key } of made.slice(0, 5000)) {
      const order = placed.get(value['order_id'])!
      expect(value['customer_id']).toBe(order.value['customer_id'])
      expect(value['amount']).toBe(order.value['amount'])
      expect(key).toBe(order.key)
      expect(timeMs).toBeGreaterThan(order.timeMs)
    }
  })

  it('some late, some failed, some missing', () => {
    const ofOrder = groupEvents(made, ({ value }) => value['order_id'] as number)
    // What was ordered long before the last payment is paid by now, if ever.
    const settled = [...placed.values()].filter(({ timeMs }) => timeMs < made.at(-1)!.timeMs - 125_000)
    const missing = settled.filter(({ value }) => !ofOrder.has(value['order_id'] as number))
    expect(settled.length).toBeGreaterThan(0)
    expect(missing.length / settled.length).toBeGreaterThan(0.02)
    expect(missing.length / settled.length).toBeLessThan(0.12) // 3 % for ever, 4 % late ones not yet
    expect(share(made, ({ value }) => value['status'] === 'failed')).toBeCloseTo(0.05, 1)
    expect([...ofOrder.values()].some((all) => all.length === 2 && all[1]!.value['status'] === 'paid')).toBe(true)
  })

  it('keep together under a skew', () => {
    const skewed = new Map(
      drawEvents(orders!, 20_000, { seed: 5, skew: 1.5 }).map((event) => [event.value['order_id'], event]),
    )
    for (const { value } of drawEvents(payments!, 5000, { seed: 5, skew: 1.5 }))
      expect(value['customer_id']).toBe(skewed.get(value['order_id'])!.value['customer_id'])
  })
})

describe('sensors', () => {
  const readings = drawEvents(sensors!, 100_000, { seed: 2, intervalMs: 1000 }) // 28 hours
  const bySensor = groupEvents(readings, ({ key }) => key!)

  it('are warmer in the afternoon than in the morning', () => {
    const mean = (hour: number): number => {
      const temperatures = numbers(
        readings.filter(({ timeMs }) => new Date(timeMs).getUTCHours() === hour),
        'temperature',
      )
      return temperatures.reduce((sum, value) => sum + value, 0) / temperatures.length
    }
    expect(mean(17) - mean(5)).toBeGreaterThan(10)
  })

  it('fall silent now and then, for minutes, and come back', () => {
    expect(bySensor.size).toBe(50)
    for (const ofOne of bySensor.values()) {
      const gaps = ofOne.slice(1).map(({ timeMs }, index) => timeMs - ofOne[index]!.timeMs)
      const outages = gaps.filter((gap) => gap > 90_000)
      expect(outages.length).toBeGreaterThan(5)
      expect(Math.max(...outages)).toBeLessThan(400_000)
    }
  })
})
