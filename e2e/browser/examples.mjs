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
    operation: 'Viewer',
    byKeyboard: true,
    check({ viewer }) {
      assert.equal(viewer.actor.type, 'ADMIN_KEY');
      assert.ok(viewer.permissions.includes('APPS_CREATE'));
    },
  },
];
