// The closed list of error codes. A code never changes its meaning: scripts and people search for it.
// `user`: the caller can mend it (input, configuration, environment). `system`: a defect or a broken machine.

export const errorCodes = {
  INTERNAL: { kind: 'system', about: 'a defect in flinkts' },
  // sql
  SQL_SYNTAX: { kind: 'user', about: 'the statement does not parse' },
  SQL_VALIDATION: { kind: 'user', about: 'a name, type or clause does not fit' },
  SQL_UNSUPPORTED: { kind: 'user', about: 'valid in Flink SQL, not supported here yet' },
  // graph, options
  OPTION_INVALID: { kind: 'user', about: 'an option is missing, unknown or has a bad value' },
  GRAPH_INVALID: { kind: 'user', about: 'the job graph cannot run' },
  // data
  RECORD_MALFORMED: { kind: 'user', about: 'a record cannot be decoded by its format' },
  EXPRESSION_FAILED: { kind: 'user', about: 'an expression failed for a value (division by zero, failed cast …)' },
  NULL_IN_NOT_NULL: { kind: 'user', about: 'NULL arrived at a column declared NOT NULL' },
  // state
  STATE_BACKEND_UNSUPPORTED: { kind: 'user', about: 'a state backend that is not supported here' },
  STATE_CORRUPT: { kind: 'user', about: 'a snapshot is damaged, cut off or of an unknown format version' },
  STATE_INCOMPATIBLE: { kind: 'user', about: 'stored state does not fit what the job declares' },
  USER_FUNCTION_FAILED: {
    kind: 'user',
    about: 'a function of the job threw or returned something that does not fit its schema',
  },
  // kafka
  KAFKA_UNREACHABLE: { kind: 'user', about: 'no broker answers at the bootstrap addresses' },
  KAFKA_TLS_FAILED: { kind: 'user', about: 'a broker and its client do not agree on TLS, or on its use' },
  KAFKA_LOGIN_FAILED: { kind: 'user', about: 'a broker does not let the client in' },
  KAFKA_TOPIC_MISSING: { kind: 'user', about: 'the topic does not exist' },
  KAFKA_TOPIC_EXISTS: { kind: 'user', about: 'there is a topic of that name already' },
  KAFKA_PROTOCOL: { kind: 'system', about: 'a Kafka message that is malformed or not what was asked for' },
  KAFKA_REFUSED: { kind: 'user', about: 'the broker refused a request' },
  KAFKA_BATCH_CORRUPT: { kind: 'user', about: 'a record batch failed its checksum or cannot be decompressed' },
  KAFKA_OFFSET_OUT_OF_RANGE: { kind: 'user', about: 'the wanted offset is no longer (or not yet) in the topic' },
  KAFKA_OFFSET_NOT_COMMITTED: { kind: 'user', about: 'a consumer group has committed no offset for a partition' },
  KAFKA_UNSUPPORTED: { kind: 'user', about: 'a Kafka feature that is not supported here' },
  KAFKA_STORAGE: { kind: 'user', about: 'the embedded broker cannot write or read its data folder' },
  FOLDER_IN_USE: { kind: 'user', about: 'another process works with the folder' },
  KAFKA_LISTEN_FAILED: { kind: 'user', about: 'the embedded broker cannot listen on the address' },
  // postgres
  POSTGRES_UNREACHABLE: { kind: 'user', about: 'Postgres does not answer or refuses the login' },
  POSTGRES_SCHEMA_MISMATCH: { kind: 'user', about: 'the table or a column is missing or has another type' },
  POSTGRES_QUERY_FAILED: { kind: 'user', about: 'Postgres refused a statement' },
  POSTGRES_WRITE_FAILED: { kind: 'user', about: 'Postgres refused rows' },
  // processes, project, command line
  COMMAND_UNKNOWN: { kind: 'user', about: 'there is no such command' },
  PORT_TAKEN: { kind: 'user', about: 'an asked-for port is in use' },
  SESSION_START_FAILED: { kind: 'system', about: 'the session process did not come up' },
  SESSION_UNREACHABLE: { kind: 'user', about: 'no session answers for this project' },
  STATE_FOLDER_INCOMPATIBLE: { kind: 'user', about: '.flinkts/ was written by a flinkts of another layout' },
  DISK_FULL: { kind: 'user', about: 'the disk or its quota is full' },
  SERVICE_START_FAILED: { kind: 'system', about: 'an embedded service did not come up' },
  SERVICES_PROVIDER_DIFFERS: { kind: 'user', about: 'services of another kind than asked for run already' },
  DOCKER_NOT_FOUND: { kind: 'user', about: 'no container engine answers' },
  DOCKER_PERMISSION: { kind: 'user', about: "the container engine's socket may not be used by this user" },
  DOCKER_REMOTE: { kind: 'user', about: 'the container engine runs on another machine' },
  DOCKER_TOO_OLD: { kind: 'user', about: 'the container engine speaks only an older API' },
  DOCKER_FAILED: { kind: 'user', about: 'the container engine refused or broke off a request' },
  DOCKER_IMAGE_NOT_FOUND: { kind: 'user', about: 'there is no such image, or it may not be pulled' },
  DOCKER_OFFLINE: { kind: 'user', about: 'an image is not here and its registry cannot be reached' },
  DOCKER_VOLUME_DIFFERS: { kind: 'user', about: 'a volume holds data that the image cannot read' },
  DOCKER_CONTAINER_DIED: { kind: 'user', about: 'a container ended while it started' },
  FILE_NOT_FOUND: { kind: 'user', about: 'a file the user named does not exist' },
  FILE_INVALID: { kind: 'user', about: 'a file the user named cannot be read as what it should be' },
  PROJECT_EXISTS: { kind: 'user', about: 'init would write over files' },
  JOB_FAILED: { kind: 'user', about: 'a job ended as FAILED' },
  // runtime: cluster, tasks, checkpoints
  SLOTS_NOT_ENOUGH: { kind: 'user', about: 'the job needs more task slots than the session has' },
  TASK_MANAGER_LOST: { kind: 'system', about: 'the thread of a TaskManager ended' },
  TASK_MANAGER_OUT_OF_MEMORY: { kind: 'user', about: 'a TaskManager used up its heap' },
  TASK_CANCELLATION_TIMEOUT: { kind: 'system', about: 'a subtask did not end after it was cancelled' },
  BUNDLE_INVALID: { kind: 'user', about: 'the file with the job and its user functions cannot be loaded' },
  CHECKPOINT_FAILED: { kind: 'user', about: 'a checkpoint or savepoint could not be completed' },
  CHECKPOINT_CORRUPT: { kind: 'user', about: 'a checkpoint on disk is torn or damaged' },
  CHECKPOINT_INCOMPATIBLE: { kind: 'user', about: 'a checkpoint does not fit the job, its source or its sink' },
  JOB_NOT_FOUND: { kind: 'user', about: 'the session has no such job' },
} as const satisfies Record<string, { kind: 'user' | 'system'; about: string }>

export type ErrorCode = keyof typeof errorCodes
