// What `workshop verify` says with --json.
import { exerciseTitle } from '../workshop/chapters.ts'
import { failsAsShipped, type VerifyEvent } from '../workshop/verify.ts'
import { checkToJson } from './workshop-json.ts'

export function verifyToJson(event: VerifyEvent): object {
  if (event.kind === 'chapter') return { chapter: event.chapter.name, problems: event.problems }
  const { exercise, problems, asShipped, solved } = event
  return {
    exercise: `${exercise.chapter.name}/${exercise.name}`,
    number: exerciseTitle(exercise),
    problems,
    failsAsShipped: failsAsShipped(event),
    solutionPasses: solved?.kind === 'passed',
    asShipped: asShipped && checkToJson(exercise, asShipped),
    solved: solved && checkToJson(exercise, solved),
  }
}
