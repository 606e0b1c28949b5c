// watch records, for every page of a browser context, whatever must not happen:
// a request to another origin, the key in an address or sent anywhere but in
// the credential of a POST, a violation of the content security policy, an
// error in the console or in a script.
export async function watch(context, { origin, key }) {
  const problems = [];
  let requests = 0;
  let refusalsExpected = false;

  await context.exposeFunction('reportViolation', (violation) => {
    problems.push(`policy violated: ${violation}`);
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(`${event.violatedDirective} by ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
    });
  });

  context.on('request', (request) => {
    requests += 1;
    const url = request.url();
    const { protocol, origin: asked } = new URL(url);
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== origin) {
      problems.push(`request to another origin: ${url}`);
    }
    // The browser's own record of the first navigation has the fragment,
    // which is not sent; everything the page asks for must be free of the key.
    const sent = request.isNavigationRequest() ? url.split('#')[0] : url;
    const { authorization, ...others } = request.headers();
    if (authorization !== undefined && request.method() !== 'POST') {
      problems.push(`credential sent with ${request.method()} ${sent}`);
    }
    if ([sent, JSON.stringify(others), request.postData() ?? ''].some((text) => text.includes(key))) {
      problems.push(`the key leaks in ${request.method()} ${sent}`);
    }
  });
  context.on('requestfailed', (request) => {
    problems.push(`request failed: ${request.method()} ${request.url().split('#')[0]} ${request.failure()?.errorText}`);
  });
  context.on('console', (message) => {
    const refusal = refusalsExpected && /status of 401/.test(message.text());
    if (message.type() === 'error' && !refusal) {
      problems.push(`console: ${message.text()}`);
    }
  });
  context.on('weberror', (error) => {
    problems.push(`script: ${error.error().message}`);
  });

  return {
    expectRefusals() {
      refusalsExpected = true;
    },
    report: () => ({ problems: [...problems], requests }),
  };
}
