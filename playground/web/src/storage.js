// Everything the playground remembers lives as long as its browser tab: a
// variable may hold a secret, and localStorage would keep it on disk for years.

// openStorage gives the tab's session storage, or a memory with the same
// methods where the browser forbids storage.
export function openStorage(scope) {
  try {
    const storage = scope.sessionStorage;
    storage.getItem('gatehouse:probe');
    return storage;
  } catch {
    return memoryStorage();
  }
}

function memoryStorage() {
  const items = new Map();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, String(value)),
    removeItem: (name) => void items.delete(name),
    key: (index) => [...items.keys()][index] ?? null,
    get length() {
      return items.size;
    },
  };
}

// editorStorage is the view that GraphiQL gets. Its "Clear data" must empty
// the editors and not throw the key away with them.
export function editorStorage(storage) {
  const names = () => Array.from({ length: storage.length }, (_, index) => storage.key(index))
    .filter((name) => name.startsWith('graphiql:'));
  return {
    getItem: (name) => storage.getItem(name),
    setItem: (name, value) => storage.setItem(name, value),
    removeItem: (name) => storage.removeItem(name),
    clear: () => names().forEach((name) => storage.removeItem(name)),
    get length() {
      return names().length;
    },
  };
}
