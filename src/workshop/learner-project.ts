// The learner's folder: a real flinkts project with the chapters' prose and exercises. Nothing in it is ever written over.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { FlinktsError } from '../../engine/host.ts'
import { CONFIG_FILE_NAME } from '../config/project-place.ts'
import { copySharedFiles, packageJson } from '../services/scaffold-project.ts'
import { README_FILE, type Chapter, type Exercise, type Workshop } from './chapters.ts'
import { sharedDataFolders } from './lab-files.ts'

const CONFIG = `# yaml-language-server: $schema=./node_modules/flinkts/flinkts.schema.json
services: embedded        # Kafka and PostgreSQL inside flinkts, on 9092 and 5432 or the next free ports

kafka:
  configs:                # of the broker, by Kafka's own names
    log.retention.ms: -1                    # Kafka's default is 7 days: the trips are of 2019, and would be gone
    log.retention.check.interval.ms: 500    # Kafka's default is 5 minutes: here you see it forget
    log.cleaner.backoff.ms: 500             # 15 s

checkpoints:
  interval: 1s            # of jobs that say nothing else

cluster:
  taskManagers: 2
  slotsPerTaskManager: 8
`

const README = `# A workshop

\`\`\`
npx flinkts workshop          # the chapters, and where you are
npx flinkts workshop start    # go on: watches your files and checks them when you save
\`\`\`

Each folder is a chapter: read its README.md, then do its exercises in their order. The files of an exercise are yours;
\`npx flinkts workshop reset\` brings one back as it was, and keeps yours beside it.

\`npx flinkts up\` keeps Kafka and PostgreSQL up, so that you can look around: \`flinkts topics list\`, \`flinkts consume\`,
\`flinkts query "SELECT …"\`, \`flinkts why\`. \`npm install\` brings the types for the editor.
`

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  },
  include: ['*/**/*.ts'],
}

/** What may lie in a folder that counts as empty: `npm install flinkts` was there. */
const NO_MATTER = new Set(['.git', '.gitignore', '.npmrc', 'node_modules', 'package.json', 'package-lock.json'])

/** Written where there is none. */
function writeMissing(path: string, text: string): void {
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function copyMissing(from: string, to: string): void {
  if (existsSync(to)) return
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}

/** What the learner gets of an exercise: all of it but its checks (`check.ts`, `check-….ts`). */
export function shippedFiles({ folder }: Pick<Exercise, 'folder'>): string[] {
  return filesIn(folder).filter((file) => !/^check(-[\w-]+)?\.ts$/.test(file))
}

/** Where the learner's files of an exercise lie. */
export function exerciseFolder(project: { readonly folder: string }, { chapter, name }: Exercise): string {
  return join(project.folder, chapter.name, name)
}

function copyExercise(project: { readonly folder: string }, exercise: Exercise): void {
  const target = exerciseFolder(project, exercise)
  for (const file of shippedFiles(exercise)) copyMissing(join(exercise.folder, file), join(target, file))
}

function copyChapter(project: { readonly folder: string }, chapter: Chapter): void {
  const [from, to] = [chapter.folder, join(project.folder, chapter.name)]
  copyMissing(join(from, README_FILE), join(to, README_FILE))
  copyFolder(join(from, 'data'), join(to, 'data'))
  for (const exercise of chapter.exercises) copyExercise(project, exercise)
}

function copyFolder(from: string, to: string): void {
  if (!existsSync(from)) return
  for (const file of filesIn(from)) copyMissing(join(from, file), join(to, file))
}

function checkFolder(folder: string, { chapters }: Workshop): void {
  if (!existsSync(folder)) return
  const names = readdirSync(folder)
  const isWorkshop = names.includes(CONFIG_FILE_NAME) && chapters.some(({ name }) => names.includes(name))
  if (isWorkshop || names.every((name) => NO_MATTER.has(name))) return
  throw new FlinktsError('PROJECT_EXISTS', `${folder} is not empty`, {
    fix: 'Begin in a folder of its own: `mkdir flinkts-workshop && cd flinkts-workshop`, then the command again.',
  })
}

/**
 * Makes the project, or adds what is missing to one that was made before. Throws PROJECT_EXISTS where the folder holds
 * something else.
 */
export function makeLearnerProject(at: string, workshop: Workshop): string {
  const folder = resolve(at)
  checkFolder(folder, workshop)
  mkdirSync(folder, { recursive: true })
  writeMissing(join(folder, CONFIG_FILE_NAME), CONFIG)
  writeMissing(join(folder, 'package.json'), packageJson(folder, 'flinkts workshop start'))
  writeMissing(join(folder, 'tsconfig.json'), `${JSON.stringify(TSCONFIG, null, 2)}\n`)
  if (!existsSync(join(folder, '.gitignore'))) copySharedFiles(folder, ['gitignore'])
  writeMissing(join(folder, README_FILE), README)
  for (const chapter of workshop.chapters) copyChapter({ folder }, chapter)
  // what the learner may produce by hand
  for (const from of sharedDataFolders(workshop.folder)) copyFolder(from, join(folder, 'data'))
  return folder
}

/** `job.sql` → `job.before-reset.sql`, with a number where that is taken. */
function keptName(path: string): string {
  const extension = extname(path)
  const stem = path.slice(0, path.length - extension.length)
  for (let count = 1; ; count++) {
    const kept = `${stem}.before-reset${count === 1 ? '' : `-${count}`}${extension}`
    if (!existsSync(kept)) return kept
  }
}

export interface ResetFile {
  readonly file: string
  /** Where the learner's version is now; undefined: it was missing, or as shipped. */
  readonly kept: string | undefined
}

/** Brings the exercise back as it was shipped; versions of the learner's are kept beside. Gives what was not as shipped. */
export function resetExercise(project: { readonly folder: string }, exercise: Exercise): ResetFile[] {
  const target = exerciseFolder(project, exercise)
  return shippedFiles(exercise).flatMap((file): ResetFile[] => {
    const path = join(target, file)
    const shipped = readFileSync(join(exercise.folder, file))
    if (!existsSync(path)) {
      copyMissing(join(exercise.folder, file), path)
      return [{ file, kept: undefined }]
    }
    if (readFileSync(path).equals(shipped)) return []
    const kept = keptName(path)
    renameSync(path, kept)
    writeFileSync(path, shipped)
    return [{ file, kept: kept.slice(target.length + 1) }]
  })
}
