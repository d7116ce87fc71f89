// `flinkts workshop new`: a chapter to begin with, which verify accepts as it is.
import { cpSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expectNewFolder } from '../services/scaffold-project.ts'
import { ownWorkshop } from './chapters.ts'

/** Throws PROJECT_EXISTS where the folder holds anything. Returns its absolute path. */
export function scaffoldChapter(folder: string): string {
  const target = resolve(folder)
  expectNewFolder(target)
  mkdirSync(target, { recursive: true })
  cpSync(join(ownWorkshop(), '_new'), target, { recursive: true })
  return target
}
