// Opens the playground in a real browser by the link that the server printed,
// and does what a newcomer does: runs every example in turn. The server has to
// be empty. Prints one JSON object and exits 0, or says what is wrong and
// exits 1.
//
//	node playground.mjs LINK [--screenshot FILE]
//
// CHROMIUM names the browser, /usr/bin/chromium when it is not set.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { examples } from './examples.mjs';
import { watch } from './watch.mjs';

const patience = 15_000; // milliseconds for any one step

const browserFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// The text of one of GraphiQL's editors. The editor draws only the lines in
// view, so the DOM alone would not do.
const editorText = (page, editor) => page.locator(`${editor} .CodeMirror`).evaluate((node) => node.CodeMirror.getValue());
const responseEditor = '.graphiql-response';
const variablesEditor = '.graphiql-editor-tool';

async function openTab(page, name) {
  await page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${name}$`) }).click();
  await page.locator('.graphiql-tab-active .graphiql-tab-button', { hasText: name }).waitFor();
}

// run executes the example in the open tab and answers what the page shows,
// having compared it with what the server sent.
async function run(page, { operation, byKeyboard }) {
  const arrival = page.waitForResponse((response) => response.request().method() === 'POST'
    && response.request().postDataJSON().operationName === operation);
  arrival.catch(() => {}); // awaited below; until then a failing click comes first
  if (byKeyboard) {
    await page.locator('.graphiql-query-editor .CodeMirror').click();
    await page.keyboard.press('Control+Enter');
  } else {
    await page.locator('.graphiql-execute-button').click();
  }
  const response = await arrival.catch((cause) => {
    throw new Error(`${operation} was not sent`, { cause });
  });
  const sent = await response.json();
  assert.equal(response.status(), 200, `${operation} was answered ${response.status()}`);
  await page.waitForFunction(
    ([selector, expected]) => {
      const text = document.querySelector(`${selector} .CodeMirror`).CodeMirror.getValue();
      try {
        return JSON.stringify(JSON.parse(text)) === expected;
      } catch {
        return false;
      }
    },
    [responseEditor, JSON.stringify(sent)],
  );
  return JSON.parse(await editorText(page, responseEditor));
}

// awaitVariables waits until the page has filled in what is expected.
async function awaitVariables(page, operation, expected) {
  await page.waitForFunction(
    ([selector, text]) => {
      const shown = document.querySelector(`${selector} .CodeMirror`).CodeMirror.getValue();
      return shown !== '' && JSON.stringify(JSON.parse(shown)) === text;
    },
    [variablesEditor, JSON.stringify(expected)],
  ).catch(async (cause) => {
    const shown = await editorText(page, variablesEditor);
    throw new Error(`${operation} has the variables ${shown}, want ${JSON.stringify(expected)}`, { cause });
  });
}

async function runExamples(page) {
  const titles = await page.locator('.graphiql-tab-button').allTextContents();
  assert.deepEqual(titles, [...new Set(examples.map((example) => example.operation))], 'the tabs are not the examples');
  const seen = {};
  for (const example of examples) {
    await openTab(page, example.operation);
    if (example.variables) {
      await awaitVariables(page, example.operation, example.variables(seen));
    }
    const answer = await run(page, example);
    assert.equal(answer.errors, undefined, `${example.operation} answered with errors: ${JSON.stringify(answer.errors)}`);
    example.check(answer.data, seen);
    seen[example.operation] = answer.data;
  }
}

// With two apps more there are two pages: running the example again and again
// shows the one, the other, and the first one anew.
async function pageThrough(page, link, key) {
  for (const name of ['second-app', 'third-app']) {
    const query = 'mutation ($name: String!) { createApp(input: { userId: "steve", name: $name }) { app { id } } }';
    const response = await page.context().request.post(`${link.origin}/graphql`, {
      headers: { authorization: `Bearer ${key}` },
      data: { query, variables: { name } },
    });
    assert.equal((await response.json()).errors, undefined, `${name} was not created`);
  }
  await openTab(page, 'ListApps');
  let after = null;
  for (const names of [['my-app', 'second-app'], ['third-app'], ['my-app', 'second-app']]) {
    await awaitVariables(page, 'ListApps', { after });
    const { data: { apps } } = await run(page, { operation: 'ListApps' });
    assert.deepEqual(apps.nodes.map((app) => app.name), names);
    assert.equal(apps.totalCount, 3);
    after = apps.pageInfo.hasNextPage ? apps.pageInfo.endCursor : null;
  }
}

// The explorer shows the API's own types only if introspection has worked.
async function readDocumentation(page) {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  const explorer = page.locator('.graphiql-doc-explorer');
  await explorer.getByRole('link', { name: 'Mutation', exact: true }).click();
  await explorer.getByRole('link', { name: 'createApp', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
}

// A dialog locks scrolling by a style of its own, which a policy without
// 'unsafe-inline' would refuse were it put in the usual way.
async function openDialog(page) {
  await page.getByRole('button', { name: 'Open short keys dialog' }).click();
  await page.getByRole('dialog').waitFor();
  const overflow = await page.evaluate(() => getComputedStyle(document.body).overflow);
  assert.equal(overflow, 'hidden', 'the open dialog does not lock scrolling');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function withKey(page, link) {
  await page.goto(link.href);
  await page.locator('.gatehouse-key-state[data-state=set]').waitFor();
  const expected = link.origin + link.pathname + link.search;
  assert.equal(await page.evaluate(() => window.location.href), expected, 'the key is still in the address bar');
  assert.equal(await page.title(), 'Gatehouse playground');
  await readDocumentation(page);
  await openDialog(page);
  await runExamples(page);
}

// A reload keeps the key although the address no longer has it.
async function reload(page) {
  await page.reload();
  await page.locator('.gatehouse-key-state[data-state=set]').waitFor();
  await readDocumentation(page);
}

// Without a key the page says so, asks the server nothing, and takes one that
// is pasted: a wrong one is named as such, the right one opens the schema.
async function withoutKey(page, link, key) {
  let asked = 0;
  page.on('request', (request) => {
    asked += request.method() === 'POST' ? 1 : 0;
  });
  await page.goto(link.origin + link.pathname + link.search);
  await page.getByText('No admin key is set.').first().waitFor();
  await page.locator('.graphiql-execute-button').waitFor();
  assert.equal(asked, 0, 'the page asked the server without a key');
  const paste = async (text) => {
    await page.getByLabel('Admin key').fill(text);
    await page.getByRole('button', { name: 'Use key' }).click();
  };
  await paste('gk_this-is-not-a-key-of-this-server-at-all');
  await page.getByText('The server refused this key.').waitFor();
  await page.getByRole('button', { name: 'Change key' }).click();
  await paste(key);
  await page.locator('.gatehouse-key-state[data-state=set]').waitFor();
  await readDocumentation(page);
  await page.getByRole('button', { name: 'Forget key' }).click();
  await page.getByText('No admin key is set.').first().waitFor();
}

// The answer that an example gave is kept with its tab.
async function takeScreenshot(page, file) {
  await openTab(page, 'CreateManagementApplication');
  await page.mouse.move(0, 0);
  await page.screenshot({ path: file });
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { screenshot: { type: 'string' } } });
  if (positionals.length !== 1) {
    throw new Error('usage: node playground.mjs LINK [--screenshot FILE]');
  }
  const link = new URL(positionals[0]);
  const key = decodeURIComponent(/^#key=(.+)$/.exec(link.hash)?.[1] ?? '');
  assert.notEqual(key, '', 'the link carries no #key=');

  const profile = await mkdtemp(join(tmpdir(), 'gatehouse-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: browserFlags,
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    locale: 'en-GB',
  });
  context.setDefaultTimeout(patience);
  const trouble = await watch(context, { origin: link.origin, key });
  try {
    const page = await context.newPage();
    await withKey(page, link);
    if (values.screenshot !== undefined) {
      await takeScreenshot(page, values.screenshot);
    }
    await pageThrough(page, link, key);
    await reload(page);
    // The browser itself logs the refusal that withoutKey provokes.
    trouble.expectRefusals();
    await withoutKey(await context.newPage(), link, key);
    const report = trouble.report();
    assert.deepEqual(report.problems, [], 'the browser reported problems');
    console.log(JSON.stringify({
      ok: true,
      browser: context.browser()?.version() ?? null,
      examples: examples.map((example) => example.operation),
      requests: report.requests,
    }));
  } catch (error) {
    // What the browser complained of is often the reason.
    throw new Error([error.message, ...trouble.report().problems].join('\n'), { cause: error });
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(`playground: ${error.stack}`, error.cause?.stack ?? '');
  process.exitCode = 1;
});
