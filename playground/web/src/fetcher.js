import { Kind, parse } from 'graphql';

// createFetcher makes the one function through which the playground talks to
// the server; introspection goes through it as well.
//
//   key      the bearer key, or null: then nothing is sent at all
//   onAnswer called with (operationName, answer) for every answer with data
//   onStatus called with the HTTP status of every answer
export function createFetcher({ endpoint, key, onAnswer, onStatus, fetch }) {
  return async ({ query, variables, operationName }) => {
    if (key === null) {
      return { errors: [{ message: 'No admin key is set. Paste one at the top of the page.' }] };
    }
    const name = operationToRun(query, operationName);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json',
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query, variables, operationName: name }),
      credentials: 'omit',
      redirect: 'error',
    });
    onStatus(response.status);
    const answer = await readAnswer(response);
    if (answer.data) {
      onAnswer(name, answer);
    }
    return answer;
  };
}

// For a tenth of a second after another tab is opened, GraphiQL still names the
// operation of the tab before. Where the document holds just one operation,
// that one is meant.
function operationToRun(query, wanted) {
  let names;
  try {
    names = parse(query).definitions
      .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
      .map((definition) => definition.name?.value);
  } catch {
    return wanted; // the server says best what is wrong with the document
  }
  return names.length === 1 ? names[0] : wanted;
}

// A proxy in between may answer with a page of its own; its status says more
// than a complaint that the page is not JSON.
async function readAnswer(response) {
  const text = await response.text();
  try {
    const answer = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null) {
      return answer;
    }
  } catch {
    // Falls through to the answer below.
  }
  return { errors: [{ message: `The server answered ${response.status} without JSON.` }] };
}
