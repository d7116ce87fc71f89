// Readings of sensors: a temperature that follows the hours of the day, noise, and outages in which a sensor is silent.
import { schema, t } from '../../engine/index.ts'
import type { EventGenerator, GeneratorContext, GeneratorDefinition } from './generator.ts'

const SENSORS = 50
const DAY_MS = 86_400_000
const MINUTES_OF_DAY = 1440
/** Per sensor, in event time. */
const OUTAGE_EVERY_MS = 30 * 60_000
const OUTAGE_MS_MIN = 20_000
const OUTAGE_MS_MAX = 4 * 60_000

interface Sensor {
  readonly name: Uint8Array
  readonly quotedName: Uint8Array
  /** Hundredths of a degree that this place is warmer by. */
  readonly warmerBy: number
  silentFromMs: number
  silentUntilMs: number
}

/** Hundredths of a degree by minute of the day: coldest at five, warmest at five in the afternoon. */
function diurnalCurve(): Int32Array {
  return Int32Array.from({ length: MINUTES_OF_DAY }, (_, minute) =>
    Math.round(1500 - 700 * Math.cos(((minute - 300) / MINUTES_OF_DAY) * 2 * Math.PI)),
  )
}

class SensorReadings implements EventGenerator {
  private readonly context: GeneratorContext
  private readonly random: () => number
  private readonly outageRandom: () => number
  private readonly sensors: readonly Sensor[]
  private readonly pickSensor: () => number
  private readonly temperatureAt = diurnalCurve()
  private index = 0
  private turn = 0

  constructor(context: GeneratorContext) {
    this.context = context
    this.random = context.randomOf('sensors')
    this.outageRandom = context.randomOf('outages')
    // Without a skew the sensors take turns, as devices with one interval do.
    this.pickSensor = context.pickKey(SENSORS, () => this.turn++ % SENSORS)
    this.sensors = Array.from({ length: SENSORS }, (_, index) => {
      const name = `sensor-${String(index + 1).padStart(2, '0')}`
      return {
        name: Buffer.from(name),
        quotedName: context.serializer.prepare(name),
        warmerBy: Math.round((this.random() - 0.5) * 600),
        silentFromMs: context.startMs + this.outageRandom() * 2 * OUTAGE_EVERY_MS,
        silentUntilMs: -Infinity,
      }
    })
  }

  next(batch: Parameters<EventGenerator['next']>[0]): void {
    const { startMs, intervalMs, disorder, serializer } = this.context
    const tellMs = startMs + this.index++ * intervalMs
    const atMs = Math.floor(tellMs)
    const sensor = this.audibleSensor(atMs)
    const timeMs = atMs - disorder.delayMs()
    const minute = Math.floor((timeMs % DAY_MS) / 60_000)
    const noise = (this.random() + this.random() - 1) * 60
    const temperature = this.temperatureAt[minute]! + sensor.warmerBy + Math.round(noise)
    // Warmer air is drier.
    const tenthsOfHumidity = Math.min(1000, 900 - ((temperature / 8) | 0) + Math.round(this.random() * 40))
    const { out } = batch
    const keyStart = out.length
    out.raw(sensor.name)
    const valueStart = out.length
    serializer.begin(out)
    serializer.text(0, sensor.quotedName)
    serializer.decimal(1, temperature, 2)
    serializer.decimal(2, tenthsOfHumidity, 1)
    serializer.integer(3, (100 - ((timeMs / 60_000 + sensor.warmerBy) % 9000) / 90) | 0)
    serializer.time(4, timeMs)
    serializer.end()
    batch.add(keyStart, valueStart, timeMs, tellMs, disorder.isLate)
  }

  /** The next one that has no outage; where all have one, the last one looked at. */
  private audibleSensor(atMs: number): Sensor {
    for (let tries = 1; ; tries++) {
      const sensor = this.sensors[this.pickSensor()]!
      if (atMs < sensor.silentFromMs || tries === SENSORS) return sensor
      if (sensor.silentUntilMs < sensor.silentFromMs)
        sensor.silentUntilMs =
          sensor.silentFromMs + OUTAGE_MS_MIN + this.outageRandom() * (OUTAGE_MS_MAX - OUTAGE_MS_MIN)
      if (atMs < sensor.silentUntilMs) continue
      sensor.silentFromMs = atMs + this.outageRandom() * 2 * OUTAGE_EVERY_MS
      return sensor
    }
  }
}

export const sensors: GeneratorDefinition = {
  name: 'sensors',
  about: `temperature and humidity of ${SENSORS} sensors, keyed by sensor, with a curve over the day and outages`,
  type: schema({
    sensor_id: t.string(),
    temperature: t.double(),
    humidity: t.double(),
    battery: t.int(),
    measured_at: t.epochMillis(),
  }).rowType,
  disorder: {},
  create: (context) => new SensorReadings(context),
}
