import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exerciseTitle, findTarget, loadWorkshop } from '../../../src/workshop/chapters.ts'
import { WORKSHOP_FILES, writeFiles } from '../../helpers/workshop-files.ts'

const folder = writeFiles({ ...WORKSHOP_FILES, '_draft/workshop.yaml': 'not read' })
const workshop = loadWorkshop(folder)

describe('a workshop', () => {
  it('is the folders with a workshop.yaml, by name', () => {
    expect(workshop.chapters.map(({ name, number }) => [name, number])).toEqual([
      ['01-first', 1],
      ['02-second', 2],
    ])
    expect(workshop.chapters[0]!.exercises.map(exerciseTitle)).toEqual(['01.1', '01.2'])
  })

  it('may be one chapter', () => {
    expect(loadWorkshop(join(folder, '02-second')).chapters.map(({ name, number }) => [name, number])).toEqual([
      ['02-second', 2],
    ])
  })

  it.each([
    ['nowhere', /there is no folder/],
    ['data', /has no workshop\.yaml/],
  ])('%s is none', (name, message) => {
    expect(() => loadWorkshop(join(folder, name))).toThrow(message)
  })
})

describe('a chapter or an exercise is named', () => {
  it.each([
    ['02', '02-second', undefined],
    ['2', '02-second', undefined],
    ['02-second', '02-second', undefined],
    ['second', '02-second', undefined],
    ['01.2', '01-first', '2-two'],
    ['1.2', '01-first', '2-two'],
    ['01.2-two', '01-first', '2-two'],
    ['01-first/2-two', '01-first', '2-two'],
    ['01-first/', '01-first', undefined],
  ])('%s', (text, chapter, exercise) => {
    const target = findTarget(workshop, text)
    expect([target.chapter.name, target.exercise?.name]).toEqual([chapter, exercise])
  })

  it.each([
    ['3', /there is no chapter '3'/, /01-first, 02-second/],
    ['02-secnd', /there is no chapter/, /Did you mean 02-second/],
    ['01.7', /there is no exercise in 01-first '7'/, /01\.1, 01\.2/],
  ])('%s is none', (text, message, fix) => {
    expect(() => findTarget(workshop, text)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(message) as unknown,
        fix: expect.stringMatching(fix) as unknown,
      }) as Error,
    )
  })
})
