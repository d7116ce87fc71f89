// Makes a new project from a template of the package.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { FlinktsError } from '../../engine/host.ts'
import { packageRoot } from '../config/package-root.ts'

export interface Template {
  readonly name: string
  readonly description: string
  /** What to run and produce first, paths from the project's folder. */
  readonly run: string
  readonly produce: { readonly topic: string; readonly file: string }
}

export interface ScaffoldedProject {
  readonly folder: string
  readonly template: Template
}

const templatesFolder = (): string => join(packageRoot(), 'templates')

export function listTemplates(): Template[] {
  return readdirSync(templatesFolder(), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => JSON.parse(readFileSync(join(templatesFolder(), entry.name, 'template.json'), 'utf8')) as Template)
}

function findTemplate(name: string): Template {
  const templates = listTemplates()
  const template = templates.find((candidate) => candidate.name === name)
  if (template !== undefined) return template
  throw new FlinktsError('FILE_NOT_FOUND', `there is no template '${name}'`, {
    fix: `templates: ${templates.map((candidate) => candidate.name).join(', ')}`,
  })
}

function packageJson(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  const name =
    basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'flinkts-project'
  const content = {
    name,
    private: true,
    type: 'module',
    scripts: { start: 'flinkts run', test: 'vitest run' },
    devDependencies: { flinkts: `^${version}`, typescript: '~6.0.3', vitest: '~4.1.12' },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

/**
 * Copies the template into `folder`, made if absent. Throws PROJECT_EXISTS where the folder holds anything: nothing of the
 * user's is ever written over.
 */
export function scaffoldProject(folder: string, templateName: string): ScaffoldedProject {
  const target = resolve(folder)
  const template = findTemplate(templateName)
  if (existsSync(target) && readdirSync(target).some((name) => name !== '.git')) {
    throw new FlinktsError('PROJECT_EXISTS', `${target} is not empty`, { fix: 'name a new or an empty folder' })
  }
  mkdirSync(target, { recursive: true })
  cpSync(join(templatesFolder(), template.name), target, {
    recursive: true,
    filter: (path) => basename(path) !== 'template.json',
  })
  // npm leaves .gitignore files out of packages.
  renameSync(join(target, 'gitignore'), join(target, '.gitignore'))
  if (!existsSync(join(target, 'package.json'))) writeFileSync(join(target, 'package.json'), packageJson(target))
  return { folder: target, template }
}
