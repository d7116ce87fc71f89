// The chapters of a workshop, as they lie on disk. See docs/workshops.md for their layout.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { FlinktsError, nearestName } from '../../engine/host.ts'
import { packageRoot } from '../config/package-root.ts'
import { parseManifest } from './manifest.ts'
import type { Manifest } from './manifest-schema.ts'

export const MANIFEST_FILE = 'workshop.yaml'
export const README_FILE = 'README.md'
export const CHECK_FILE = 'check.ts'

export interface Exercise {
  readonly chapter: Chapter
  /** From 1. */
  readonly number: number
  /** `1-watermark` */
  readonly name: string
  readonly title: string
  /** What the learner edits, paths in the exercise's folder. */
  readonly files: readonly string[]
  readonly hints: readonly string[]
  /** Absolute: as shipped, with `check.ts`. */
  readonly folder: string
  readonly solutionFolder: string
}

export interface Chapter {
  /** The folder's: `05-event-time`. */
  readonly name: string
  /** Of the folder's name, else its place among the others, from 1. */
  readonly number: number
  readonly folder: string
  readonly manifest: Manifest
  readonly exercises: readonly Exercise[]
}

export interface Workshop {
  /** Absolute; holds the chapters, or is the one. */
  readonly folder: string
  readonly chapters: readonly Chapter[]
}

/** The workshop of the package. */
export function ownWorkshop(): string {
  return join(packageRoot(), 'workshops')
}

function readChapter(folder: string, place: number): Chapter {
  const path = join(folder, MANIFEST_FILE)
  const manifest = parseManifest(readFileSync(path, 'utf8'), relative(process.cwd(), path) || path)
  const name = basename(folder)
  const digits = /^(\d+)/.exec(name)?.[1]
  const exercises: Exercise[] = []
  const chapter = { name, number: digits === undefined ? place : Number(digits), folder, manifest, exercises }
  for (const [index, exercise] of manifest.exercises.entries())
    exercises.push({
      ...exercise,
      chapter,
      number: index + 1,
      folder: join(folder, 'exercises', exercise.name),
      solutionFolder: join(folder, 'solutions', exercise.name),
    })
  return chapter
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}

/**
 * A folder with a workshop.yaml is one chapter; else its folders that have one are, by name, without those that begin with
 * `_` or `.`. Throws FILE_NOT_FOUND, CONFIG_INVALID with line and column.
 */
export function loadWorkshop(from: string): Workshop {
  const folder = resolve(from)
  if (!isFolder(folder))
    throw new FlinktsError('FILE_NOT_FOUND', `there is no folder ${from}`, {
      fix: 'Name a folder with a workshop.yaml, or one whose folders have one.',
    })
  if (existsSync(join(folder, MANIFEST_FILE))) return { folder, chapters: [readChapter(folder, 1)] }
  const names = readdirSync(folder)
    .filter((name) => !/^[_.]/.test(name) && existsSync(join(folder, name, MANIFEST_FILE)))
    .sort()
  if (names.length === 0)
    throw new FlinktsError('FILE_NOT_FOUND', `${from} has no ${MANIFEST_FILE}, and no folder of it has one`, {
      fix: '`flinkts workshop new <folder>` makes a chapter to begin with.',
    })
  return { folder, chapters: names.map((name, index) => readChapter(join(folder, name), index + 1)) }
}

/** `04.2` */
export function exerciseTitle({ chapter, number }: Exercise): string {
  return `${chapterTitle(chapter)}.${number}`
}

/** `04` */
export function chapterTitle({ number }: Chapter): string {
  return String(number).padStart(2, '0')
}

/** What a learner named: a chapter, or one exercise of it. */
export interface Target {
  readonly chapter: Chapter
  readonly exercise: Exercise | undefined
}

function noSuch(what: string, name: string, known: readonly string[]): FlinktsError {
  const near = nearestName(name, known)
  return new FlinktsError('OPTION_INVALID', `there is no ${what} '${name}'`, {
    fix: `${near === undefined ? '' : `Did you mean ${near}? `}There are ${known.join(', ')}.`,
  })
}

function findChapter({ chapters }: Workshop, text: string): Chapter {
  const found = chapters.find(({ name, number }) => name === text || (/^\d+$/.test(text) && number === Number(text)))
  const words = chapters.map(({ name }) => name)
  const near = found ?? chapters.find(({ name }) => name.replace(/^\d+-/, '') === text)
  if (near === undefined) throw noSuch('chapter', text, words)
  return near
}

/** `04`, `4`, `04-checkpoints`, `checkpoints`; `04.2`, `04.2-kill`, `04/2-kill`. Throws OPTION_INVALID. */
export function findTarget(workshop: Workshop, text: string): Target {
  const [chapterText = '', ...rest] = text.replace(/\/+$/, '').split(/[./]/)
  const chapter = findChapter(workshop, chapterText)
  if (rest.length === 0) return { chapter, exercise: undefined }
  const exerciseText = rest.join('.')
  const exercise = chapter.exercises.find(
    ({ name, number }) => name === exerciseText || (/^\d+$/.test(exerciseText) && number === Number(exerciseText)),
  )
  if (exercise !== undefined) return { chapter, exercise }
  throw noSuch(
    `exercise in ${chapter.name}`,
    exerciseText,
    chapter.exercises.map((each) => `${chapterTitle(chapter)}.${each.number}`),
  )
}
