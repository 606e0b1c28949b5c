// Runs oidc-provider, a certified OpenID provider, on a free port of this
// machine, and a relying party, openid-client, by which people sign in to it.
//
// It does what the lines of its standard input say, each "NUMBER JSON", and
// answers each by a line "reply NUMBER JSON" once it is done:
//
//	{"do": "issuer"}                              {"issuer": …}
//	{"do": "signIn", "account": …, "resource": …} {"accessToken": …, "idToken": …}
//	{"do": "rotate"}    signs with another key, and no longer shows the last one
//	{"do": "away"}      breaks every connection, until
//	{"do": "back"}
//
// The relying party is "console". What an account may do is in its name: the
// roles of "ada+admins+support" are admins and support.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { Visitor } from './visitor.mjs';

const rolesOf = (account) => account.split('+').slice(1);
const claimsOf = (account) => ({ name: `${account.split('+')[0]} of the provider`, realm_access: { roles: rolesOf(account) } });

let generation = 0;

// makeProvider makes a provider with a key of its own and no memory.
async function makeProvider(issuer) {
  generation += 1;
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return new Provider(issuer, {
    jwks: { keys: [{ ...await exportJWK(privateKey), kid: `key-${generation}`, alg: 'ES256', use: 'sig' }] },
    clients: [{
      client_id: 'console',
      client_secret: 'the secret of the console',
      redirect_uris: ['https://console.example.com/callback'],
      id_token_signed_response_alg: 'ES256',
    }],
    cookies: { keys: ['signs the cookies of this test'] },
    claims: { openid: ['sub', 'name', 'realm_access'] },
    conformIdTokenClaims: false,
    findAccount: (_, account) => ({ accountId: account, claims: () => ({ sub: account, ...claimsOf(account) }) }),
    extraTokenClaims: (_, token) => claimsOf(token.accountId),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: 'admin', audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    ttl: { AccessToken: 300, IdToken: 300, AuthorizationCode: 60, Grant: 300, Interaction: 300, Session: 300 },
  });
}

// interact is the provider's page for people: it lets in whom the relying party
// hints at, and agrees to all that it asks for.
async function interact(provider, request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: params.login_hint } });
    return;
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  if (params.resource) {
    grant.addResourceScope(params.resource, 'admin');
  }
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

let provider;
let away = false;
const server = createServer((request, response) => {
  if (away) {
    request.socket.destroy();
  } else if (request.url.startsWith('/interaction/')) {
    interact(provider, request, response).catch((cause) => {
      console.error(cause);
      response.destroy();
    });
  } else {
    provider.callback()(request, response);
  }
});
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const issuer = `http://127.0.0.1:${server.address().port}`;
provider = await makeProvider(issuer);
process.once('SIGTERM', () => process.exit(0));

const commands = {
  issuer: () => ({ issuer }),
  signIn: ({ account, resource }) => new Visitor(issuer).signIn(account, resource),
  rotate: async () => {
    provider = await makeProvider(issuer);
    return {};
  },
  away: () => {
    away = true;
    server.closeAllConnections();
    return {};
  },
  back: () => {
    away = false;
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const space = line.indexOf(' ');
  const command = JSON.parse(line.slice(space));
  const reply = await commands[command.do](command);
  console.log(`reply ${line.slice(0, space)} ${JSON.stringify(reply)}`);
}
