// Features of the cluster (KIP-584) that clients look at before they use something newer. Finalized from the beginning and
// for good: a node of its own has nothing to upgrade.

interface Feature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** Undefined: known, but turned off. */
  readonly level?: number
}

const features: readonly Feature[] = [
  // Only the node's own version, for those who show it.
  { name: 'metadata.version', minVersion: 7, maxVersion: 27, level: 27 },
  { name: 'kraft.version', minVersion: 0, maxVersion: 1 },
  { name: 'eligible.leader.replicas.version', minVersion: 0, maxVersion: 1, level: 1 },
  // Share groups (KIP-932).
  { name: 'share.version', minVersion: 0, maxVersion: 1 },
  // 1: groups of the new consumer protocol (KIP-848).
  { name: 'group.version', minVersion: 0, maxVersion: 1, level: 1 },
  // 2: transactions of KIP-890's second part.
  { name: 'transaction.version', minVersion: 0, maxVersion: 2, level: 2 },
]

/** ApiVersions before this has no word for a feature that may be off: it is left out. */
const levelZeroKnownFrom = 4

/** The features as ApiVersions tells them. */
export const advertisedFeatures = {
  supportedFeatures: features.map(({ name, minVersion, maxVersion }) => ({ name, minVersion, maxVersion })),
  finalizedFeaturesEpoch: 1n,
  finalizedFeatures: features.flatMap(({ name, level }) =>
    level === undefined ? [] : [{ name, minVersionLevel: level, maxVersionLevel: level }],
  ),
}

/** As `advertisedFeatures`, in the words of that version of ApiVersions. */
export function featuresForVersion(version: number): typeof advertisedFeatures {
  if (version >= levelZeroKnownFrom) return advertisedFeatures
  const supportedFeatures = advertisedFeatures.supportedFeatures.filter(({ minVersion }) => minVersion > 0)
  return { ...advertisedFeatures, supportedFeatures }
}
