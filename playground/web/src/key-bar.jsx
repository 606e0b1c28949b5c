import { useState } from 'react';
import { hintOf, problemWithKey } from './key.js';

// KeyBar is the header: the product's name, whether a key is set, and a field
// for another one. The key itself is never shown again.
export function KeyBar({ apiKey, refused, onKey, onForget }) {
  const [editing, setEditing] = useState(false);
  const state = apiKey === null ? 'missing' : refused ? 'refused' : 'set';
  return (
    <header className="gatehouse-bar">
      <span className="gatehouse-brand">
        <Tower />
        Gatehouse <em>playground</em>
      </span>
      {editing || apiKey === null
        ? <KeyForm
            onKey={(key) => {
              setEditing(false);
              onKey(key);
            }}
            onCancel={apiKey === null ? null : () => setEditing(false)}
          />
        : (
          <div className="gatehouse-key">
            <span className="gatehouse-key-state" data-state={state} role="status">
              {refused ? 'Admin key refused' : 'Admin key set'} <code>{hintOf(apiKey)}</code>
            </span>
            <button type="button" onClick={() => setEditing(true)}>Change key</button>
            <button type="button" onClick={onForget}>Forget key</button>
          </div>
        )}
    </header>
  );
}

function KeyForm({ onKey, onCancel }) {
  const [problem, setProblem] = useState(null);
  const submit = (event) => {
    event.preventDefault();
    const text = new FormData(event.currentTarget).get('key').trim();
    const found = problemWithKey(text);
    setProblem(found);
    if (found === null) {
      onKey(text);
    }
  };
  return (
    <form className="gatehouse-key" onSubmit={submit}>
      {problem !== null && <span className="gatehouse-key-state" data-state="refused" role="alert">{problem}</span>}
      <input
        name="key" type="password" placeholder="gk_…" aria-label="Admin key"
        autoComplete="off" spellCheck="false" autoFocus
      />
      <button type="submit">Use key</button>
      {onCancel !== null && <button type="button" onClick={onCancel}>Cancel</button>}
    </form>
  );
}

// KeyNotice explains what to do where the server cannot be asked anything.
export function KeyNotice({ apiKey, refused }) {
  if (apiKey !== null && !refused) {
    return null;
  }
  return (
    <p className="gatehouse-notice" role="alert">
      {apiKey === null
        ? <><strong>No admin key is set.</strong> Gatehouse answers nobody without one. Open the link that it
            printed at its first start, or paste a key above.</>
        : <><strong>The server refused this key.</strong> It may have been revoked, or belong to another server.
            Paste another one above.</>}
    </p>
  );
}

function Tower() {
  return (
    <svg className="gatehouse-tower" viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
      <path fill="currentColor" d="M1 15V5l1.5-1.5V1H5v2h2V1h2v2h2V1h2.5v2.5L15 5v10h-4.5v-4a2.5 2.5 0 0 0-5 0v4z" />
    </svg>
  );
}
