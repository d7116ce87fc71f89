// How far a learner is: workshop-progress.json, and what follows from it. Pure.
import { z } from 'zod'
import { chapterTitle, exerciseTitle, type Chapter, type Exercise, type Target, type Workshop } from './chapters.ts'

/** Of the file; a change that an older flinkts would misread makes it larger. */
export const PROGRESS_FORMAT = 1

const stepSchema = z.strictObject({
  state: z.enum(['open', 'done', 'skipped']),
  /** Checks that did not pass, and those that did. */
  attempts: z.number().int().min(0),
  /** How many hints were shown. */
  hints: z.number().int().min(0),
  solutionShown: z.boolean(),
  /** Of questions: what was answered, from 1. */
  answers: z.array(z.number().int().min(1)).optional(),
})

export const progressSchema = z.strictObject({
  format: z.literal(PROGRESS_FORMAT),
  /** Folder of the chapters, from the project's folder; null: those of the package. */
  workshop: z.string().min(1).nullable(),
  /** The step where the learner stands: `05-event-time/1-watermark`, `05-event-time/questions`. */
  at: z.string().min(1),
  steps: z.record(z.string(), stepSchema),
})

export type Progress = z.output<typeof progressSchema>
export type StepProgress = z.output<typeof stepSchema>

/** What a learner does one after the other: a chapter's exercises, then its questions. */
export type Step =
  | { readonly kind: 'exercise'; readonly chapter: Chapter; readonly exercise: Exercise }
  | { readonly kind: 'questions'; readonly chapter: Chapter }

export function stepId(step: Step): string {
  return `${step.chapter.name}/${step.kind === 'exercise' ? step.exercise.name : 'questions'}`
}

/** `04.2`, `04 questions` */
export function stepTitle(step: Step): string {
  return step.kind === 'exercise' ? exerciseTitle(step.exercise) : `${chapterTitle(step.chapter)} questions`
}

export function stepsOf({ chapters }: Pick<Workshop, 'chapters'>): Step[] {
  return chapters.flatMap((chapter): Step[] => [
    ...chapter.exercises.map((exercise) => ({ kind: 'exercise' as const, chapter, exercise })),
    { kind: 'questions', chapter },
  ])
}

export function newProgress(workshop: Workshop, from: string | null): Progress {
  return { format: PROGRESS_FORMAT, workshop: from, at: stepId(stepsOf(workshop)[0]!), steps: {} }
}

const UNTOUCHED: StepProgress = { state: 'open', attempts: 0, hints: 0, solutionShown: false }

export function progressOf(progress: Progress, step: Step): StepProgress {
  return progress.steps[stepId(step)] ?? UNTOUCHED
}

export function isOpen(progress: Progress, step: Step): boolean {
  return progressOf(progress, step).state === 'open'
}

/** Where the learner stands. A step that the workshop no longer has: the first that is open. */
export function currentStep(workshop: Workshop, progress: Progress): Step {
  const steps = stepsOf(workshop)
  return (
    steps.find((step) => stepId(step) === progress.at) ?? steps.find((step) => isOpen(progress, step)) ?? steps.at(-1)!
  )
}

/** The first open step behind `from`, else the first that was passed over; undefined: everything is done or skipped. */
export function nextStep(workshop: Workshop, progress: Progress, from: Step): Step | undefined {
  const steps = stepsOf(workshop)
  const at = steps.findIndex((step) => stepId(step) === stepId(from))
  return [...steps.slice(at + 1), ...steps.slice(0, at)].find((step) => isOpen(progress, step))
}

/** Where whoever names a chapter or an exercise goes: of a chapter to what is open first, else to its beginning. */
export function stepOfTarget(workshop: Workshop, progress: Progress, { chapter, exercise }: Target): Step {
  const steps = stepsOf(workshop).filter((step) => step.chapter === chapter)
  const asked = steps.find((step) => step.kind === 'exercise' && step.exercise === exercise)
  return asked ?? steps.find((step) => isOpen(progress, step)) ?? steps[0]!
}

/** Names of the chapters that this one builds on and that have open exercises. */
export function openPrerequisites(workshop: Workshop, progress: Progress, { manifest }: Chapter): string[] {
  const open = stepsOf(workshop).filter((step) => step.kind === 'exercise' && isOpen(progress, step))
  return manifest.prerequisites.filter((name) => open.some(({ chapter }) => chapter.name === name))
}

export function moved(progress: Progress, to: Step): Progress {
  return { ...progress, at: stepId(to) }
}

function changed(progress: Progress, step: Step, change: Partial<StepProgress>): Progress {
  return {
    ...progress,
    steps: { ...progress.steps, [stepId(step)]: { ...progressOf(progress, step), ...change } },
  }
}

/** A check has ended; what was done stays done. */
export function checked(progress: Progress, step: Step, passed: boolean): Progress {
  const { attempts, state } = progressOf(progress, step)
  return changed(progress, step, { attempts: attempts + 1, state: passed ? 'done' : state })
}

/** `more` hints are shown, of the `count` that there are. */
export function hinted(progress: Progress, step: Step, count: number, more = 1): Progress {
  return changed(progress, step, { hints: Math.min(count, progressOf(progress, step).hints + more) })
}

export function solutionShown(progress: Progress, step: Step): Progress {
  return changed(progress, step, { solutionShown: true })
}

export function skipped(progress: Progress, step: Step): Progress {
  return progressOf(progress, step).state === 'done' ? progress : changed(progress, step, { state: 'skipped' })
}

export function answered(progress: Progress, step: Step, answers: readonly number[]): Progress {
  return changed(progress, step, { answers: [...answers], state: 'done' })
}

/** After `reset`: the exercise is to be done again; its hints stay known. */
export function reopened(progress: Progress, step: Step): Progress {
  return changed(progress, step, { state: 'open', attempts: 0 })
}

export interface Tally {
  readonly done: number
  readonly skipped: number
  readonly total: number
}

/** Of exercises; questions are not counted. */
export function tallyOf(progress: Progress, chapters: readonly Chapter[]): Tally {
  const states = stepsOf({ chapters })
    .filter(({ kind }) => kind === 'exercise')
    .map((step) => progressOf(progress, step).state)
  const count = (state: StepProgress['state']): number => states.filter((each) => each === state).length
  return { done: count('done'), skipped: count('skipped'), total: states.length }
}
