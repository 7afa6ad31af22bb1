// A real OpenID provider as a process of its own, on loopback: node oidc-provider-process.mjs PORT. Its tokens are issued over its own token endpoint,
// by a grant type that the test speaks (`account`, `groups`, `act`, ... say whose token). `POST /test/rotate` gives it a new signing key.
// Lines on standard output: `ready`.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const port = Number(process.argv[2])
const issuer = `http://127.0.0.1:${port}`
const CLIENT = { client_id: 'test', client_secret: 'test-secret-of-the-test', grant_types: ['urn:test:account', 'client_credentials'], redirect_uris: [], response_types: [], token_endpoint_auth_method: 'client_secret_post' }
const PARAMETERS = ['account', 'groups', 'act', 'amr', 'expires', 'resource', 'name']

let keys = []
let handler = rotate('none')

function rotate(keep) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'RS256', use: 'sig' }
  keys = keep === 'old' ? [key, ...keys] : [key]
  return makeProvider()
}

function makeProvider() {
  const provider = new Provider(issuer, {
    clients: [CLIENT],
    jwks: { keys },
    features: {
      devInteractions: { enabled: false }, clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true, useGrantedResource: () => true, defaultResource: () => 'urn:doorward',
        getResourceServerInfo: (_context, resource) => ({ audience: resource, scope: '', accessTokenFormat: 'jwt', accessTokenTTL: 3600, jwt: { sign: { alg: 'RS256' } } }),
      },
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (context, token) => {
      const { groups, act, amr, name } = context.oidc.params ?? {}
      return {
        ...(groups === undefined ? {} : { groups: JSON.parse(groups) }), ...(act === undefined ? {} : { act: JSON.parse(act) }),
        ...(amr === undefined ? {} : { amr: JSON.parse(amr) }), ...(name === undefined ? {} : { preferred_username: name }), kind: token.kind,
      }
    },
  })
  provider.registerGrantType('urn:test:account', async (context) => {
    const { client, params } = context.oidc
    const token = new provider.AccessToken({ accountId: params.account, client, scope: '' })
    token.resourceServer = new provider.ResourceServer(params.resource ?? 'urn:doorward', { audience: params.resource ?? 'urn:doorward', scope: '', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } })
    if (params.expires !== undefined) token.expiresIn = Number(params.expires)
    context.body = { access_token: await token.save(), token_type: 'Bearer' }
  }, PARAMETERS)
  provider.on('server_error', (_context, error) => { console.error(error) })
  return provider.callback()
}

createServer((request, response) => {
  if (request.method === 'POST' && request.url.startsWith('/test/rotate')) {
    handler = rotate(request.url.endsWith('?keep') ? 'old' : 'none')
    response.end('rotated')
    return
  }
  handler(request, response)
}).listen(port, '127.0.0.1', () => { console.log('ready') })
process.on('disconnect', () => process.exit(0))
