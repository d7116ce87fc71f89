import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../engine/testing/manual-clock.ts'
import { SupervisedService, type RunningService } from '../../../src/services/supervised-service.ts'

interface Started extends RunningService {
  readonly port: number
  die(why: string): Promise<void>
  readonly stops: number
}

let clock: ManualClock
let alarms: string[]
let failing: string | undefined
let pid: number
let services: Started[]
let supervised: SupervisedService<Started>

/** Lets promises that wait for nothing but each other run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function launch(port: number): Promise<Started> {
  if (failing !== undefined) return Promise.reject(new Error(failing))
  let end: (why: string) => void = () => undefined
  let stops = 0
  const service: Started = {
    port,
    pid: ++pid,
    died: new Promise((resolve) => (end = resolve)),
    die(why) {
      end(why)
      return settle()
    },
    stop() {
      stops++
      return Promise.resolve()
    },
    get stops() {
      return stops
    },
  }
  services.push(service)
  return Promise.resolve(service)
}

beforeEach(() => {
  clock = new ManualClock(1000)
  alarms = []
  failing = undefined
  pid = 0
  services = []
  supervised = new SupervisedService({
    name: 'kafka',
    provider: 'embedded',
    clock,
    addressOf: ({ port }) => `127.0.0.1:${port}`,
    startAgain: ({ port }) => launch(port),
    alarm: (text) => alarms.push(text),
  })
})

const start = (): Promise<void> => supervised.start(() => launch(9092))
async function advance(byMs: number): Promise<void> {
  clock.advanceTo(clock.now() + byMs)
  await settle()
}

describe('a service on demand', () => {
  it('is started once, however many ask', async () => {
    expect(supervised.status()).toMatchObject({ state: 'stopped', address: undefined })
    await Promise.all([start(), start()])
    await start()
    expect(services).toHaveLength(1)
    expect(supervised.status()).toMatchObject({ state: 'running', address: '127.0.0.1:9092', pid: 1 })
  })

  it('that cannot be started says why, and is tried again when asked again', async () => {
    failing = 'no room'
    await expect(start()).rejects.toThrow('no room')
    expect(supervised.status()).toMatchObject({ state: 'failed', error: 'no room' })
    expect(alarms).toEqual([]) // whoever asked has been told
    failing = undefined
    await start()
    expect(supervised.status()).toMatchObject({ state: 'running', error: undefined })
  })
})

describe('a service that dies', () => {
  it('is started again at once, where its clients know it; again and again ever later', async () => {
    await start()
    const delays = [0, 500, 1000, 2000, 4000]
    for (const [death, delayMs] of delays.entries()) {
      await services.at(-1)!.die('signal SIGKILL')
      expect(supervised.status()).toMatchObject({ state: 'failed', error: 'signal SIGKILL' })
      if (delayMs > 0) {
        await advance(delayMs - 1)
        expect(services).toHaveLength(death + 1)
        await advance(1)
      } else await advance(0)
      expect(services).toHaveLength(death + 2)
      expect(services.at(-1)!.port).toBe(9092)
    }
    expect(alarms.slice(0, 4)).toEqual([
      'kafka ended by itself: signal SIGKILL; starting it again',
      'kafka is back',
      'kafka ended by itself: signal SIGKILL; starting it again in 0.5 s',
      'kafka is back',
    ])
  })

  it('long after its last death is started again at once', async () => {
    await start()
    await services.at(-1)!.die('first')
    await advance(0)
    await advance(60_000)
    await services.at(-1)!.die('second')
    await advance(0)
    expect(services).toHaveLength(3)
  })

  it('and cannot be started is tried five times, then stays down until it is asked for', async () => {
    await start()
    failing = 'port 9092 is taken'
    await services[0]!.die('signal SIGKILL')
    for (const delayMs of [0, 500, 1000, 2000, 4000]) await advance(delayMs)
    expect(alarms).toEqual([
      'kafka ended by itself: signal SIGKILL; starting it again',
      'kafka cannot be started: port 9092 is taken; starting it again in 0.5 s',
      'kafka cannot be started: port 9092 is taken; starting it again in 1 s',
      'kafka cannot be started: port 9092 is taken; starting it again in 2 s',
      'kafka cannot be started: port 9092 is taken; starting it again in 4 s',
      'kafka cannot be started: port 9092 is taken; it stays down until it is asked for',
    ])
    failing = undefined
    await advance(600_000)
    expect(services).toHaveLength(1)
    await start()
    expect(supervised.status()).toMatchObject({ state: 'running' })
    await services.at(-1)!.die('again') // counts from the beginning
    await advance(500)
    expect(supervised.status()).toMatchObject({ state: 'running' })
  })
})

describe('a service that is stopped', () => {
  it('stays stopped', async () => {
    await start()
    await supervised.stop()
    expect(services[0]!.stops).toBe(1)
    await services[0]!.die('asked to')
    await advance(60_000)
    expect(services).toHaveLength(1)
    expect(alarms).toEqual([])
    await expect(start()).rejects.toThrow('the session is stopping')
  })

  it('while it starts, is stopped when it is there', async () => {
    const starting = start()
    await supervised.stop()
    await starting
    expect(services[0]!.stops).toBe(1)
    expect(supervised.status()).toMatchObject({ state: 'stopped' })
  })

  it('while it waits to be started again, is not started again', async () => {
    await start()
    failing = 'no room'
    await services[0]!.die('signal SIGKILL')
    await advance(0)
    failing = undefined
    await supervised.stop()
    await advance(60_000)
    expect(services).toHaveLength(1)
  })
})
