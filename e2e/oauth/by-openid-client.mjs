import { importJWK } from 'jose';
import * as openid from 'openid-client';

export const name = 'openid-client';

async function authentication({ method, secret, jwk }) {
  switch (method) {
    case 'client_secret_basic':
      return openid.ClientSecretBasic(secret);
    case 'client_secret_post':
      return openid.ClientSecretPost(secret);
    default:
      return openid.PrivateKeyJwt({ key: await importJWK(jwk, jwk.alg), kid: jwk.kid });
  }
}

// connect discovers the server and becomes its client.
export async function connect(issuer, client) {
  const config = await openid.discovery(new URL(issuer), client.id, {}, await authentication(client), {
    algorithm: 'oauth2', execute: [openid.allowInsecureRequests],
  });
  return {
    grant: (scope) => openid.clientCredentialsGrant(config, scope === undefined ? {} : { scope }),
    introspect: (token) => openid.tokenIntrospection(config, token),
    revoke: (token) => openid.tokenRevocation(config, token),
  };
}
