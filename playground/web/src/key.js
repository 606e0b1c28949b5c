// The admin key: where it comes from and where it stays.
//
// It arrives in the fragment of the printed link, which a browser never sends
// to a server. From there it moves into the storage of this one browser tab,
// and the fragment is removed so that the key is neither read over a shoulder
// nor copied along with the address.

const storageName = 'gatehouse:key';

// problemWithKey says in words why a text cannot be a key, or gives null.
// Whether the key is the right one is for the server to say.
export function problemWithKey(text) {
  if (text === '') {
    return 'Paste a key first.';
  }
  if (!/^[\x21-\x7e]+$/.test(text)) {
    return 'A key has no spaces and only ASCII characters. Was something else copied with it?';
  }
  return null;
}

// keyInFragment reads "#key=…", percent-encoded or not; null where there is none.
export function keyInFragment(fragment) {
  const parameter = fragment.replace(/^#/, '').split('&').find((each) => each.startsWith('key='));
  if (parameter === undefined) {
    return null;
  }
  const value = parameter.slice('key='.length);
  try {
    return decodeURIComponent(value).trim();
  } catch {
    return value.trim();
  }
}

// takeKey moves a key from the address bar into storage and answers the key
// to use. The fragment goes even when what it holds is no key.
export function takeKey(location, history, storage) {
  const given = keyInFragment(location.hash);
  if (given !== null) {
    history.replaceState(null, '', location.pathname + location.search);
    if (problemWithKey(given) === null) {
      storeKey(storage, given);
    }
  }
  return storage.getItem(storageName);
}

export function storeKey(storage, key) {
  storage.setItem(storageName, key);
}

export function forgetKey(storage) {
  storage.removeItem(storageName);
}

// hintOf shows enough of a key to tell it from another, as the API's hint does.
export function hintOf(key) {
  return `…${key.slice(-4)}`;
}
