import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';
import { fillRules, tabs } from './examples.js';
import { createFetcher } from './fetcher.js';
import { createPendingFills, fillsFrom } from './fills.js';
import { forgetKey, storeKey, takeKey } from './key.js';
import { KeyBar, KeyNotice } from './key-bar.jsx';
import { editorStorage } from './storage.js';
import { VariableFiller } from './variable-filler.jsx';

export function App({ endpoint, storage }) {
  const [key, setKey] = useState(() => takeKey(window.location, window.history, storage));
  const [refused, setRefused] = useState(false);
  const [answers, setAnswers] = useState(0);
  const pending = useMemo(() => createPendingFills(storage), [storage]);
  const editors = useMemo(() => editorStorage(storage), [storage]);

  // Following the printed link in a tab that shows the playground already
  // changes only the fragment and loads nothing.
  useEffect(() => {
    const take = () => {
      setKey(takeKey(window.location, window.history, storage));
      setRefused(false);
    };
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, [storage]);

  // GraphiQL asks for the schema again whenever it is given another fetcher,
  // which is just what another key calls for.
  const fetcher = useMemo(() => createFetcher({
    endpoint,
    key,
    fetch: (...request) => window.fetch(...request),
    onStatus: (status) => setRefused(status === 401),
    onAnswer: (operationName, { data }) => {
      pending.add(fillsFrom(fillRules, operationName, data));
      setAnswers((count) => count + 1);
    },
  }), [endpoint, key, pending]);

  return (
    <>
      <KeyBar
        apiKey={key}
        refused={refused}
        onKey={(next) => {
          storeKey(storage, next);
          setRefused(false);
          setKey(next);
        }}
        onForget={() => {
          forgetKey(storage);
          setRefused(false);
          setKey(null);
        }}
      />
      <KeyNotice apiKey={key} refused={refused} />
      <GraphiQL
        fetcher={fetcher}
        storage={editors}
        defaultTabs={tabs}
        defaultEditorToolsVisibility="variables"
        isHeadersEditorEnabled={false}
        shouldPersistHeaders={false}
        inputValueDeprecation
        schemaDescription
      >
        <GraphiQL.Logo>{' '}</GraphiQL.Logo>
        <VariableFiller pending={pending} answers={answers} />
      </GraphiQL>
    </>
  );
}
