// What each example has to answer on an empty server, in the order of the
// tabs. variables says what the page must have filled in before the run, from
// the answers seen so far; check looks at the answer's data.
import assert from 'node:assert/strict';

const toggle = (status) => ({
  operation: 'ToggleApp',
  variables: (seen) => ({ id: seen.CreateApp.createApp.app.id, status: false }),
  check({ setAppStatus }) {
    assert.equal(setAppStatus.status, status);
    assert.equal(setAppStatus.app.name, 'my-app');
    assert.equal(setAppStatus.app.isActive, false);
  },
});

const madeApplication = (seen) => seen.CreateManagementApplication.createManagementApplication.managementApplication;

export const examples = [
  {
    operation: 'CreateUser',
    check({ createUser: { user } }) {
      assert.equal(user.username, 'steve');
      assert.equal(user.isActive, true);
      assert.notEqual(user.id, '');
    },
  },
  {
    operation: 'CreateApp',
    check({ createApp: { app } }) {
      assert.equal(app.name, 'my-app');
      assert.equal(app.redirectUri, 'http://example.com');
      assert.equal(app.isActive, true);
      assert.equal(app.user.username, 'steve');
      assert.equal(app.revision, 1);
    },
  },
  toggle('DEACTIVATED'),
  toggle('INACTIVE'),
  {
    operation: 'ListApps',
    byKeyboard: true,
    variables: () => ({ after: null }),
    check({ apps }, seen) {
      assert.equal(apps.totalCount, 1);
      assert.equal(apps.pageInfo.hasNextPage, false);
      assert.deepEqual(apps.nodes, [
        { id: seen.CreateApp.createApp.app.id, name: 'my-app', isActive: false, user: { username: 'steve' } },
      ]);
    },
  },
  {
    operation: 'CreateManagementApplication',
    check({ createManagementApplication: { managementApplication, clientSecret } }) {
      assert.equal(managementApplication.name, 'back-office');
      assert.equal(managementApplication.defaultClient.name, 'web');
      assert.deepEqual(managementApplication.loginPreferences.authMethods, {
        email: { isActive: true, expiresIn: 10 },
        totp: { isActive: true, digits: 6, period: 30, issuer: 'My Company' },
        google: null,
      });
      assert.match(clientSecret.value, /^[\w-]{43}$/);
    },
  },
  {
    operation: 'RotateClientSecret',
    variables: (seen) => ({ clientId: madeApplication(seen).defaultClient.id }),
    check({ generateClientSecret: { clientSecret, client } }, seen) {
      const first = seen.CreateManagementApplication.createManagementApplication.clientSecret;
      assert.notEqual(clientSecret.value, first.value);
      assert.deepEqual(client.secrets.map((secret) => secret.id), [first.id, clientSecret.id]);
      assert.equal(client.secrets[1].hint, clientSecret.value.slice(-4));
    },
  },
  {
    operation: 'UpdateLoginPreferences',
    variables: (seen) => ({ id: madeApplication(seen).id }),
    check({ updateLoginPreferences: { application, loginPreferences } }) {
      assert.equal(application.name, 'back-office');
      assert.deepEqual(loginPreferences.authMethods, {
        email: { isActive: true, expiresIn: 5 },
        password: { isActive: true, passwordMinLength: 12, requireMFA: true },
        totp: { isActive: true, issuer: 'My Company' },
        sms: null,
      });
    },
  },
  {
    operation: 'ToggleLoginMethod',
    variables: (seen) => ({ id: madeApplication(seen).id, status: false }),
    check({ setLoginMethodStatus: { status, loginPreferences } }) {
      assert.equal(status, 'DEACTIVATED');
      assert.deepEqual(loginPreferences.authMethods.totp, {
        isActive: false, digits: 6, period: 30, issuer: 'My Company',
      });
    },
  },
  {
    operation: 'Viewer',
    byKeyboard: true,
    check({ viewer }) {
      assert.equal(viewer.actor.type, 'ADMIN_KEY');
      assert.ok(viewer.permissions.includes('APPS_CREATE'));
    },
  },
];
