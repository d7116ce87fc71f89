// What is wrong with a chapter before anything of it runs.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CHECK_FILE, README_FILE, type Chapter, type Exercise, type Workshop } from './chapters.ts'

/** Marks a gap in a learner's file. In two parts, for this file has none. */
export const GAP = `TO${'DO'}`
const GAP_WORD = new RegExp(`\\b${GAP}\\b`)

function textOf(path: string): string | undefined {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined
}

/** What checks, exercises and solutions may import beside Node's modules and files of their own. */
const DOORS = /^(flinkts(\/(testing|workshop))?|node:[\w/]+|\.{1,2}\/.+)$/
const IMPORT = /^\s*(?:import\s+(?:[^'"();]*?\sfrom\s*)?|export\s+[^'"();]*?\sfrom\s*)['"]([^'"]+)['"]/gm

function foreignImports(file: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].flatMap(([, name]) =>
    DOORS.test(name!)
      ? []
      : [`${file} imports '${name}': only flinkts, flinkts/testing, flinkts/workshop and node: are there`],
  )
}

function fileProblems({ name, folder, solutionFolder }: Exercise, file: string): string[] {
  const [shipped, solved] = [textOf(join(folder, file)), textOf(join(solutionFolder, file))]
  const problems: string[] = []
  if (shipped === undefined) problems.push(`exercises/${name}/${file} is missing`)
  else if (!GAP_WORD.test(shipped)) problems.push(`exercises/${name}/${file} has no ${GAP}: nothing marks the gap`)
  if (solved === undefined) problems.push(`solutions/${name}/${file} is missing`)
  else if (GAP_WORD.test(solved)) problems.push(`solutions/${name}/${file} still has a ${GAP}`)
  if (shipped !== undefined && shipped === solved) problems.push(`${file} of ${name} is its own solution`)
  for (const [where, text] of [
    ['exercises', shipped],
    ['solutions', solved],
  ] as const)
    if (text !== undefined && /\.[jt]s$/.test(file)) problems.push(...foreignImports(`${where}/${name}/${file}`, text))
  return problems
}

export function exerciseProblems(exercise: Exercise): string[] {
  const { name, folder, files } = exercise
  const missing = [README_FILE, CHECK_FILE].filter((file) => textOf(join(folder, file)) === undefined)
  const check = textOf(join(folder, CHECK_FILE)) ?? ''
  return [
    ...missing.map((file) => `exercises/${name}/${file} is missing`),
    ...foreignImports(`exercises/${name}/${CHECK_FILE}`, check),
    ...files.flatMap((file) => fileProblems(exercise, file)),
  ]
}

export function chapterProblems(chapter: Chapter, { chapters }: Workshop): string[] {
  const { manifest, folder } = chapter
  const problems: string[] = []
  if (textOf(join(folder, README_FILE)) === undefined) problems.push(`${README_FILE} is missing`)
  if (chapters.length > 1)
    for (const name of manifest.prerequisites)
      if (!chapters.some((other) => other.name === name)) problems.push(`there is no chapter ${name}, a prerequisite`)
  return problems
}
