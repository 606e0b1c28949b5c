// Lets management applications get tokens from Gatehouse's own authorization
// server and use them, with openid-client and with oauth4webapi, whose authors
// do not know Gatehouse. Everything they need beside a client they must find
// in the server's metadata (RFC 8414), and both check what they are answered
// as the RFCs say.
//
// Reads {"issuer", "clients": [{"method", "id", "secret" or "jwk"}]} from its
// standard input. Prints {"ok": true, "grants": …} and exits 0, or says what is
// wrong and exits 1.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import * as byClient from './by-openid-client.mjs';
import * as byWebAPI from './by-oauth4webapi.mjs';

// viewer asks who a token is, by an ordinary request.
async function viewer(issuer, token) {
  const response = await fetch(`${issuer}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { actor { type } permissions } }' }),
  });
  return { status: response.status, body: await response.json() };
}

// exercise takes one library through the life of two tokens of one client.
async function exercise(library, issuer, client) {
  const machine = await library.connect(issuer, client);
  for (const scope of [undefined, 'users:read apps:delete']) {
    const granted = await machine.grant(scope);
    assert.equal(granted.token_type, 'bearer');
    assert.equal(granted.expires_in, 600);
    // Of what was asked for, what is held; without asking, all that is held (RFC 6749 §3.3).
    assert.equal(granted.scope, scope ? 'users:read' : 'users:read users:create');
    const used = await viewer(issuer, granted.access_token);
    assert.deepEqual(used, {
      status: 200,
      body: { data: { viewer: {
        actor: { type: 'MANAGEMENT_APPLICATION' },
        permissions: scope ? ['USERS_READ'] : ['USERS_READ', 'USERS_CREATE'],
      } } },
    });
    const seen = await machine.introspect(granted.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.client_id, client.id);
    assert.equal(seen.iss, issuer);
    await machine.revoke(granted.access_token);
    assert.deepEqual(await machine.introspect(granted.access_token), { active: false });
    assert.equal((await viewer(issuer, granted.access_token)).status, 401);
  }
  await assert.rejects(machine.grant('apps:delete'), { error: 'invalid_scope', status: 400 });
  await assert.rejects(machine.grant('no such scope'), { error: 'invalid_scope', status: 400 });
}

const { issuer, clients } = JSON.parse(await text(process.stdin));
let grants = 0;
for (const client of clients) {
  for (const library of [byClient, byWebAPI]) {
    try {
      await exercise(library, issuer, client);
    } catch (cause) {
      throw new Error(`${client.method} with ${library.name}`, { cause });
    }
    grants += 2;
  }
}
console.log(JSON.stringify({ ok: true, grants }));
