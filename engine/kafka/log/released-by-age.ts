// Bounds how many resources (open files, loaded indexes) are held at once: the least recently used ones are released.

export interface Releasable {
  /** In use right now: must not be released. */
  readonly busy: boolean
  /** Gives the resource back; its owner takes it again when it needs it. */
  release(): void
}

export class ReleasedByAge {
  private readonly held = new Set<Releasable>()
  private readonly heldMax: number

  constructor(heldMax: number) {
    this.heldMax = heldMax
  }

  /** `resource` is held and was used just now. */
  touch(resource: Releasable): void {
    this.held.delete(resource)
    this.held.add(resource)
    if (this.held.size > this.heldMax) this.releaseOldestBut(resource)
  }

  forget(resource: Releasable): void {
    this.held.delete(resource)
  }

  /** What was taken just now is about to be used, however busy all others are. */
  private releaseOldestBut(used: Releasable): void {
    for (const resource of this.held) {
      if (this.held.size <= this.heldMax) return
      if (resource.busy || resource === used) continue
      this.held.delete(resource)
      resource.release()
    }
  }
}
