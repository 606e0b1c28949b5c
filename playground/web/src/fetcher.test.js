import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFetcher } from './fetcher.js';

function fetcherWith({ key = 'gk_abc', status = 200, text = '{"data":{"a":1}}' }) {
  const seen = { requests: [], answers: [], statuses: [] };
  const fetcher = createFetcher({
    endpoint: '/graphql',
    key,
    fetch: async (url, init) => {
      seen.requests.push({ url, ...init });
      return { status, text: async () => text };
    },
    onAnswer: (...answer) => seen.answers.push(answer),
    onStatus: (each) => seen.statuses.push(each),
  });
  return { fetcher, seen };
}

test('a request is an authenticated JSON POST', async () => {
  const { fetcher, seen } = fetcherWith({});
  const answer = await fetcher({ query: 'query A { a }', variables: { b: 2 }, operationName: 'A' });
  assert.deepEqual(answer, { data: { a: 1 } });
  const [request] = seen.requests;
  assert.equal(request.url, '/graphql');
  assert.equal(request.method, 'POST');
  assert.equal(request.headers.authorization, 'Bearer gk_abc');
  assert.equal(request.headers['content-type'], 'application/json');
  assert.equal(request.credentials, 'omit');
  assert.deepEqual(JSON.parse(request.body), { query: 'query A { a }', variables: { b: 2 }, operationName: 'A' });
  assert.deepEqual(seen.answers, [['A', { data: { a: 1 } }]]);
});

test('the operation sent is one of the document, whatever the tab before held', async () => {
  const sentFor = async (query) => {
    const { fetcher, seen } = fetcherWith({});
    await fetcher({ query, operationName: 'Before' });
    return JSON.parse(seen.requests[0].body).operationName;
  };
  assert.equal(await sentFor('# mutation Before\nquery Now { a }'), 'Now');
  assert.equal(await sentFor('{ a }'), undefined);
  assert.equal(await sentFor('query Before { a } query Now { a }'), 'Before');
  assert.equal(await sentFor('query {'), 'Before');
});

test('without a key nothing is sent', async () => {
  const { fetcher, seen } = fetcherWith({ key: null });
  const answer = await fetcher({ query: '{a}' });
  assert.match(answer.errors[0].message, /No admin key/);
  assert.deepEqual(seen.requests, []);
});

test('a refusal is reported with its status', async () => {
  const { fetcher, seen } = fetcherWith({ status: 401, text: '{"errors":[{"message":"no"}]}' });
  assert.deepEqual(await fetcher({ query: '{a}' }), { errors: [{ message: 'no' }] });
  assert.deepEqual(seen.statuses, [401]);
  assert.deepEqual(seen.answers, []);
});

test('an answer that is no JSON object becomes an error with the status', async () => {
  for (const text of ['<h1>Bad gateway</h1>', '"text"', '']) {
    const { fetcher } = fetcherWith({ status: 502, text });
    assert.match((await fetcher({ query: '{a}' })).errors[0].message, /502/);
  }
});
