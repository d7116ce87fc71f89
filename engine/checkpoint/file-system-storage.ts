// Checkpoints in a folder: `<job folder>/chk-<id>/` with one file per subtask and the manifest `_metadata`.
// Flink's layout and names (FsCheckpointStorageAccess); the contents are our own.
import { lstat, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import { FlinktsError } from '../common/errors.ts'
import { CHECKPOINT_FORMAT_VERSION, type CheckpointManifest } from './checkpoint-manifest.ts'
import type { CheckpointStorage, StateHandle, StateSection, StoredCheckpoint } from './checkpoint-storage.ts'

const MANIFEST_FILE = '_metadata'
const CHECKPOINT_FOLDER = /^chk-(\d+)$/
const OWN_FILE = /^_metadata(\.tmp)?$|\.state$/

interface ManifestFile {
  /** Of JSON.stringify(manifest). */
  readonly crc32: number
  readonly manifest: CheckpointManifest
}

function corrupt(location: string, reason: string, cause?: unknown): FlinktsError {
  return new FlinktsError('CHECKPOINT_CORRUPT', `checkpoint ${location} cannot be used: ${reason}`, {
    fix: 'Restore from an earlier checkpoint with --restore, or begin anew with --fresh.',
    cause,
  })
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeState(
  location: string,
  file: string,
  sections: readonly StateSection[],
): Promise<Record<string, StateHandle>> {
  await mkdir(location, { recursive: true })
  const handles: Record<string, StateHandle> = {}
  const target = await open(join(location, file), 'w')
  try {
    let offset = 0
    for (const { operatorId, chunks } of sections) {
      let [length, checksum] = [0, 0]
      for (const chunk of chunks) {
        await target.writeFile(chunk)
        checksum = crc32(chunk, checksum)
        length += chunk.byteLength
      }
      handles[operatorId] = { file, location, offset, length, crc32: checksum }
      offset += length
    }
    await target.sync()
  } finally {
    await target.close()
  }
  return handles
}

async function readState(handle: StateHandle): Promise<Uint8Array> {
  const bytes = Buffer.alloc(handle.length)
  const path = join(handle.location, handle.file)
  try {
    const source = await open(path, 'r')
    try {
      const { bytesRead } = await source.read(bytes, 0, handle.length, handle.offset)
      if (bytesRead < handle.length) throw corrupt(handle.location, `${handle.file} is cut off`)
    } finally {
      await source.close()
    }
  } catch (cause) {
    if (cause instanceof FlinktsError) throw cause
    throw corrupt(handle.location, `${handle.file} cannot be read`, cause)
  }
  if (crc32(bytes) !== handle.crc32) throw corrupt(handle.location, `${handle.file} does not match its checksum`)
  return bytes
}

async function writeManifest(location: string, manifest: CheckpointManifest): Promise<void> {
  await mkdir(location, { recursive: true })
  const content: ManifestFile = { crc32: crc32(JSON.stringify(manifest)), manifest }
  const temporary = join(location, `${MANIFEST_FILE}.tmp`)
  const target = await open(temporary, 'w')
  try {
    await target.writeFile(JSON.stringify(content))
    await target.sync()
  } finally {
    await target.close()
  }
  await rename(temporary, join(location, MANIFEST_FILE))
  await syncFolder(location)
}

async function readManifest(location: string): Promise<CheckpointManifest> {
  let text: string
  try {
    text = await readFile(join(location, MANIFEST_FILE), 'utf8')
  } catch (cause) {
    throw corrupt(location, 'its manifest cannot be read', cause)
  }
  let content: ManifestFile
  try {
    content = JSON.parse(text) as ManifestFile
  } catch (cause) {
    throw corrupt(location, 'its manifest is torn', cause)
  }
  const version: unknown = content.manifest?.formatVersion
  if (version !== CHECKPOINT_FORMAT_VERSION) {
    throw corrupt(location, `it has format version ${String(version)}, this release reads ${CHECKPOINT_FORMAT_VERSION}`)
  }
  if (content.crc32 !== crc32(JSON.stringify(content.manifest))) {
    throw corrupt(location, 'its manifest does not match its checksum')
  }
  return content.manifest
}

function idOf(location: string): number {
  return Number(CHECKPOINT_FOLDER.exec(location.split(/[\\/]/).at(-1)!)?.[1] ?? -1)
}

async function read(location: string): Promise<StoredCheckpoint> {
  try {
    const manifest = await readManifest(location)
    for (const operator of manifest.operators) {
      for (const part of operator.state) await readState({ ...part, location })
    }
    return { kind: 'complete', location, manifest }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { kind: 'corrupt', location, checkpointId: idOf(location), reason }
  }
}

/** As `read`, but looks only whether the files are there and long enough: for lists, where nothing is restored. */
async function glance(location: string): Promise<StoredCheckpoint> {
  try {
    const manifest = await readManifest(location)
    for (const { file, offset, length } of manifest.operators.flatMap(({ state }) => state)) {
      const found = await stat(join(location, file)).catch(() => undefined)
      if (found === undefined) throw corrupt(location, `${file} cannot be read`)
      if (found.size < offset + length) throw corrupt(location, `${file} is cut off`)
    }
    return { kind: 'complete', location, manifest }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { kind: 'corrupt', location, checkpointId: idOf(location), reason }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function list(jobFolder: string, look: typeof read = read): Promise<readonly StoredCheckpoint[]> {
  const names = await readdir(jobFolder).catch(() => [])
  const folders = names.filter((name) => CHECKPOINT_FOLDER.test(name)).sort((left, right) => idOf(right) - idOf(left))
  const found: StoredCheckpoint[] = []
  for (const name of folders) {
    const location = join(jobFolder, name)
    if (await exists(join(location, MANIFEST_FILE))) found.push(await look(location))
  }
  return found
}

async function removeUnfinished(jobFolder: string): Promise<void> {
  const names = await readdir(jobFolder).catch(() => [])
  for (const name of names.filter((candidate) => CHECKPOINT_FOLDER.test(candidate))) {
    const location = join(jobFolder, name)
    if (!(await exists(join(location, MANIFEST_FILE)))) await discard(location)
  }
}

async function discard(location: string): Promise<void> {
  await rm(join(location, MANIFEST_FILE), { force: true })
  await rm(location, { recursive: true, force: true })
}

async function dispose(location: string): Promise<readonly string[]> {
  const folder = resolve(location) // with a slash at its end a link would be followed
  const found = await lstat(folder).catch(() => undefined)
  const entries = found?.isDirectory() === true ? await readdir(folder, { withFileTypes: true }) : []
  const own = entries.filter((entry) => entry.isFile() && OWN_FILE.test(entry.name)).map(({ name }) => name)
  if (!own.includes(MANIFEST_FILE)) {
    const reason = found?.isSymbolicLink() === true ? 'it is a symbolic link' : `it has no file ${MANIFEST_FILE}`
    throw new FlinktsError('OPTION_INVALID', `${location} is no folder of a checkpoint or savepoint: ${reason}`, {
      fix: 'Name the folder itself, as `flinkts savepoints list` shows it.',
    })
  }
  for (const name of [MANIFEST_FILE, ...own]) await rm(join(folder, name), { force: true })
  const left = entries.map(({ name }) => name).filter((name) => !own.includes(name))
  if (left.length === 0) await rmdir(folder)
  return left.sort()
}

async function discardAll(jobFolder: string): Promise<void> {
  const names = await readdir(jobFolder).catch(() => [])
  for (const name of names.filter((candidate) => CHECKPOINT_FOLDER.test(candidate)))
    await discard(join(jobFolder, name))
  await rmdir(jobFolder).catch(() => undefined) // another file in it is not ours to remove
}

export const fileSystemStorage: CheckpointStorage = {
  checkpointLocation: (jobFolder, checkpointId) => join(jobFolder, `chk-${checkpointId}`),
  writeState,
  readState,
  writeManifest,
  read,
  list: (jobFolder) => list(jobFolder),
  removeUnfinished,
  discard,
  dispose,
  discardAll,
}

/** For lists: what is there, without reading it all. */
export const checkpointIndex: Pick<CheckpointStorage, 'list' | 'read'> = {
  read: glance,
  list: (jobFolder) => list(jobFolder, glance),
}
