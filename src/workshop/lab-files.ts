// The learner's files, and the data that comes with a workshop.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { FlinktsError } from '../../engine/host.ts'
import { packageRoot } from '../config/package-root.ts'
import { parseConfigFile } from '../config/config-file.ts'
import { exerciseTitle, ownWorkshop, type Exercise } from './chapters.ts'
import { CheckFailure } from './check-failure.ts'
import type { LabContext } from './lab-context.ts'
import type { Lab } from './lab.ts'

export function missingFile({ exercise }: Pick<LabContext, 'exercise'>, file: string): CheckFailure {
  return new CheckFailure(
    `${file} is not there any more`,
    `\`flinkts workshop reset ${exerciseTitle(exercise)}\` brings it back as it was shipped.`,
  )
}

/** Data of a whole workshop, the nearest first. The taxi trips come with the template, and are shipped once. */
export function sharedDataFolders(workshopFolder: string): string[] {
  return [workshopFolder, ownWorkshop()]
    .map((folder) => join(folder, 'data'))
    .concat(join(packageRoot(), 'templates', 'taxi', 'data'))
}

function dataFolders({ folder, chapter }: Exercise): string[] {
  const own = [folder, join(folder, 'data'), join(chapter.folder, 'data')]
  return [...own, ...sharedDataFolders(dirname(chapter.folder))]
}

export function findData(exercise: Exercise, name: string): string {
  const found = dataFolders(exercise)
    .map((folder) => resolve(folder, name))
    .find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new FlinktsError('FILE_NOT_FOUND', `the workshop has no data file '${name}'`, {
    fix: `put it into ${relative(process.cwd(), join(exercise.chapter.folder, 'data')) || 'data'}`,
  })
}

export function fileCalls(context: LabContext): Pick<Lab, 'folder' | 'read' | 'answers' | 'data'> {
  const { folder, exercise } = context
  const read = (file: string): string => {
    try {
      return readFileSync(join(folder, file), 'utf8')
    } catch {
      throw missingFile(context, file)
    }
  }
  return {
    folder,
    read,
    answers(file) {
      const path = join(folder, file)
      const { values } = parseConfigFile(read(file), relative(process.cwd(), path) || path)
      if (typeof values === 'object' && values !== null && !Array.isArray(values))
        return values as Record<string, unknown>
      throw new CheckFailure(`${file} is not a list of names and values`, 'Write one answer per line: `name: value`.')
    },
    data: (name) => findData(exercise, name),
  }
}
