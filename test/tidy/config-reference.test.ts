// Run `npm run generate:config` where one of these fails.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { configJsonSchema, configPage, workshopJsonSchema } from '../../scripts/config-reference.ts'
import { configKeys } from '../../src/config/config-keys.ts'
import { parseConfig } from '../../src/config/flinkts-config.ts'
import { parseManifest } from '../../src/workshop/manifest.ts'
import { listTemplates } from '../../src/services/scaffold-project.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

test('the schema for editors and the page of settings are what the sources say', () => {
  expect(read('flinkts.schema.json')).toBe(configJsonSchema())
  expect(read('flinkts-workshop.schema.json')).toBe(workshopJsonSchema())
  expect(read('docs/configuration.md')).toBe(configPage())
})

test('every setting is described', () => {
  expect(configKeys.filter(({ description }) => description === '')).toEqual([])
})

test('the schema is in the package, and each template’s flinkts.yaml names it and fits it', () => {
  const { files, exports } = JSON.parse(read('package.json')) as { files: string[]; exports: Record<string, unknown> }
  expect(files).toContain('flinkts.schema.json')
  expect(exports).toHaveProperty(['./flinkts.schema.json'])
  const schema = z.fromJSONSchema(JSON.parse(configJsonSchema()) as never)
  for (const { name } of listTemplates()) {
    const text = read(`templates/${name}/flinkts.yaml`)
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./node_modules/flinkts/flinkts.schema.json')
    expect(schema.safeParse(parseDocument(text).toJS()).error).toBeUndefined()
    parseConfig(text, 'flinkts.yaml')
  }
})

test.each([
  ['an empty section and topic', 'kafka:\ntopics:\n  rides:\n', true],
  ['a secret in a file', 'postgres: { url: "postgresql://a@b/c", password: { file: p } }', true],
  ['a key that is none', 'kafka: { prot: 1 }', false],
  ['a value that is none', 'services: dokcer', false],
])('the schema takes what the command line takes: %s', (_name, text, isValid) => {
  const schema = z.fromJSONSchema(JSON.parse(configJsonSchema()) as never)
  expect(schema.safeParse(parseDocument(text).toJS()).success).toBe(isValid)
})

test('the examples of the page are valid', () => {
  const examples = [...configPage().matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text!)
  expect(examples).toHaveLength(2)
  for (const text of examples) parseConfig(text, 'docs/configuration.md')
})

test('the schema of workshops is in the package, and every chapter fits it', () => {
  const { files, exports } = JSON.parse(read('package.json')) as { files: string[]; exports: Record<string, unknown> }
  expect(files).toContain('flinkts-workshop.schema.json')
  expect(exports).toHaveProperty(['./flinkts-workshop.schema.json'])
  const schema = z.fromJSONSchema(JSON.parse(workshopJsonSchema()) as never)
  const chapters = readdirSync(new URL('workshops/', root)).filter((name) => name !== 'data')
  expect(chapters.length).toBeGreaterThan(6)
  for (const chapter of chapters) {
    const text = read(`workshops/${chapter}/workshop.yaml`)
    expect(schema.safeParse(parseDocument(text).toJS()).error, chapter).toBeUndefined()
    parseManifest(text, `${chapter}/workshop.yaml`)
  }
})
