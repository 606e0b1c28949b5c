// Lets Apollo Client name documents instead of sending them.
//
//   node persisted.mjs automatic URL             hashes of documents
//   node persisted.mjs trusted URL MANIFEST      the IDs of a manifest
//
// The credential comes from the environment (GATEHOUSE_KEY), the operations
// from operations/. Runs each twice, with a new client, as two pages
// would, and prints a list of {"name", "error" or "data", "sent"}: what came
// of it, and for each request whether it was a GET or a POST, with the text
// or without.
import { readFile, readdir } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client/core/index.js';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries/index.js';
import { generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists';

const [mode, uri, manifest] = process.argv.slice(2);

const links = {
  automatic: () => createPersistedQueryLink({
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    useGETForHashedQueries: true,
  }),
  trusted: () => createPersistedQueryLink(generatePersistedQueryIdsFromManifest({
    loadManifest: async () => JSON.parse(await readFile(manifest, 'utf8')),
  })),
};

// run runs one operation with a new client.
async function run(document) {
  const sent = [];
  const http = new HttpLink({
    uri,
    headers: { authorization: `Bearer ${process.env.GATEHOUSE_KEY}` },
    fetch: (address, init) => {
      const query = init.method === 'GET' ? new URL(address).searchParams.has('query') : 'query' in JSON.parse(init.body);
      sent.push(`${init.method} ${query ? 'with' : 'without'} text`);
      return fetch(address, init);
    },
  });
  const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from([links[mode](), http]) });
  const [definition] = document.definitions;
  const isMutation = definition.operation === 'mutation';
  try {
    const { data } = isMutation ? await client.mutate({ mutation: document }) : await client.query({ query: document });
    return { name: definition.name.value, data, sent };
  } catch (error) {
    return { name: definition.name.value, error: error.message, sent };
  }
}

const folder = new URL('operations/', import.meta.url);
const results = [];
for (const file of (await readdir(folder)).sort()) {
  const document = gql(await readFile(new URL(file, folder), 'utf8'));
  for (let i = 0; i < 2; i += 1) {
    results.push(await run(document));
  }
}
console.log(JSON.stringify(results));
