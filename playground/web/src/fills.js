// Carries values from one example's answer into another's variables, so that
// every example runs with one click. The rules are in examples/fills.json:
//
//   from, path      the operation, and where in its data the value stands
//   into, variable  the operation and the variable that receive it
//   nullUnless      a path; the value is null unless that place holds true
//   keepFilled      only replace the value that the example came with
//
// A fill waits until the tab of its operation is open, is applied once, and
// so never fights with what somebody types there afterwards.

const storageName = 'gatehouse:fills';

function valueAt(data, path) {
  return path.split('.').reduce((value, step) => value?.[step], data);
}

// fillsFrom lists the fills that an answer gives rise to.
export function fillsFrom(rules, operationName, data) {
  return rules
    .filter((rule) => rule.from === operationName)
    .map((rule) => {
      const wanted = rule.nullUnless === undefined || valueAt(data, rule.nullUnless) === true;
      const value = wanted ? valueAt(data, rule.path) : null;
      return { into: rule.into, variable: rule.variable, keepFilled: rule.keepFilled === true, value };
    })
    .filter((fill) => fill.value !== undefined);
}

// applyFills answers the text of the variables with the fills made, or null
// where nothing changes; text that is not a JSON object is left alone.
export function applyFills(text, fills, defaults) {
  let variables;
  try {
    variables = JSON.parse(text.trim() === '' ? '{}' : text);
  } catch {
    return null;
  }
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) {
    return null;
  }
  const before = JSON.stringify(variables);
  for (const { variable, value, keepFilled } of fills) {
    if (!keepFilled || variables[variable] === defaults[variable]) {
      variables[variable] = value;
    }
  }
  return JSON.stringify(variables) === before ? null : JSON.stringify(variables, null, 2);
}

// createPendingFills keeps the fills that wait, across a reload of the page.
export function createPendingFills(storage) {
  const read = () => JSON.parse(storage.getItem(storageName) ?? '[]');
  const write = (fills) => storage.setItem(storageName, JSON.stringify(fills));
  return {
    add(fills) {
      if (fills.length === 0) {
        return;
      }
      const replaced = (old) => fills.some((fill) =>
        !fill.keepFilled && fill.into === old.into && fill.variable === old.variable);
      write([...read().filter((old) => !replaced(old)), ...fills]);
    },
    take(operationName) {
      const fills = read();
      const taken = fills.filter((fill) => fill.into === operationName);
      if (taken.length > 0) {
        write(fills.filter((fill) => fill.into !== operationName));
      }
      return taken;
    },
  };
}
