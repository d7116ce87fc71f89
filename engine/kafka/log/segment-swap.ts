// Puts a cleaned segment in the place of those it was made from, so that a process may die at any step. The steps are
// Kafka's, told apart by the names of the files:
//
//   1  000….log.cleaned        being written; worth nothing yet
//   2  000….log.swap           whole and on disk: from here on it counts, and not what it replaces
//   3  000….log.deleted …      the replaced ones go out of use
//   4  000….log                has its own name
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { deletedFileSuffix } from './deleted-files.ts'
import { Segment, type LogResources } from './segment.ts'

export const cleanedSuffix = '.cleaned'
const swapSuffix = '.swap'
const temporarySuffixes = [cleanedSuffix, deletedFileSuffix, '.tmp']

/** Steps 2 to 4. `cleaned` is on disk; the files of `old` are removed at `dueMs`. */
export function swapIn(old: readonly Segment[], cleaned: Segment, dueMs: number): void {
  cleaned.rename(swapSuffix)
  for (const segment of old) segment.retire(dueMs)
  cleaned.rename('')
}

/** Before a log is opened: brings a swap to its end that was cut short, and removes what is worth nothing. */
export function completeSwaps(directory: string, resources: LogResources): void {
  const names = readdirSync(directory)
  for (const name of names)
    if (temporarySuffixes.some((suffix) => name.endsWith(suffix))) rmSync(join(directory, name), { force: true })
  for (const name of names) if (name.endsWith(`.log${swapSuffix}`)) completeSwap(directory, name, resources)
  // Indexes are made again from the log.
  for (const name of names) if (name.endsWith(`index${swapSuffix}`)) rmSync(join(directory, name), { force: true })
}

function completeSwap(directory: string, name: string, resources: LogResources): void {
  const baseOffset = Number.parseInt(name, 10)
  const segment = new Segment(directory, baseOffset, 0, resources, swapSuffix)
  const nextOffset = Math.max(segment.readNextOffset(), baseOffset + 1)
  segment.abandon()
  for (const file of readdirSync(directory)) {
    const replaced = /^(\d{20})\.(log|index|timeindex)$/.exec(file)
    if (replaced === null) continue
    const offset = Number(replaced[1])
    if (offset >= baseOffset && offset < nextOffset) rmSync(join(directory, file))
  }
  renameSync(join(directory, name), join(directory, name.slice(0, -swapSuffix.length)))
}

/** Names of files are on disk when their folder is. */
export async function syncDirectory(directory: string): Promise<void> {
  // Windows opens no folders; its file system keeps the order of renames by itself.
  if (process.platform === 'win32' || !existsSync(directory)) return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
