// Which topic names are possible (org.apache.kafka.common.internals.Topic).

const nameLengthMax = 249

export function isValidTopicName(name: string): boolean {
  return name.length <= nameLengthMax && name !== '.' && name !== '..' && /^[a-zA-Z0-9._-]+$/.test(name)
}

/** Metrics spell '.' and '_' alike, so two names that differ only there collide. */
export function collisionName(name: string): string {
  return name.replaceAll('.', '_')
}
