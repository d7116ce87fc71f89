// The contract of where checkpoints are kept.
//
// Subtasks write their state under the checkpoint's location, one file each, and get handles to its parts; the
// coordinator then writes the manifest that names all of them. A checkpoint exists exactly when its manifest does: the
// manifest is written last, to a temporary name, made durable and renamed. Whatever is read back is verified by length
// and checksum; what does not fit throws CHECKPOINT_CORRUPT.
import type { CheckpointManifest } from './checkpoint-manifest.ts'

/** State of one operator as one former subtask wrote it: bytes `offset` … `offset + length` of a file. */
export interface StateHandle {
  /** Relative to the checkpoint's location, so that a checkpoint can be moved. */
  readonly file: string
  /** The checkpoint's location when the handle is used; not part of the manifest. */
  readonly location: string
  readonly offset: number
  readonly length: number
  readonly crc32: number
}

/** The state of one operator of a subtask: encoded piece by piece while processing goes on. */
export interface StateSection {
  readonly operatorId: string
  readonly chunks: Iterable<Uint8Array>
}

/** For subtasks. */
export interface StateStorage {
  /** Durable when it resolves. Gives the turn back to the event loop between chunks. */
  writeState(location: string, file: string, sections: readonly StateSection[]): Promise<Record<string, StateHandle>>
  readState(handle: StateHandle): Promise<Uint8Array>
}

/** What `list` found: a checkpoint, or why a folder is none. */
export type StoredCheckpoint =
  | { readonly kind: 'complete'; readonly location: string; readonly manifest: CheckpointManifest }
  | { readonly kind: 'corrupt'; readonly location: string; readonly checkpointId: number; readonly reason: string }

/** For the coordinator; paths are locations. */
export interface CheckpointStorage extends StateStorage {
  /** The location of a job's checkpoint (`…/<jobId>/chk-<id>`). */
  checkpointLocation(jobFolder: string, checkpointId: number): string
  writeManifest(location: string, manifest: CheckpointManifest): Promise<void>
  /** Reads and verifies manifest and all files it names. */
  read(location: string): Promise<StoredCheckpoint>
  /** All checkpoints of a job, newest first. Unfinished ones (no manifest) are not listed. */
  list(jobFolder: string): Promise<readonly StoredCheckpoint[]>
  /** Removes what crashes left: folders of a job's checkpoints that never got a manifest. Call while no job runs there. */
  removeUnfinished(jobFolder: string): Promise<void>
  /** Removes a checkpoint with its files, the manifest first. */
  discard(location: string): Promise<void>
  /**
   * As `discard`, for a location that a user names: what is not of the checkpoint stays, with the folder, and is named in
   * the answer (sorted). Throws OPTION_INVALID where there is no manifest or the location is a symbolic link. Damaged ones go too.
   */
  dispose(location: string): Promise<readonly string[]>
  /** Removes all checkpoints of a run. */
  discardAll(jobFolder: string): Promise<void>
}
