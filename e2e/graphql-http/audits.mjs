// Lets graphql-http, which knows nothing of Gatehouse, audit how a server speaks
// GraphQL over HTTP.
//
// Takes the address of the endpoint as its argument and the credential from the
// environment (GATEHOUSE_KEY), since the audits send none. Prints a list of
// {"id", "name", "status", "reason"} and exits 0 whatever the audits found.
import { auditServer } from 'graphql-http';

const [url] = process.argv.slice(2);
const authorization = `Bearer ${process.env.GATEHOUSE_KEY}`;

const audits = await auditServer({
  url,
  fetchFn: (address, init = {}) =>
    fetch(address, { ...init, headers: { ...init.headers, authorization } }),
});
console.log(JSON.stringify(audits.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
