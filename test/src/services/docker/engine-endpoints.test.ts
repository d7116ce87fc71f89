import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  engineEndpoints,
  isLocal,
  parseEngineAddress,
  type DiscoveryInput,
} from '../../../../src/services/docker/engine-endpoints.ts'

const machine = (
  environment: DiscoveryInput['environment'] = {},
  files: Readonly<Record<string, string>> = {},
  platform: NodeJS.Platform = 'linux',
): DiscoveryInput => ({
  environment,
  homeFolder: '/home/ada',
  platform,
  userId: platform === 'win32' ? undefined : 1000,
  readFile: (path) => files[path],
})

const contextId = (name: string): string => createHash('sha256').update(name).digest('hex')
const texts = (input: DiscoveryInput): string[] => engineEndpoints(input).endpoints.map(({ text }) => text)

describe('DOCKER_HOST', () => {
  it('is taken at its word: nothing else is looked at', () => {
    const found = engineEndpoints(machine({ DOCKER_HOST: 'unix:///tmp/engine.sock', DOCKER_CONTEXT: 'colima' }))
    expect(found).toEqual({
      isChosen: true,
      endpoints: [
        {
          address: { kind: 'socket', path: '/tmp/engine.sock' },
          text: 'unix:///tmp/engine.sock',
          origin: 'DOCKER_HOST',
        },
      ],
    })
  })

  it('over TLS takes the certificates of DOCKER_CERT_PATH', () => {
    const files = { '/certs/ca.pem': 'CA', '/certs/cert.pem': 'CERT', '/certs/key.pem': 'KEY' }
    const environment = { DOCKER_HOST: 'tcp://127.0.0.1', DOCKER_CERT_PATH: '/certs', DOCKER_TLS_VERIFY: '1' }
    expect(engineEndpoints(machine(environment, files)).endpoints[0]!.address).toEqual({
      kind: 'tcp',
      host: '127.0.0.1',
      port: 2376,
      tls: { ca: 'CA', certificate: 'CERT', key: 'KEY', verifies: true },
    })
  })

  it('set and empty is as if it were not there', () => {
    expect(engineEndpoints(machine({ DOCKER_HOST: '' })).isChosen).toBe(false)
  })
})

describe('a Docker context', () => {
  const meta = (name: string, host: string): Record<string, string> => ({
    [`/home/ada/.docker/contexts/meta/${contextId(name)}/meta.json`]: JSON.stringify({
      Name: name,
      Endpoints: { docker: { Host: host, SkipTLSVerify: false } },
    }),
  })

  it('is the one that config.json names', () => {
    const files = {
      '/home/ada/.docker/config.json': '{"currentContext":"colima"}',
      ...meta('colima', 'unix:///home/ada/.colima/default/docker.sock'),
    }
    expect(engineEndpoints(machine({}, files))).toMatchObject({
      isChosen: true,
      endpoints: [{ text: 'unix:///home/ada/.colima/default/docker.sock', origin: "the Docker context 'colima'" }],
    })
  })

  it('of DOCKER_CONTEXT goes before that, with the certificates that are kept for it', () => {
    const tls = `/home/ada/.docker/contexts/tls/${contextId('office')}/docker`
    const files = {
      '/home/ada/.docker/config.json': '{"currentContext":"colima"}',
      ...meta('colima', 'unix:///nowhere'),
      ...meta('office', 'tcp://localhost:2376'),
      [`${tls}/ca.pem`]: 'CA',
    }
    const [endpoint] = engineEndpoints(machine({ DOCKER_CONTEXT: 'office' }, files)).endpoints
    expect(endpoint!.address).toMatchObject({ kind: 'tcp', host: 'localhost', tls: { ca: 'CA', verifies: true } })
  })

  it('`default`, one without files, and a torn config.json leave the usual places', () => {
    const of = (config: string): boolean =>
      engineEndpoints(machine({}, { '/home/ada/.docker/config.json': config })).isChosen
    expect([of('{"currentContext":"default"}'), of('{"currentContext":"gone"}'), of('{')]).toEqual([
      false,
      false,
      false,
    ])
  })

  it('is looked for under DOCKER_CONFIG', () => {
    const files = {
      '/etc/d/config.json': '{"currentContext":"x"}',
      [`/etc/d/contexts/meta/${contextId('x')}/meta.json`]: '{"Endpoints":{"docker":{"Host":"unix:///x.sock"}}}',
    }
    expect(texts(machine({ DOCKER_CONFIG: '/etc/d' }, files))).toEqual(['unix:///x.sock'])
  })
})

describe('the usual places', () => {
  it('on Linux: the system socket first, rootless and Podman too', () => {
    const found = texts(machine({ XDG_RUNTIME_DIR: '/run/user/7' }))
    expect(found[0]).toBe('unix:///var/run/docker.sock')
    expect(found).toEqual(
      expect.arrayContaining([
        'unix:///run/user/7/docker.sock',
        'unix:///run/user/7/podman/podman.sock',
        'unix:///run/podman/podman.sock',
        'unix:///home/ada/.docker/desktop/docker.sock',
        'unix:///home/ada/.colima/default/docker.sock',
      ]),
    )
  })

  it('without XDG_RUNTIME_DIR: the folder that systemd gives the user', () => {
    expect(texts(machine())).toContain('unix:///run/user/1000/podman/podman.sock')
  })

  it('on Windows: named pipes', () => {
    const [first] = engineEndpoints(machine({}, {}, 'win32')).endpoints
    expect(first).toMatchObject({
      text: 'npipe:////./pipe/docker_engine',
      address: { kind: 'socket', path: '\\\\.\\pipe\\docker_engine' },
    })
  })
})

describe('addresses', () => {
  it.each([
    ['/run/x.sock', { kind: 'socket', path: '/run/x.sock' }],
    ['npipe:////./pipe/docker_engine', { kind: 'socket', path: '\\\\.\\pipe\\docker_engine' }],
    ['tcp://localhost:2375', { kind: 'tcp', host: 'localhost', port: 2375, tls: undefined }],
    ['tcp://[::1]', { kind: 'tcp', host: '::1', port: 2375, tls: undefined }],
    ['ssh://ada@far', { kind: 'unsupported', scheme: 'ssh' }],
    ['nonsense', { kind: 'unsupported', scheme: 'nonsense' }],
  ])('%s', (text, address) => expect(parseEngineAddress(text, undefined)).toEqual(address))

  it('of another machine are not local', () => {
    const local = ['tcp://localhost', 'tcp://127.0.0.1:1', '/x.sock', 'tcp://10.0.0.7:2375', 'tcp://docker:2375']
    expect(local.map((text) => isLocal(parseEngineAddress(text, undefined)))).toEqual([true, true, true, false, false])
  })
})
