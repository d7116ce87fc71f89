import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileSystemStorage as storage } from '../../../engine/checkpoint/file-system-storage.ts'
import type { CheckpointManifest } from '../../../engine/checkpoint/checkpoint-manifest.ts'

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'flinkts-storage-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

const chunks = (...texts: string[]): Uint8Array[] => texts.map((text) => new TextEncoder().encode(text))

async function writeCheckpoint(id: number): Promise<string> {
  const location = storage.checkpointLocation(folder, id)
  const state = await storage.writeState(location, 'v-0.state', [
    { operatorId: 'a', chunks: chunks('first', ' second') },
    { operatorId: 'b', chunks: chunks(`of ${id}`) },
  ])
  const manifest: CheckpointManifest = {
    formatVersion: 1,
    checkpointId: id,
    type: 'checkpoint',
    jobId: 'j',
    jobName: 'job',
    triggeredAt: 1,
    completedAt: 2,
    stateSizeBytes: 16,
    operators: ['a', 'b'].map((operatorId) => {
      const { file, offset, length, crc32 } = state[operatorId]!
      return {
        operatorId,
        name: operatorId,
        parallelism: 1,
        maxParallelism: 128,
        state: [{ subtaskIndex: 0, file, offset, length, crc32 }],
      }
    }),
  }
  await storage.writeManifest(location, manifest)
  return location
}

describe('a checkpoint that is disposed of', () => {
  it('goes with its folder, damaged ones too', async () => {
    const [whole, damaged] = [await writeCheckpoint(1), await writeCheckpoint(2)]
    await writeFile(join(damaged, '_metadata'), '{ torn')
    expect(await storage.dispose(`${whole}/`)).toEqual([])
    expect(await storage.dispose(damaged)).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  it.skipIf(process.platform === 'win32')(
    'leaves what is not of it: other files, folders and links, and what these point to',
    async () => {
      const location = await writeCheckpoint(1)
      const elsewhere = join(folder, 'elsewhere')
      await mkdir(elsewhere)
      await writeFile(join(elsewhere, 'precious.state'), 'mine')
      await writeFile(join(location, 'notes.txt'), 'mine')
      await mkdir(join(location, 'folder.state'))
      await symlink(join(elsewhere, 'precious.state'), join(location, 'link.state'))
      await symlink(elsewhere, join(location, 'linked'))
      const left = ['folder.state', 'link.state', 'linked', 'notes.txt']
      expect(await storage.dispose(location)).toEqual(left)
      expect((await readdir(location)).sort()).toEqual(left)
      expect(await readdir(elsewhere)).toEqual(['precious.state'])
      await expect(storage.dispose(location)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    },
  )

  it.skipIf(process.platform === 'win32').each(['', '/'])(
    'is not reached through a symbolic link%s, nor by one in place of its manifest',
    async (slash) => {
      const location = await writeCheckpoint(1)
      await symlink(location, join(folder, 'link'))
      await mkdir(join(folder, 'other'))
      await writeFile(join(folder, 'other', 'v.state'), 'mine')
      await symlink(join(location, '_metadata'), join(folder, 'other', '_metadata'))
      const refused = { code: 'OPTION_INVALID' }
      await expect(storage.dispose(join(folder, 'link') + slash)).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('it is a symbolic link') as string,
      })
      for (const path of ['other', 'nowhere', '.', 'other/v.state'])
        await expect(storage.dispose(join(folder, path))).rejects.toMatchObject({
          ...refused,
          message: expect.stringContaining('it has no file _metadata') as string,
        })
      expect(await storage.read(location)).toMatchObject({ kind: 'complete' })
      expect((await readdir(join(folder, 'other'))).sort()).toEqual(['_metadata', 'v.state'])
    },
  )
})

describe('checkpoints in a folder', () => {
  it('are read back part by part', async () => {
    const location = await writeCheckpoint(3)
    const stored = await storage.read(location)
    if (stored.kind === 'corrupt') throw new Error(stored.reason)
    const parts = stored.manifest.operators.map(({ state }) => storage.readState({ ...state[0]!, location }))
    expect((await Promise.all(parts)).map((bytes) => new TextDecoder().decode(bytes))).toEqual(['first second', 'of 3'])
    expect((await readdir(location)).sort()).toEqual(['_metadata', 'v-0.state'])
  })

  it('are listed newest first, unfinished ones not at all', async () => {
    for (const id of [2, 10, 9]) await writeCheckpoint(id)
    await mkdir(join(folder, 'chk-11'))
    await writeFile(join(folder, 'chk-11', 'v-0.state'), 'half')
    const ids = (await storage.list(folder)).map(({ location }) => location.split('-').at(-1))
    expect(ids).toEqual(['10', '9', '2'])
    await storage.removeUnfinished(folder)
    expect((await readdir(folder)).sort()).toEqual(['chk-10', 'chk-2', 'chk-9'])
    await storage.discard(join(folder, 'chk-9'))
    expect((await readdir(folder)).sort()).toEqual(['chk-10', 'chk-2'])
  })

  it.each<[string, (location: string) => Promise<void>, RegExp]>([
    ['a torn manifest', (location) => truncate(join(location, '_metadata'), 40), /manifest is torn/],
    ['a missing state file', (location) => rm(join(location, 'v-0.state')), /v-0.state cannot be read/],
    ['a cut state file', (location) => truncate(join(location, 'v-0.state'), 14), /v-0.state is cut off/],
    [
      'a flipped byte',
      async (location) => {
        const bytes = await readFile(join(location, 'v-0.state'))
        bytes[3]! ^= 1
        await writeFile(join(location, 'v-0.state'), bytes)
      },
      /does not match its checksum/,
    ],
    [
      'an edited manifest',
      async (location) => {
        const text = await readFile(join(location, '_metadata'), 'utf8')
        await writeFile(join(location, '_metadata'), text.replace('"jobName":"job"', '"jobName":"jab"'))
      },
      /manifest does not match its checksum/,
    ],
    [
      'another format version',
      async (location) => {
        const text = await readFile(join(location, '_metadata'), 'utf8')
        await writeFile(join(location, '_metadata'), text.replace('"formatVersion":1', '"formatVersion":9'))
      },
      /format version 9, this release reads 1/,
    ],
  ])('notice %s', async (_, damage, reason) => {
    const location = await writeCheckpoint(1)
    await damage(location)
    expect(await storage.read(location)).toMatchObject({
      kind: 'corrupt',
      checkpointId: 1,
      reason: expect.stringMatching(reason) as string,
    })
  })
})
