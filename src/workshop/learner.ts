// A learner's project with its workshop and progress, read and written.
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { FlinktsError } from '../../engine/host.ts'
import { ConfigError } from '../config/config-error.ts'
import { parseConfigFile } from '../config/config-file.ts'
import { problemsOf } from '../config/config-problems.ts'
import { loadProject, type Project } from '../config/project.ts'
import { locateProject } from '../config/project-place.ts'
import { writeWhole } from '../services/session/session-files.ts'
import { findTarget, loadWorkshop, ownWorkshop, type Workshop } from './chapters.ts'
import { makeLearnerProject } from './learner-project.ts'
import { currentStep, newProgress, PROGRESS_FORMAT, progressSchema, type Progress, type Step } from './progress.ts'

export const PROGRESS_FILE = 'workshop-progress.json'

export interface Learner {
  readonly project: Project
  readonly workshop: Workshop
  progress: Progress
}

function progressPath(folder: string): string {
  return join(folder, PROGRESS_FILE)
}

/** Throws CONFIG_INVALID: what is wrong with the file, and that it can be deleted. */
export function parseProgress(text: string, file: string): Progress {
  const fix = `mend it, or delete ${PROGRESS_FILE}: then \`flinkts workshop start\` begins anew, and your files stay`
  const parsed = parseConfigFile(text.trim() === '' ? '{}' : text, file)
  const { values } = parsed
  const format = (values as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > PROGRESS_FORMAT)
    throw new ConfigError('CONFIG_INVALID', `a newer flinkts has written it (format ${format})`, {
      location: parsed.locate(['format']),
      fix: 'use that flinkts: `npm install flinkts@latest`',
    })
  const result = progressSchema.safeParse(values)
  if (result.success) return result.data
  const [first] = result.error.issues.flatMap((issue) =>
    problemsOf(issue, values, (path, key) => ({ path: [...path, key], message: `unknown key '${key}'` })),
  )
  throw new ConfigError('CONFIG_INVALID', `it does not say how far you are: ${first!.message}`, {
    location: parsed.locate(first!.path),
    fix,
  })
}

export function saveProgress({ project, progress }: Learner): void {
  writeWhole(progressPath(project.folder), `${JSON.stringify(progress, null, 2)}\n`)
}

/** Undefined: there is none. Throws CONFIG_INVALID. */
export function readProgress(folder: string): Progress | undefined {
  const path = progressPath(folder)
  if (!existsSync(path)) return undefined
  return parseProgress(readFileSync(path, 'utf8'), relative(process.cwd(), path) || path)
}

function workshopOf(folder: string, { workshop }: Progress): Workshop {
  if (workshop === null) return loadWorkshop(ownWorkshop())
  const path = resolve(folder, workshop)
  if (existsSync(path)) return loadWorkshop(path)
  throw new FlinktsError('FILE_NOT_FOUND', `the workshop's folder ${path} is not there any more`, {
    fix: `mend "workshop" in ${PROGRESS_FILE}, or begin anew: \`flinkts workshop start --from <folder>\``,
  })
}

/** The learner's project that `from` lies in; undefined: there is none. Throws CONFIG_INVALID, FILE_NOT_FOUND. */
export function findLearner(from: string): Learner | undefined {
  const { folder } = locateProject(from)
  const progress = readProgress(folder)
  if (progress === undefined) return undefined
  return { project: loadProject(from), workshop: workshopOf(folder, progress), progress }
}

/** As findLearner; throws FILE_NOT_FOUND where there is none. */
export function openLearner(from: string): Learner {
  const learner = findLearner(from)
  if (learner !== undefined) return learner
  throw new FlinktsError('FILE_NOT_FOUND', `no workshop was begun in ${from}`, {
    fix: '`flinkts workshop start` in an empty folder begins one; in its folder go on.',
  })
}

/**
 * Goes on with the workshop of `folder`, or begins one there: makes the project, or what is missing of it. `from`: folder
 * of another workshop than the package's.
 */
export function beginLearner(folder: string, from: string | undefined): Learner {
  const place = locateProject(folder)
  const known = from === undefined ? readProgress(place.folder) : undefined
  const root = known === undefined ? resolve(folder) : place.folder
  const workshop = known === undefined ? loadWorkshop(from ?? ownWorkshop()) : workshopOf(root, known)
  const source = from === undefined ? null : relative(root, resolve(from)).replaceAll('\\', '/')
  const kept = known ?? readProgress(root)
  if (kept !== undefined && from !== undefined && kept.workshop !== source)
    throw new FlinktsError('PROJECT_EXISTS', `${root} holds another workshop: ${kept.workshop ?? 'that of flinkts'}`, {
      fix: 'Begin this one in a folder of its own.',
    })
  makeLearnerProject(root, workshop)
  const progress = kept ?? newProgress(workshop, source)
  const learner = { project: loadProject(root), workshop, progress }
  saveProgress(learner)
  return learner
}

/** What the learner names, or where he stands. Throws OPTION_INVALID. */
function stepNamed({ workshop, progress }: Learner, text: string | undefined): Step {
  if (text === undefined) return currentStep(workshop, progress)
  const { chapter, exercise } = findTarget(workshop, text)
  return { kind: 'exercise', chapter, exercise: exercise ?? chapter.exercises[0]! }
}

/** As stepNamed; a chapter's first exercise where the learner stands at its questions. */
export function exerciseNamed(learner: Learner, text: string | undefined): Extract<Step, { kind: 'exercise' }> {
  const step = stepNamed(learner, text)
  if (step.kind === 'exercise') return step
  return { kind: 'exercise', chapter: step.chapter, exercise: step.chapter.exercises[0]! }
}
