// Where the REST API finds log files. This room knows no files: whoever starts the server hands them in.

export interface LogFile {
  /** Without folders; unique. */
  readonly name: string
  readonly sizeBytes: number
  /** ms since 1970. */
  readonly modifiedAt: number
}

export interface LogProvider {
  /** The one of the JobManager itself; undefined where it has none. */
  readonly jobManagerLog: string | undefined
  list(): Promise<readonly LogFile[]>
  /** `name`: one of `list`. Undefined where it is gone. */
  read(name: string): Promise<Uint8Array | undefined>
}

export const noLogs: LogProvider = {
  jobManagerLog: undefined,
  list: () => Promise.resolve([]),
  read: () => Promise.resolve(undefined),
}
