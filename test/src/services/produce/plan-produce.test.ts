import { describe, expect, it } from 'vitest'
import type { GeneratorOrigin } from '../../../../src/services/produce/event-origin.ts'
import { planProduce, type ProduceFlags } from '../../../../src/services/produce/plan-produce.ts'

const plan = (flags: ProduceFlags, topic = 'rides', topicKey?: string) => planProduce(flags, { topic, topicKey })
const FIXED = Date.UTC(2025, 10, 1)

describe('planProduce', () => {
  it('takes the generator that the topic is named after', async () => {
    expect((await plan({})).from).toMatchObject({ kind: 'generator', definition: { name: 'rides' } })
    expect((await plan({ generator: 'sensors' })).from).toMatchObject({ definition: { name: 'sensors' } })
  })

  it('begins event time at a fixed time for a seed that was given, else now', async () => {
    expect(await plan({ seed: 7 })).toMatchObject({ seed: 7, repeat: { seed: 7, startMs: FIXED } })
    const { repeat } = await plan({ rate: '10' })
    expect(Math.abs(repeat!.startMs - Date.now())).toBeLessThan(5000)
    expect((await plan({ start: '2019-01-01T00:00:00Z' })).repeat!.startMs).toBe(Date.UTC(2019, 0, 1))
    expect(Math.abs((await plan({ seed: 7, start: 'now' })).repeat!.startMs - Date.now())).toBeLessThan(5000)
  })

  it('lets what is written at once end now', async () => {
    const { repeat, pace } = await plan({ count: 60_000 })
    expect(Math.abs(repeat!.startMs - (Date.now() - 60_000))).toBeLessThan(5000)
    expect(pace).toBeUndefined()
  })

  it('goes at 1,000 per second without an end, and event time with it', async () => {
    const endless = await plan({ seed: 1 })
    expect((endless.from as GeneratorOrigin).intervalMs).toBe(1)
    expect(endless.pace!(5, FIXED + 2000)).toBe(2000)
    expect(((await plan({ rate: '20' })).from as GeneratorOrigin).intervalMs).toBe(50)
    expect((await plan({ rate: 'max' })).pace).toBeUndefined()
    expect((await plan({ file: 'a.csv', rate: '20' })).pace!(40, NaN)).toBe(2000)
    expect((await plan({ file: 'a.csv', 'time-column': 't', speed: '60x' })).pace!(40, 5)).toBe(0)
  })

  it("takes the topic's key for files, and a generator's own for generators", async () => {
    expect((await plan({ file: 'a.csv' }, 'rides', 'zone')).changes!.keyField).toBe('zone')
    expect((await plan({ file: 'a.csv', key: 'x' }, 'rides', 'zone')).changes!.keyField).toBe('x')
    expect((await plan({}, 'rides', 'zone')).changes!.keyField).toBeUndefined()
  })

  it.each([
    [{ generator: 'ridez' }, 'rides', /no generator 'ridez'/, /Did you mean rides\? .*sensors/],
    [{ generator: 'constructor' }, 'rides', /no generator/, /Generators/],
    [{}, 'mine', /where the events come from/, /--generator .*--file/],
    [{ file: 'a', generator: 'rides' }, 'rides', /--generator and --file/, /Leave out/],
    [{ speed: '2x' }, 'rides', /--speed says nothing with --generator/, /--file/],
    [{ tombstone: ['1'], bad: '1%' }, 'rides', /--bad says nothing with --tombstone/, /Leave it out/],
    [{ file: 'a', speed: '2x' }, 'rides', /--speed needs the time/, /--time-column/],
    [{ file: 'a', late: '1%:5s' }, 'rides', /--late needs the time/, /--time-column/],
    [{ file: 'a', skew: 'zipf:1' }, 'rides', /--skew says nothing with --file/, /--generator/],
    [{ file: 'a', from: 'earliest' }, 'rides', /--from says nothing/, /--from-topic/],
    [{ file: 'a', 'time-column': 't', speed: '2x', rate: '5' }, 'rides', /--rate and --speed/, /Leave one/],
    [{ schema: 'a.ts#A', skew: 'zipf:1' }, 'rides', /--skew of a schema needs a key/, /--key/],
  ] as const)('refuses %j for topic %s by name', async (flags, topic, message, fix) => {
    await expect(plan(flags, topic)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(message) as string,
      fix: expect.stringMatching(fix) as string,
    })
  })
})
