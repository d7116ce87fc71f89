// Files, and folders of deleted partitions, that are out of use: renamed to `….deleted` at once, removed from the disk after
// `file.delete.delay.ms`, as Kafka does. What a killed process leaves behind is removed when the log, or the data folder, is
// opened.
import { renameSync, rmSync } from 'node:fs'

export const deletedFileSuffix = '.deleted'

export class DeletedFiles {
  private pending: { readonly path: string; readonly dueMs: number }[] = []

  /** A file that is missing is passed over. */
  delete(path: string, dueMs: number): void {
    const aside = path + deletedFileSuffix
    try {
      renameSync(path, aside)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    this.deleteLater(aside, dueMs)
  }

  /** What has got another name already; a folder with all that is in it. */
  deleteLater(path: string, dueMs: number): void {
    this.pending.push({ path, dueMs })
  }

  removeDue(nowMs: number): void {
    if (this.pending.length === 0) return
    const due = this.pending.filter(({ dueMs }) => dueMs <= nowMs)
    this.pending = this.pending.filter(({ dueMs }) => dueMs > nowMs)
    for (const { path } of due) rmSync(path, { recursive: true, force: true })
  }
}
