// `meta.properties` of the data folder: whose data this is. Kafka's file and names.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FlinktsError } from '../../common/errors.ts'

export interface MetaProperties {
  readonly clusterId: string
  readonly nodeId: number
}

/** Written at the first start, then only read: the cluster id never changes. */
export function readOrCreateMetaProperties(directory: string, nodeId: number, newUuid: () => string): MetaProperties {
  const path = join(directory, 'meta.properties')
  if (!existsSync(path)) {
    const clusterId = newUuid()
    writeFileSync(`${path}.tmp`, `version=1\nnode.id=${nodeId}\ncluster.id=${clusterId}\n`)
    renameSync(`${path}.tmp`, path)
    return { clusterId, nodeId }
  }
  const text = readFileSync(path, 'utf8')
  const clusterId = /^cluster\.id=(.+)$/m.exec(text)?.[1]
  if (clusterId === undefined || !/^version=1$/m.test(text))
    throw new FlinktsError('KAFKA_STORAGE', `${path} is not the work of this broker`, {
      fix: 'Choose a data folder that this broker made, or an empty one.',
    })
  return { clusterId, nodeId: Number(/^node\.id=(\d+)$/m.exec(text)?.[1] ?? nodeId) }
}
