// Style as tests: what the documents say of the layout is what the layout is.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'

const { rooms } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { rooms: Record<string, string[]> }

test('ARCHITECTURE.md shows the layer table that is enforced', () => {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  const shown = [...text.matchAll(/^\| `((?:engine|src)\/[a-z/]+)` \|[^|]*\| ([^|]*) \|$/gm)].map(
    ([, room, allowed]) => [room!, allowed!.trim() === '–' ? [] : allowed!.trim().split(', ')] as const,
  )
  expect(Object.fromEntries(shown)).toEqual(rooms)
})

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '')

test('no file marks work as unfinished', () => {
  const marker = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].map((word) => `\\b${word}\\b`).join('|'))
  const found = files
    .filter((file) => /^(engine|src|scripts|templates)\/.*\.(ts|tsx|js|sql|yaml)$/.test(file))
    .filter((file) => marker.test(readFileSync(file, 'utf8')))
  expect(found).toEqual([])
})

test('files are named in kebab-case', () => {
  const odd = files
    .filter((file) => /^(engine|src)\/.*\.tsx?$/.test(file))
    .filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.worker)?\.tsx?$/.test(file.split('/').at(-1)!))
  expect(odd).toEqual([])
})
