import assert from 'node:assert/strict';
import * as client from 'openid-client';

const secret = 'the secret of the console';
const callback = 'https://console.example.com/callback';

// Visitor is a person's browser, as far as signing in goes: it follows
// redirections and keeps cookies, as long as it lives.
export class Visitor {
  #cookies = new Map();
  #issuer;

  constructor(issuer) {
    this.#issuer = issuer;
  }

  // signIn runs the authorization code grant with PKCE (RFC 6749 §4.1, RFC 7636)
  // for an account, and answers the tokens that the relying party gets.
  async signIn(account, resource) {
    const config = await client.discovery(
      new URL(this.#issuer), 'console', { id_token_signed_response_alg: 'ES256' }, client.ClientSecretBasic(secret),
      { execute: [client.allowInsecureRequests] },
    );
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const expectedNonce = client.randomNonce();
    const start = client.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'openid admin',
      login_hint: account,
      resource,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    });
    const end = await this.#follow(start);
    const tokens = await client.authorizationCodeGrant(
      config, end, { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }, { resource },
    );
    assert.equal(tokens.claims().sub, account);
    return { accessToken: tokens.access_token, idToken: tokens.id_token };
  }

  // follow follows redirections until one leads to the relying party.
  async #follow(url) {
    for (let steps = 0; steps < 10; steps += 1) {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      });
      assert.ok([302, 303].includes(response.status), `${url} was answered ${response.status} ${await response.text()}`);
      for (const cookie of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
        this.#cookies.set(name, value);
      }
      url = new URL(response.headers.get('location'), url);
      if (url.href.startsWith(callback)) {
        return url;
      }
    }
    throw new Error('the provider sends people in circles');
  }
}
