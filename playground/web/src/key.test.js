import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetKey, hintOf, keyInFragment, problemWithKey, takeKey } from './key.js';
import { openStorage } from './storage.js';

function memory() {
  return openStorage({
    get sessionStorage() {
      throw new Error('storage is forbidden');
    },
  });
}

function historyAt(calls) {
  return { replaceState: (_state, _title, url) => calls.push(url) };
}

test('the key is read from the fragment, percent-encoded or not', () => {
  assert.equal(keyInFragment('#key=gk_abc-_9'), 'gk_abc-_9');
  assert.equal(keyInFragment('#tab=2&key=a%2Bb'), 'a+b');
  assert.equal(keyInFragment('#key=a+b'), 'a+b');
  assert.equal(keyInFragment('#key=50%'), '50%');
  assert.equal(keyInFragment('#monkey=gk_abc'), null);
  assert.equal(keyInFragment(''), null);
});

test('taking a key stores it and clears the address bar', () => {
  const storage = memory();
  const calls = [];
  const location = { hash: '#key=gk_abc', pathname: '/playground', search: '?x=1' };
  assert.equal(takeKey(location, historyAt(calls), storage), 'gk_abc');
  assert.deepEqual(calls, ['/playground?x=1']);
  const reloaded = { ...location, hash: '' };
  assert.equal(takeKey(reloaded, historyAt(calls), storage), 'gk_abc');
  assert.equal(calls.length, 1);
  forgetKey(storage);
  assert.equal(takeKey(reloaded, historyAt(calls), storage), null);
});

test('a fragment without a usable key is cleared and replaces nothing', () => {
  const storage = memory();
  const calls = [];
  takeKey({ hash: '#key=gk_abc', pathname: '/playground', search: '' }, historyAt(calls), storage);
  const broken = { hash: '#key=two%20words', pathname: '/playground', search: '' };
  assert.equal(takeKey(broken, historyAt(calls), storage), 'gk_abc');
  assert.deepEqual(calls, ['/playground', '/playground']);
});

test('what cannot be sent in a header is refused in words', () => {
  assert.equal(problemWithKey('gk_abc'), null);
  assert.match(problemWithKey(''), /Paste/);
  assert.match(problemWithKey('gk_a b'), /spaces/);
  assert.match(problemWithKey('gk_ä'), /ASCII/);
});

test('the hint shows only the end', () => {
  assert.equal(hintOf('gk_secret1234'), '…1234');
});
