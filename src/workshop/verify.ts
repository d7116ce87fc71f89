// Proves of every exercise that it fails as it is shipped and that its solution passes. All run in one session of a
// project of their own, which is gone afterwards.
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadProject, type Project } from '../config/project.ts'
import { openSession, type Session } from '../services/session/open-session.ts'
import { stopSession } from '../services/session/stop-session.ts'
import { chapterProblems, exerciseProblems } from './chapter-problems.ts'
import { findTarget, type Chapter, type Exercise, type Workshop } from './chapters.ts'
import { exerciseFolder, makeLearnerProject, shippedFiles } from './learner-project.ts'
import { runCheck, type CheckResult } from './run-check.ts'

export interface ExerciseVerdict {
  readonly exercise: Exercise
  /** Of the chapter's files; nothing has run where there are any. */
  readonly problems: readonly string[]
  /** It must not pass, nor be broken. */
  readonly asShipped: CheckResult | undefined
  /** It must pass. */
  readonly solved: CheckResult | undefined
}

export type VerifyEvent =
  | { readonly kind: 'chapter'; readonly chapter: Chapter; readonly problems: readonly string[] }
  | ({ readonly kind: 'exercise' } & ExerciseVerdict)

export interface VerifyTotals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Half of the solutions' checks took less, ms; undefined: none passed. */
  readonly medianMs: number | undefined
}

export interface VerifyOptions {
  /** Undefined: all. */
  readonly isWanted?: ((exercise: Exercise) => boolean) | undefined
  readonly signal: AbortSignal
  readonly heard: (event: VerifyEvent) => void
}

/**
 * What is named is meant, `04`, `04.2`; of a folder that holds one chapter also `2`. Throws OPTION_INVALID where there is no
 * such exercise.
 */
export function isAmong(workshop: Workshop, names: readonly string[]): (exercise: Exercise) => boolean {
  const [chapter, ...others] = workshop.chapters
  const isOne = others.length === 0
  const targets = names.map((text) =>
    findTarget(workshop, isOne && !text.includes('.') && text !== chapter!.name ? `${chapter!.name}/${text}` : text),
  )
  return (exercise) =>
    targets.some((target) => exercise.chapter === target.chapter && (target.exercise ?? exercise) === exercise)
}

export function failsAsShipped({ asShipped }: ExerciseVerdict): boolean {
  return asShipped?.kind === 'wrong' || asShipped?.kind === 'error'
}

function putSolution(project: Project, exercise: Exercise): void {
  const target = exerciseFolder(project, exercise)
  for (const file of shippedFiles({ folder: exercise.solutionFolder })) {
    mkdirSync(dirname(join(target, file)), { recursive: true })
    copyFileSync(join(exercise.solutionFolder, file), join(target, file))
  }
}

async function verifyExercise(
  project: Project,
  session: Session,
  exercise: Exercise,
  signal: AbortSignal,
): Promise<ExerciseVerdict> {
  const problems = exerciseProblems(exercise)
  if (problems.length > 0) return { exercise, problems, asShipped: undefined, solved: undefined }
  const request = {
    project,
    session,
    exercise,
    folder: exerciseFolder(project, exercise),
    signal,
    waits: () => undefined,
  }
  const asShipped = await runCheck(request)
  putSolution(project, exercise)
  return { exercise, problems, asShipped, solved: await runCheck(request) }
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((left, right) => left - right)[Math.floor((values.length - 1) / 2)]
}

class Totals {
  passed = 0
  failed = 0
  skipped = 0
  readonly times: number[] = []

  count(isGood: boolean): void {
    if (isGood) this.passed++
    else this.failed++
  }

  add(verdict: ExerciseVerdict): void {
    if (verdict.problems.length > 0) {
      this.failed++
      this.skipped++
      return
    }
    this.count(failsAsShipped(verdict))
    this.count(verdict.solved?.kind === 'passed')
    if (verdict.solved?.kind === 'passed') this.times.push(verdict.solved.durationMs)
  }

  get result(): VerifyTotals {
    const { passed, failed, skipped } = this
    return { passed, failed, skipped, medianMs: median(this.times) }
  }
}

/** Each chapter is one thing to prove, each exercise two. Throws what keeps a session from starting. */
export async function verifyWorkshop(workshop: Workshop, options: VerifyOptions): Promise<VerifyTotals> {
  const { isWanted = () => true, signal, heard } = options
  const totals = new Totals()
  const chapters = workshop.chapters.filter(({ exercises }) => exercises.some(isWanted))
  const parent = mkdtempSync(join(tmpdir(), 'flinkts-verify-'))
  chmodSync(parent, 0o755) // as a learner's own folder is
  // chapters whose files are missing cannot be copied: they are told of and left out
  const whole = { ...workshop, chapters: chapters.filter((chapter) => chapter.exercises.every(canBeCopied)) }
  let project: Project | undefined
  let session: Session | undefined
  try {
    project = loadProject(makeLearnerProject(join(parent, 'workshop'), whole))
    for (const chapter of chapters) {
      const problems = chapterProblems(chapter, workshop)
      totals.count(problems.length === 0)
      heard({ kind: 'chapter', chapter, problems })
      for (const exercise of chapter.exercises.filter(isWanted)) {
        session ??= await openSession(project)
        const verdict = await verifyExercise(project, session, exercise, signal)
        totals.add(verdict)
        heard({ kind: 'exercise', ...verdict })
      }
    }
  } finally {
    session?.release()
    if (project !== undefined) await stopSession(project, { volumes: true, notice: () => undefined })
    rmSync(parent, { recursive: true, force: true })
  }
  return totals.result
}

function canBeCopied({ folder }: Exercise): boolean {
  return existsSync(folder)
}
