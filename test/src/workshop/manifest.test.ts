import { describe, expect, it } from 'vitest'
import { parseManifest } from '../../../src/workshop/manifest.ts'

const GOOD = `title: Event time
goal: You can say why nothing comes out.
minutes: 15
prerequisites: [04-checkpoints]
exercises:
  - name: 1-watermark
    title: Give the rides a watermark
    files: [job.sql]
    hints: [one, two]
questions:
  - question: Why?
    choices: [a, b]
    answer: 2
    because: So.
flink: The same.
`

function failure(text: string): { message: string; location: object; fix: string } {
  try {
    parseManifest(text, 'w.yaml')
  } catch (error) {
    return error as never
  }
  throw new Error('it was accepted')
}

describe('workshop.yaml', () => {
  it('is read', () => {
    const manifest = parseManifest(GOOD, 'w.yaml')
    expect(manifest.exercises[0]).toMatchObject({ name: '1-watermark', files: ['job.sql'], hints: ['one', 'two'] })
    expect(manifest.prerequisites).toEqual(['04-checkpoints'])
    expect(parseManifest(GOOD.replace('[04-checkpoints]', ''), 'w.yaml').prerequisites).toEqual([])
  })

  it.each([
    ['a missing key', GOOD.replace('goal: You can say why nothing comes out.\n', ''), 'goal', 1, 1],
    ['an unknown key', GOOD.replace('    title: Give', '    titel: x\n    title: Give'), "unknown key 'titel'", 7, 5],
    ['one hint', GOOD.replace('[one, two]', '[one]'), 'must be two or more', 9, 5],
    ['an answer that is no choice', GOOD.replace('answer: 2', 'answer: 3'), 'must be the number of one of', 13, 5],
    ['a file outside', GOOD.replace('[job.sql]', '[../job.sql]'), 'must be a path inside', 8, 13],
    ['an exercise named questions', GOOD.replace('1-watermark', 'questions'), 'must not be questions', 6, 5],
    ['too much time', GOOD.replace('15', '1500'), 'minutes', 3, 1],
    ['no YAML', GOOD.replace('hints: [one, two]', 'hints: [one, two'), '', 10, 1],
  ])('%s is refused with its place', (_name, text, message, line, column) => {
    const error = failure(text)
    expect(error.message).toContain(message)
    expect(error.location).toEqual({ file: 'w.yaml', line, column })
    expect(error.fix).toBeTruthy()
  })

  it('names the key that was probably meant, and every problem', () => {
    const error = failure(GOOD.replace('minutes: 15', 'minuts: 15').replace('[one, two]', '[one]'))
    expect(error.fix).toBe('write minutes')
    expect(error.message).toMatch(/also w\.yaml:\d+:\d+ /)
  })

  it('refuses two exercises of one name', () => {
    const twice = GOOD.replace(
      'questions:',
      '  - { name: 1-watermark, title: b, files: [a], hints: [a, b] }\nquestions:',
    )
    expect(failure(twice)).toMatchObject({ message: 'two exercises are named 1-watermark', location: { line: 10 } })
  })
})
