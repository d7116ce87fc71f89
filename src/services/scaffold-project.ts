// Makes a new project from a template of the package. What every template has in common is in templates/shared.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { FlinktsError, nearestName } from '../../engine/host.ts'
import { packageRoot, packageVersion } from '../config/package-root.ts'

/** Contents of template.json. */
export interface Template {
  readonly name: string
  readonly description: string
  /** Place in the list. */
  readonly order: number
  /** The job to run first; path from the project's folder. */
  readonly run: string
  /** Arguments of `flinkts produce` that give the job something to read. */
  readonly produce: readonly string[]
  /** SQL for Postgres that shows what came out. */
  readonly query: string
}

export interface ScaffoldOptions {
  /** What the project runs on. Default: embedded. */
  readonly services?: 'embedded' | 'docker' | undefined
}

export interface ScaffoldedProject {
  readonly folder: string
  readonly template: Template
}

const DESCRIPTION = 'template.json'
const IN_CONTAINERS =
  'services: docker          # Kafka and PostgreSQL in containers; images that are not here are pulled'

const templatesFolder = (): string => join(packageRoot(), 'templates')

export function listTemplates(): Template[] {
  return readdirSync(templatesFolder())
    .map((name) => join(templatesFolder(), name, DESCRIPTION))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Template)
    .sort((left, right) => left.order - right.order)
}

/** Throws FILE_NOT_FOUND with the name that was probably meant. */
export function findTemplate(name: string): Template {
  const templates = listTemplates()
  const template = templates.find((candidate) => candidate.name === name)
  if (template !== undefined) return template
  const names = templates.map((candidate) => candidate.name)
  const near = nearestName(name, names)
  throw new FlinktsError('FILE_NOT_FOUND', `there is no template '${name}'`, {
    fix: `${near === undefined ? '' : `did you mean ${near}? `}templates: ${names.join(', ')}`,
  })
}

/** The path itself, or the first of those above it that is there. */
function nearestThatExists(path: string): string {
  return existsSync(path) ? path : nearestThatExists(dirname(path))
}

/** Throws PROJECT_EXISTS where the folder holds anything, or is a file or below one: nothing of the user's is ever written over. */
export function expectNewFolder(folder: string): void {
  const target = resolve(folder)
  const found = nearestThatExists(target)
  const fix = 'name a new or an empty folder'
  if (!statSync(found).isDirectory()) throw new FlinktsError('PROJECT_EXISTS', `${found} is a file`, { fix })
  if (found === target && readdirSync(target).some((name) => name !== '.git'))
    throw new FlinktsError('PROJECT_EXISTS', `${target} is not empty`, { fix })
}

/** The folder's name as npm accepts it. */
function projectName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return name || 'flinkts-project'
}

/** A package.json that is of the folder's name and of this flinkts; `start`: what `npm start` runs. */
export function packageJson(folder: string, start: string): string {
  const content = {
    name: projectName(resolve(folder)),
    private: true,
    type: 'module',
    scripts: { start, check: 'tsc', test: 'vitest run' },
    devDependencies: { flinkts: `^${packageVersion()}`, typescript: '~6.0.3', vitest: '~4.1.12' },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

/** Copies what every project has (compiler settings, .gitignore); `only`: names of files, without which all are copied. */
export function copySharedFiles(folder: string, only?: readonly string[]): void {
  const shared = join(templatesFolder(), 'shared')
  for (const name of only ?? readdirSync(shared)) cpSync(join(shared, name), join(folder, name), { recursive: true })
  // npm leaves .gitignore files out of packages.
  if (existsSync(join(folder, 'gitignore'))) renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'))
}

/** Puts texts in the place of `{{name}}`. */
function fillIn(file: string, texts: Readonly<Record<string, string>>): void {
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    text.replaceAll(/\{\{(\w+)\}\}/g, (placeholder, name: string) => texts[name] ?? placeholder),
  )
}

/** What the project's CI types, a line each. */
function commandsOf({ run, produce, query }: Template): string {
  return [...produce.map((args) => `produce ${args}`), `run ${run} --until now`, `query "${query}"`]
    .map((command) => `          npx flinkts ${command}`)
    .join('\n')
}

function copyTemplate(target: string, template: Template, { services }: ScaffoldOptions): void {
  copySharedFiles(target)
  cpSync(join(templatesFolder(), template.name), target, {
    recursive: true,
    filter: (path) => basename(path) !== DESCRIPTION,
  })
  writeFileSync(join(target, 'package.json'), packageJson(target, `flinkts run ${template.run}`))
  fillIn(join(target, 'README.md'), { name: projectName(target) })
  fillIn(join(target, '.github', 'workflows', 'test.yml'), { commands: commandsOf(template) })
  if (services !== 'docker') return
  const config = join(target, 'flinkts.yaml')
  writeFileSync(config, readFileSync(config, 'utf8').replace(/^services: embedded.*$/m, IN_CONTAINERS))
}

/**
 * Copies the template into `folder`, made if absent. Throws PROJECT_EXISTS where the folder holds anything. Where it fails
 * in the middle, a folder that it has made is gone again.
 */
export function scaffoldProject(
  folder: string,
  templateName: string,
  options: ScaffoldOptions = {},
): ScaffoldedProject {
  const target = resolve(folder)
  const template = findTemplate(templateName)
  expectNewFolder(target)
  const isNew = !existsSync(target)
  try {
    mkdirSync(target, { recursive: true })
    copyTemplate(target, template, options)
  } catch (error) {
    if (isNew) rmSync(target, { recursive: true, force: true })
    throw error
  }
  return { folder: target, template }
}
