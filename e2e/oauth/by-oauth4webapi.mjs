import assert from 'node:assert/strict';
import { importJWK } from 'jose';
import * as oauth from 'oauth4webapi';

export const name = 'oauth4webapi';

const options = { [oauth.allowInsecureRequests]: true };

async function authentication({ method, secret, jwk }) {
  switch (method) {
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(secret);
    case 'client_secret_post':
      return oauth.ClientSecretPost(secret);
    default:
      return oauth.PrivateKeyJwt({ key: await importJWK(jwk, jwk.alg), kid: jwk.kid });
  }
}

// connect discovers the server and becomes its client. Each token it gets it
// checks as a resource server does, by the keys that the server shows (RFC 9068
// §4).
export async function connect(issuer, { id, ...credentials }) {
  const url = new URL(issuer);
  const found = await oauth.discoveryRequest(url, { ...options, algorithm: 'oauth2' });
  const server = await oauth.processDiscoveryResponse(url, found);
  assert.ok(server.token_endpoint_auth_methods_supported.includes(credentials.method));
  const client = { client_id: id };
  const proof = await authentication(credentials);
  return {
    async grant(scope) {
      const parameters = new URLSearchParams(scope === undefined ? {} : { scope });
      const response = await oauth.clientCredentialsGrantRequest(server, client, proof, parameters, options);
      const granted = await oauth.processClientCredentialsResponse(server, client, response);
      const request = new Request(`${issuer}/graphql`, { headers: { authorization: `Bearer ${granted.access_token}` } });
      const claims = await oauth.validateJwtAccessToken(server, request, `${issuer}/graphql`, { ...options, signingAlgorithms: ['ES256'] });
      assert.equal(claims.client_id, id);
      return granted;
    },
    async introspect(token) {
      const response = await oauth.introspectionRequest(server, client, proof, token, options);
      return oauth.processIntrospectionResponse(server, client, response);
    },
    async revoke(token) {
      await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, proof, token, options));
    },
  };
}
