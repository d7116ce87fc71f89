import { describe, expect, it } from 'vitest'
import { loadWorkshop } from '../../../src/workshop/chapters.ts'
import { isAmong } from '../../../src/workshop/verify.ts'
import { WORKSHOP_FILES, writeFiles } from '../../helpers/workshop-files.ts'

const folder = writeFiles(WORKSHOP_FILES)

function meant(at: string, ...names: string[]): string[] {
  const workshop = loadWorkshop(at)
  return workshop.chapters.flatMap(({ exercises }) =>
    exercises.filter(isAmong(workshop, names)).map(({ name }) => name),
  )
}

describe('what verify is to prove', () => {
  it.each([
    [['01'], ['1-one', '2-two']],
    [['01.2'], ['2-two']],
    [
      ['01.1', '02'],
      ['1-one', '1-three'],
    ],
  ])('of chapters %j means %j', (names, exercises) => {
    expect(meant(folder, ...names)).toEqual(exercises)
  })

  it('of one chapter is named by the exercise alone, too', () => {
    expect(meant(`${folder}/01-first`, '2')).toEqual(['2-two'])
    expect(meant(`${folder}/01-first`, '01.2')).toEqual(['2-two'])
    expect(meant(`${folder}/01-first`, '01-first')).toEqual(['1-one', '2-two'])
  })

  it('is refused where there is none', () => {
    expect(() => meant(folder, '07')).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})
