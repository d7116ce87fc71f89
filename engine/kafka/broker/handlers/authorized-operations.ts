// Without an authorizer everybody may do everything: the operations that exist per kind of resource, as bits
// (AclOperation's codes).

const bits = (...codes: number[]): number => codes.reduce((sum, code) => sum | (1 << code), 0)

const [read, write, create, remove, alter, describe] = [3, 4, 5, 6, 7, 8] as const
const [clusterAction, describeConfigs, alterConfigs, idempotentWrite] = [9, 10, 11, 12] as const

export const clusterOperations = bits(
  create,
  alter,
  describe,
  clusterAction,
  describeConfigs,
  alterConfigs,
  idempotentWrite,
)
export const topicOperations = bits(read, write, create, remove, alter, describe, describeConfigs, alterConfigs)
export const groupOperations = bits(read, remove, describe, describeConfigs, alterConfigs)

/** Stands for "not asked". */
export const operationsUnknown = -2147483648
