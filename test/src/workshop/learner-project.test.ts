import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadProject } from '../../../src/config/project.ts'
import { loadWorkshop } from '../../../src/workshop/chapters.ts'
import { exerciseFolder, makeLearnerProject, resetExercise } from '../../../src/workshop/learner-project.ts'
import { beginLearner, findLearner, openLearner, saveProgress } from '../../../src/workshop/learner.ts'
import { checked, stepsOf } from '../../../src/workshop/progress.ts'
import { WORKSHOP_FILES, writeFiles } from '../../helpers/workshop-files.ts'

const source = writeFiles(WORKSHOP_FILES)
const workshop = loadWorkshop(source)

describe('the learner’s project', () => {
  it('has the prose, the exercises and data, and neither checks nor solutions', () => {
    const folder = makeLearnerProject(join(writeFiles({}), 'new', 'rides'), workshop)
    for (const file of [
      'README.md',
      'package.json',
      'tsconfig.json',
      '.gitignore',
      '01-first/README.md',
      '01-first/2-two/README.md',
      '01-first/2-two/job.sql',
      '01-first/2-two/given.csv',
      '02-second/1-three/job.sql',
      'data/shared.csv',
      'data/trips.csv',
    ])
      expect(existsSync(join(folder, file)), file).toBe(true)
    expect(existsSync(join(folder, '01-first/2-two/check.ts'))).toBe(false)
    expect(existsSync(join(folder, '01-first/solutions'))).toBe(false)
    expect(loadProject(folder).config).toMatchObject({ services: 'embedded', checkpoints: { interval: '1s' } })
  })

  it('is made where flinkts was installed, and nothing is written over', () => {
    const folder = writeFiles({ 'package.json': '{ "mine": 1 }', 'node_modules/x/y': '' })
    makeLearnerProject(folder, workshop)
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{ "mine": 1 }')
    writeFileSync(join(folder, '01-first/1-one/job.sql'), 'mine')
    makeLearnerProject(folder, workshop)
    expect(readFileSync(join(folder, '01-first/1-one/job.sql'), 'utf8')).toBe('mine')
  })

  it.each([
    ['something else', { 'notes.txt': 'x' }],
    ['another flinkts project', { 'flinkts.yaml': 'services: embedded\n', 'jobs/a.sql': '' }],
  ])('is refused in a folder with %s', (_name, files) => {
    const folder = writeFiles(files)
    expect(() => makeLearnerProject(folder, workshop)).toThrow(/is not empty/)
    expect(existsSync(join(folder, '01-first'))).toBe(false)
  })
})

describe('reset', () => {
  it('keeps the learner’s versions beside, each of them', () => {
    const folder = makeLearnerProject(writeFiles({}), workshop)
    const [exercise] = workshop.chapters[0]!.exercises
    const target = exerciseFolder({ folder }, exercise!)
    const shipped = readFileSync(join(target, 'job.sql'), 'utf8')
    expect(resetExercise({ folder }, exercise!)).toEqual([])
    for (const [text, kept] of [
      ['first', 'job.before-reset.sql'],
      ['second', 'job.before-reset-2.sql'],
    ] as const) {
      writeFileSync(join(target, 'job.sql'), text)
      expect(resetExercise({ folder }, exercise!)).toEqual([{ file: 'job.sql', kept }])
      expect(readFileSync(join(target, kept), 'utf8')).toBe(text)
      expect(readFileSync(join(target, 'job.sql'), 'utf8')).toBe(shipped)
    }
  })
})

describe('beginning', () => {
  it('goes on where it was, from any folder below', () => {
    const folder = writeFiles({})
    const learner = beginLearner(folder, source)
    const [one] = stepsOf(learner.workshop)
    learner.progress = checked(learner.progress, one!, true)
    saveProgress(learner)
    const below = join(folder, '01-first', '1-one')
    expect(openLearner(below).progress).toEqual(learner.progress)
    expect(beginLearner(below, undefined).progress).toEqual(learner.progress)
    expect(existsSync(join(below, 'flinkts.yaml'))).toBe(false)
  })

  it('does not mix two workshops in one folder', () => {
    const folder = writeFiles({})
    beginLearner(folder, source)
    expect(() => beginLearner(folder, writeFiles(WORKSHOP_FILES))).toThrow(/holds another workshop/)
  })

  it('says so where nothing was begun', () => {
    const folder = writeFiles({})
    mkdirSync(join(folder, 'x'))
    expect(findLearner(folder)).toBeUndefined()
    expect(() => openLearner(folder)).toThrow(/no workshop was begun/)
  })
})
