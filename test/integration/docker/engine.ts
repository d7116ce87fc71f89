// The engine that DOCKER_HOST names, seen past flinkts: what is in it, what flinkts never made, and a registry of one image.
import { execFileSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  createReadStream,
  createWriteStream,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'
import Docker from 'dockerode'

/** Set by .ci/run, which brings an engine with both images. */
export const hasEngine = process.env['TEST_DOCKER'] === '1'

export const engineSocket = (process.env['DOCKER_HOST'] ?? '').replace('unix://', '')
export const docker = new Docker({ socketPath: engineSocket })

export interface EngineContents {
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
}

/** Everything that could be left behind, by name. */
export async function engineContents(): Promise<EngineContents> {
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ])
  return {
    containers: containers.map(({ Names }) => Names[0]!).sort(),
    networks: networks.map(({ Name }) => Name).sort(),
    volumes: volumes.map(({ Name }) => Name).sort(),
  }
}

export interface TestRegistry {
  /** `127.0.0.1:43210` */
  readonly host: string
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[]
  stop(): Promise<void>
}

interface Blob {
  readonly digest: string
  readonly size: number
  readonly path: string
}

function blobOf(path: string): Blob {
  const hash = createHash('sha256')
  hash.update(readFileSync(path))
  return { digest: `sha256:${hash.digest('hex')}`, size: statSync(path).size, path }
}

const MEDIA = 'application/vnd.docker'

/** An image registry on the loopback interface. Without an image it has none; `image` is taken from the engine. */
export async function startRegistry(image?: string): Promise<TestRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'flinkts-registry-'))
  const blobs = image === undefined ? undefined : await blobsOf(image, folder)
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${MEDIA}.distribution.manifest.v2+json`,
    config: { mediaType: `${MEDIA}.container.image.v1+json`, size: blobs?.config.size, digest: blobs?.config.digest },
    layers: blobs?.layers.map(({ size, digest }) => ({
      mediaType: `${MEDIA}.image.rootfs.diff.tar.gzip`,
      size,
      digest,
    })),
  })
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = request.url!
    requests.push(path)
    if (path === '/v2/') return response.writeHead(200).end()
    if (blobs !== undefined && path.includes('/manifests/')) {
      const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`
      response.writeHead(200, {
        'content-type': `${MEDIA}.distribution.manifest.v2+json`,
        'content-length': Buffer.byteLength(manifest),
        'docker-content-digest': digest,
      })
      return response.end(request.method === 'HEAD' ? undefined : manifest)
    }
    const blob = [blobs?.config, ...(blobs?.layers ?? [])].find(
      (each) => each !== undefined && path.endsWith(each.digest),
    )
    if (blob !== undefined) {
      response.writeHead(200, { 'content-length': blob.size })
      return createReadStream(blob.path).pipe(response)
    }
    response.writeHead(404, { 'content-type': 'application/json' })
    return response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A part of a gzip file that holds nothing and is another each time: an engine that knows the layer by its digest skips it. */
function emptyMember(): Buffer {
  const member = gzipSync(Buffer.alloc(0))
  randomFillSync(member, 4, 4) // the time in its header
  return member
}

async function blobsOf(image: string, folder: string): Promise<{ config: Blob; layers: Blob[] }> {
  const archive = join(folder, 'image.tar')
  await pipeline(await docker.getImage(image).get(), createWriteStream(archive))
  execFileSync('tar', ['-xf', archive, '-C', folder])
  const [{ Config, Layers }] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as [
    { Config: string; Layers: string[] },
  ]
  const layers: Blob[] = []
  for (const name of Layers) {
    const path = join(folder, `${name}.gz`)
    await pipeline(createReadStream(join(folder, name)), createGzip({ level: 1 }), createWriteStream(path))
    appendFileSync(path, emptyMember())
    layers.push(blobOf(path))
  }
  // another image than the one that the engine has: else it would ask for no layer
  const config = JSON.parse(readFileSync(join(folder, Config), 'utf8')) as object
  writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...config, created: new Date().toISOString() }))
  return { config: blobOf(join(folder, 'other.json')), layers }
}
