// DescribeAcls, CreateAcls, DeleteAcls: there is no authorizer, so there are no ACLs.
import { errorCode, type Handler } from '../broker-services.ts'

const disabled = { errorCode: errorCode('SECURITY_DISABLED'), errorMessage: 'No Authorizer is configured.' }

export const describeAcls: Handler<'DescribeAcls'> = () => ({ throttleTimeMs: 0, ...disabled, resources: [] })

export const createAcls: Handler<'CreateAcls'> = (_services, request) => ({
  throttleTimeMs: 0,
  results: request.creations.map(() => disabled),
})

export const deleteAcls: Handler<'DeleteAcls'> = (_services, request) => ({
  throttleTimeMs: 0,
  filterResults: request.filters.map(() => ({ ...disabled, matchingAcls: [] })),
})
