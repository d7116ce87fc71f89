import { describe, expect, it } from 'vitest'
import { CheckFailure } from '../../../src/workshop/check-failure.ts'
import { guarded, telling, until, within } from '../../../src/workshop/lab-context.ts'
import { valueText } from '../../../src/workshop/open-lab.ts'

const never = new AbortController().signal
const options = { what: 'rows in trips', limitMs: 120, signal: never, because: 'Nothing writes them.' }

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable('it did not fail'),
    (error: Error) => error,
  )
}

describe('until', () => {
  it('asks until there is something', async () => {
    const answers = [undefined, false, 0] as const
    let asked = 0
    expect(await until(() => Promise.resolve(answers[asked++]), { ...options, limitMs: 10_000 })).toBe(0)
    expect(asked).toBe(3)
  })

  it('ends at its limit, and says what was waited for and what was seen last', async () => {
    const error = await failure(until(() => Promise.reject(new Error('no table trips')), options))
    expect(error).toMatchObject({
      seen: 'after 0.12 s still waiting for: rows in trips (last: no table trips)',
      because: 'Nothing writes them.',
    })
  })

  it('ends at its limit where an answer never comes', async () => {
    expect(await failure(until(() => new Promise<never>(() => undefined), options))).toBeInstanceOf(CheckFailure)
  })

  it('hands on what the check found wrong', async () => {
    const wrong = new CheckFailure('seen', 'because')
    expect(await failure(until(() => Promise.reject(wrong), options))).toBe(wrong)
  })

  it('ends at once where nothing can come about any more, but asks once more', async () => {
    const end = new Error('the job died')
    let asked = 0
    const hopeless = () => Promise.resolve(asked === 2 ? end : undefined)
    const found = (at: number) =>
      until(() => Promise.resolve(++asked === at), { ...options, limitMs: 10_000, hopeless })
    expect(await failure(found(-1))).toBe(end)
    expect(asked).toBe(3)
    asked = 0
    expect(await found(3)).toBe(true)
  })

  it('ends when nobody wants to know any more', async () => {
    const abort = new AbortController()
    const waiting = failure(until(() => Promise.resolve(false), { ...options, limitMs: 10_000, signal: abort.signal }))
    abort.abort(new Error('left'))
    expect((await waiting).message).toBe('left')
  })
})

describe('a limit', () => {
  it('does not touch what comes in time', async () => {
    expect(await within(Promise.resolve(7), 1_000, never, () => new Error('late'))).toBe(7)
    expect(
      (await failure(within(Promise.reject(new Error('own')), 1_000, never, () => new Error('late')))).message,
    ).toBe('own')
  })
})

it('a check that was aborted can do nothing more', () => {
  const abort = new AbortController()
  const calls = guarded({ folder: '/a', add: (left: number, right: number) => left + right }, abort.signal)
  expect([calls.folder, calls.add(1, 2)]).toEqual(['/a', 3])
  abort.abort(new Error('over'))
  expect(() => calls.add(1, 2)).toThrow('over')
})

it('a call about jobs tells of them when it is answered, well or not', async () => {
  const told: string[] = []
  const calls = telling(
    { name: 'a', state: async () => told.push('asked'), rest: () => Promise.reject(new Error('no')) },
    { jobsAsked: () => void told.push('told') },
  )
  await calls.state()
  await failure(calls.rest())
  expect([calls.name, told]).toEqual(['a', ['asked', 'told', 'told']])
})

it.each([
  [9990, '9,990'],
  [1.5, '1.5'],
  ['a', "'a'"],
  [null, 'null'],
  [{ b: [1], a: undefined }, '{ a: undefined, b: [ 1 ] }'],
])('%j is told as %s', (value, text) => {
  expect(valueText(value)).toBe(text)
})
