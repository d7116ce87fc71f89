import { describe, expect, it } from 'vitest'
import { loadWorkshop } from '../../../src/workshop/chapters.ts'
import { parseProgress } from '../../../src/workshop/learner.ts'
import {
  answered,
  checked,
  currentStep,
  hinted,
  isOpen,
  moved,
  newProgress,
  nextStep,
  openPrerequisites,
  progressOf,
  reopened,
  skipped,
  stepId,
  stepOfTarget,
  stepsOf,
  tallyOf,
} from '../../../src/workshop/progress.ts'
import { WORKSHOP_FILES, writeFiles } from '../../helpers/workshop-files.ts'

const workshop = loadWorkshop(writeFiles(WORKSHOP_FILES))
const steps = stepsOf(workshop)
const [one, two, questions, three] = steps
const fresh = newProgress(workshop, null)

describe('progress', () => {
  it('goes through exercises, then questions, chapter by chapter', () => {
    expect(steps.map(stepId)).toEqual([
      '01-first/1-one',
      '01-first/2-two',
      '01-first/questions',
      '02-second/1-three',
      '02-second/questions',
    ])
    expect(nextStep(workshop, fresh, one!)).toEqual(two)
  })

  it('counts attempts, and what was green stays done', () => {
    const failed = checked(fresh, one!, false)
    expect(progressOf(failed, one!)).toMatchObject({ state: 'open', attempts: 1 })
    const done = checked(checked(failed, one!, true), one!, false)
    expect(progressOf(done, one!)).toMatchObject({ state: 'done', attempts: 3 })
    expect(progressOf(reopened(done, one!), one!)).toMatchObject({ state: 'open', attempts: 0 })
    expect(progressOf(fresh, one!).attempts).toBe(0)
  })

  it('comes back to what was left open, last of all', () => {
    const afterwards = [two!, questions!, three!, steps[4]!].reduce(
      (progress, step) => checked(progress, step, true),
      fresh,
    )
    expect(nextStep(workshop, afterwards, steps[4]!)).toEqual(one)
    expect(nextStep(workshop, checked(afterwards, one!, true), steps[4]!)).toBeUndefined()
    expect(nextStep(workshop, skipped(afterwards, one!), steps[4]!)).toBeUndefined()
  })

  it('does not pass over what is done', () => {
    expect(progressOf(skipped(checked(fresh, one!, true), one!), one!).state).toBe('done')
    expect(isOpen(skipped(fresh, one!), one!)).toBe(false)
  })

  it('gives as many hints as there are', () => {
    expect(progressOf(hinted(hinted(hinted(fresh, one!, 2), one!, 2), one!, 2), one!).hints).toBe(2)
    expect(progressOf(hinted(hinted(fresh, one!, 4), one!, 4, 2), one!).hints).toBe(3)
    expect(progressOf(hinted(hinted(fresh, one!, 4), one!, 4, 4), one!).hints).toBe(4)
  })

  it('tallies exercises only', () => {
    const progress = answered(skipped(checked(fresh, one!, true), two!), questions!, [1, 1])
    expect(tallyOf(progress, workshop.chapters)).toEqual({ done: 1, skipped: 1, total: 3 })
  })

  it('goes to what is named: of a chapter to what is open, else to its beginning', () => {
    const [first, second] = workshop.chapters
    const chapter = { chapter: first!, exercise: undefined }
    expect(stepOfTarget(workshop, fresh, { chapter: first!, exercise: first!.exercises[1] })).toEqual(two)
    expect(stepOfTarget(workshop, checked(fresh, one!, true), chapter)).toEqual(two)
    const done = [two!, questions!].reduce((progress, step) => skipped(progress, step), checked(fresh, one!, true))
    expect(stepOfTarget(workshop, done, chapter)).toEqual(one)
    expect(stepOfTarget(workshop, done, { chapter: second!, exercise: undefined })).toEqual(three)
  })

  it('knows which chapters another builds on: their exercises count, not their questions', () => {
    const [first, second] = workshop.chapters
    expect(openPrerequisites(workshop, fresh, second!)).toEqual(['01-first'])
    expect(openPrerequisites(workshop, checked(fresh, one!, true), second!)).toEqual(['01-first'])
    expect(openPrerequisites(workshop, skipped(checked(fresh, one!, true), two!), second!)).toEqual([])
    expect(openPrerequisites(workshop, fresh, first!)).toEqual([])
  })

  it('finds its place where the workshop has changed', () => {
    expect(currentStep(workshop, { ...checked(fresh, one!, true), at: '09-gone/1-x' })).toEqual(two)
    expect(currentStep(workshop, moved(fresh, three!))).toEqual(three)
  })
})

describe('workshop-progress.json', () => {
  const text = JSON.stringify(checked(fresh, one!, true), null, 2)

  it('is read as it was written', () => {
    expect(parseProgress(text, 'p')).toEqual(checked(fresh, one!, true))
  })

  it.each([
    ['cut off', text.slice(0, 60), /./, /delete workshop-progress.json|mend the YAML/],
    ['empty', '', /does not say how far/, /delete workshop-progress.json/],
    ['a state that is none', text.replace('"done"', '"finished"'), /finished|state/, /begins anew/],
    ['a key too many', text.replace('"format": 1', '"format": 1, "x": 2'), /unknown key 'x'/, /begins anew/],
    ['of a newer flinkts', text.replace('"format": 1', '"format": 2'), /newer flinkts/, /npm install/],
  ])('%s is refused in one message', (_name, broken, message, fix) => {
    expect(() => parseProgress(broken, 'p')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message) as unknown,
        fix: expect.stringMatching(fix) as unknown,
        location: expect.objectContaining({ file: 'p' }) as unknown,
      }) as Error,
    )
  })
})
