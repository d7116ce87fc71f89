import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadSchema } from '../../../../src/services/produce/load-schema.ts'
import { drawEvents } from '../../generators/drawn-events.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flinkts-schema-'))
  writeFileSync(
    join(folder, 'schemas.ts'),
    `import { schema, t } from 'flinkts'
     export const User = schema({ user_id: t.int(), email: t.string(), seen_at: t.epochMillis() })
     export const Order = schema({ id: t.bigint(), price: t.double() })
     export const notOne = 5`,
  )
  writeFileSync(
    join(folder, 'job.sql'),
    `CREATE TABLE users (
       user_id INT, name STRING, joined BIGINT, seen TIMESTAMP(3),
       ts AS TO_TIMESTAMP_LTZ(joined, 3), \`offset\` BIGINT METADATA,
       WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
     ) WITH ('connector' = 'kafka', 'topic' = 'users', 'properties.bootstrap.servers' = '\${KAFKA}', 'format' = 'json',
             'json.timestamp-format.standard' = 'ISO-8601');
     CREATE TABLE printed (a INT) WITH ('connector' = 'print');
     INSERT INTO printed SELECT user_id FROM users;`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))
const load = (reference: string, fields: { timeField?: string; keyField?: string } = {}) =>
  loadSchema({ reference: join(folder, reference), timeField: undefined, keyField: undefined, ...fields })

describe('loadSchema', () => {
  it('reads a schema that a TypeScript file exports', async () => {
    const { definition, createSerializer } = await load('schemas.ts#User')
    const [event] = drawEvents(definition, 1, { seed: 1, createSerializer })
    expect(Object.keys(event!.value)).toEqual(['user_id', 'email', 'seen_at'])
    expect(event!.value['seen_at']).toBe(event!.timeMs)
  })

  it('reads a table of a SQL file: physical columns, the watermark’s source as the time, its way to write timestamps', async () => {
    const { definition, createSerializer } = await load('job.sql#users')
    const [event] = drawEvents(definition, 1, { seed: 1, createSerializer })
    expect(Object.keys(event!.value)).toEqual(['user_id', 'name', 'joined', 'seen'])
    expect(event!.value['joined']).toBe(event!.timeMs)
    expect(event!.value['seen']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
  })

  it.each([
    ['schemas.ts#Usr', /has no schema 'Usr'/, /#User; it has Order, User/],
    ['schemas.ts', /names no schema/, /it has Order, User/],
    ['job.sql#userz', /has no table 'userz'/, /#users; it has printed, users/],
  ])('%s: says what there is', async (reference, message, fix) => {
    await expect(load(reference)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(message) as string,
      fix: expect.stringMatching(fix) as string,
    })
  })

  it('names fields and files that are not there', async () => {
    await expect(load('schemas.ts#User', { keyField: 'id' })).rejects.toMatchObject({
      message: expect.stringContaining("no field 'id'") as string,
      fix: 'Its fields are user_id, email, seen_at.',
    })
    await expect(load('none.sql#a')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
    await expect(load('none.ts#a')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})
