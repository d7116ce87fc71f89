// UpdateFeatures (KIP-584): the features' levels are those of this broker; none is raised or lowered.
import type { UpdateFeaturesRequestFeatureUpdateKey } from '../../protocol/schemas.ts'
import { errorCode, type Handler } from '../broker-services.ts'
import { advertisedFeatures } from '../features.ts'

export const updateFeatures: Handler<'UpdateFeatures'> = (_services, request, { version }) => {
  const wrong = request.featureUpdates.map(refusalOf).find((message) => message !== undefined)
  if (wrong !== undefined)
    return { throttleTimeMs: 0, errorCode: errorCode('INVALID_UPDATE_VERSION'), errorMessage: wrong }
  // From version 2 on there is one result for all.
  const each = request.featureUpdates.map(({ feature }) => ({ feature, errorCode: 0, errorMessage: null }))
  return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, ...(version < 2 ? { results: each } : {}) }
}

function refusalOf(update: UpdateFeaturesRequestFeatureUpdateKey): string | undefined {
  const { feature, maxVersionLevel, upgradeType } = update
  if (upgradeType < 1 || upgradeType > 3) return `Unknown upgrade type ${upgradeType} for feature ${feature}.`
  const level = advertisedFeatures.finalizedFeatures.find(({ name }) => name === feature)?.maxVersionLevel
  if (level === maxVersionLevel) return undefined
  const reason = level === undefined ? 'this broker does not know it' : `this broker supports its version ${level} only`
  return `Invalid update version ${maxVersionLevel} for feature ${feature}: ${reason}.`
}
