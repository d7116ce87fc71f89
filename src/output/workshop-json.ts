// What a learner's commands say with --json.
import { exerciseTitle, type Chapter, type Exercise, type Workshop } from '../workshop/chapters.ts'
import { currentStep, progressOf, stepId, stepsOf, tallyOf, type Progress } from '../workshop/progress.ts'
import type { CheckResult } from '../workshop/run-check.ts'
import { errorToJson } from './error-page.ts'

function detailOf(result: CheckResult): object {
  switch (result.kind) {
    case 'passed':
      return {}
    case 'wrong':
      return { seen: result.seen, because: result.because }
    case 'error':
      return errorToJson(result.error)
    case 'broken':
      return { message: result.message, at: result.at }
  }
}

export function checkToJson(exercise: Exercise, result: CheckResult): object {
  const { kind, durationMs, notes, notices } = result
  return {
    exercise: `${exercise.chapter.name}/${exercise.name}`,
    number: exerciseTitle(exercise),
    passed: kind === 'passed',
    result: kind,
    durationMs: Math.round(durationMs),
    ...detailOf(result),
    notes,
    notices,
  }
}

/** `given`: the number of the choice for each question. */
export function answersToJson({ manifest: { questions, flink } }: Chapter, given: readonly number[]): object {
  return {
    questions: questions.map(({ question, answer, because }, index) => ({
      question,
      given: given[index],
      right: given[index] === answer,
      answer,
      because,
    })),
    flink,
  }
}

/** `progress` undefined: nothing was begun. */
export function listToJson(workshop: Workshop, progress: Progress | undefined): object {
  return {
    at: progress === undefined ? null : stepId(currentStep(workshop, progress)),
    ...(progress === undefined ? {} : tallyOf(progress, workshop.chapters)),
    chapters: workshop.chapters.map((chapter) => {
      const { title, goal, minutes, prerequisites } = chapter.manifest
      return {
        name: chapter.name,
        number: chapter.number,
        title,
        goal,
        minutes,
        prerequisites,
        steps: stepsOf({ chapters: [chapter] }).map((step) => ({
          step: stepId(step),
          title: step.kind === 'exercise' ? step.exercise.title : 'Questions',
          state: progress === undefined ? 'open' : progressOf(progress, step).state,
        })),
      }
    }),
  }
}
