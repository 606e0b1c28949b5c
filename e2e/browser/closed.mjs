// Opens the playground of a server that does not show its schema, in a real
// browser by the link that the server printed: the page says why there is no
// documentation, and runs operations all the same. Prints one JSON object and
// exits 0, or says what is wrong and exits 1.
//
//	node closed.mjs LINK
//
// CHROMIUM names the browser, /usr/bin/chromium when it is not set.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const patience = 15_000; // milliseconds for any one step
const responseEditor = '.graphiql-response .CodeMirror';

// awaitAnswer waits until the page shows an answer that has a text, and answers all of it.
async function awaitAnswer(page, text) {
  await page.waitForFunction(
    ([selector, expected]) => document.querySelector(selector)?.CodeMirror.getValue().includes(expected),
    [responseEditor, text],
  );
  return page.locator(responseEditor).evaluate((node) => node.CodeMirror.getValue());
}

const [link] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(patience);
  const broken = [];
  page.on('pageerror', (error) => broken.push(error.message));
  await page.goto(link);
  const shown = JSON.parse(await awaitAnswer(page, 'INTROSPECTION_DISABLED'));
  assert.match(shown.errors[0].message, /^Introspection is turned off on this server/);
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer').getByText('Error fetching schema').waitFor();
  await page.locator('.graphiql-execute-button').click();
  const made = JSON.parse(await awaitAnswer(page, 'createUser'));
  assert.equal(made.errors, undefined);
  assert.deepEqual(broken, [], 'scripts have failed');
  console.log(JSON.stringify({ ok: true }));
} finally {
  await browser.close();
}
