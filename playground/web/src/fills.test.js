import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { applyFills, createPendingFills, fillsFrom } from './fills.js';
import { openStorage } from './storage.js';

const rules = JSON.parse(readFileSync(new URL('../../examples/fills.json', import.meta.url), 'utf8'));
const placeholder = { id: 'run CreateApp first', status: false };
const pendingFills = () => createPendingFills(openStorage({}));

test('a created app is the one to toggle', () => {
  const fills = fillsFrom(rules, 'CreateApp', { createApp: { app: { id: 'A' } } });
  assert.deepEqual(fills, [{ into: 'ToggleApp', variable: 'id', keepFilled: false, value: 'A' }]);
  assert.deepEqual(JSON.parse(applyFills(JSON.stringify(placeholder), fills, placeholder)), { id: 'A', status: false });
});

test('a listed app is toggled only where none is filled in', () => {
  const data = { apps: { nodes: [{ id: 'B' }], pageInfo: { hasNextPage: false, endCursor: 'c' } } };
  const fills = fillsFrom(rules, 'ListApps', data).filter((fill) => fill.into === 'ToggleApp');
  assert.equal(JSON.parse(applyFills(JSON.stringify(placeholder), fills, placeholder)).id, 'B');
  assert.equal(applyFills('{"id":"A","status":false}', fills, placeholder), null);
});

test('paging goes on after a page and begins anew after the last', () => {
  const page = (hasNextPage) => ({ apps: { nodes: [], pageInfo: { hasNextPage, endCursor: 'c' } } });
  const more = fillsFrom(rules, 'ListApps', page(true));
  assert.equal(JSON.parse(applyFills('{"after":null}', more, {})).after, 'c');
  const last = fillsFrom(rules, 'ListApps', page(false));
  assert.equal(JSON.parse(applyFills('{"after":"c"}', last, {})).after, null);
});

test('an answer that lacks the value fills nothing', () => {
  assert.deepEqual(fillsFrom(rules, 'CreateApp', { createApp: null }), []);
  assert.deepEqual(fillsFrom(rules, 'Viewer', { viewer: {} }), []);
});

test('variables that are not an object are left as they are', () => {
  const fills = [{ into: 'ToggleApp', variable: 'id', keepFilled: false, value: 'A' }];
  assert.equal(applyFills('{ "id": ', fills, {}), null);
  assert.equal(applyFills('[]', fills, {}), null);
  assert.equal(JSON.parse(applyFills('', fills, {})).id, 'A');
});

test('a fill waits for its tab, is taken once, and the newest wins', () => {
  const pending = pendingFills();
  const fill = (value) => ({ into: 'ToggleApp', variable: 'id', keepFilled: false, value });
  pending.add([fill('A')]);
  pending.add([fill('B')]);
  assert.deepEqual(pending.take('ListApps'), []);
  assert.deepEqual(pending.take('ToggleApp'), [fill('B')]);
  assert.deepEqual(pending.take('ToggleApp'), []);
});
