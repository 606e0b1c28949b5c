// The tabs that the playground opens with, in the order in which they work on
// an empty server.
import createUser from '../../examples/1-create-user.graphql';
import createApp from '../../examples/2-create-app.graphql';
import toggleApp from '../../examples/3-toggle-app.graphql';
import toggleAppVariables from '../../examples/3-toggle-app.json';
import listApps from '../../examples/4-list-apps.graphql';
import listAppsVariables from '../../examples/4-list-apps.json';
import viewer from '../../examples/5-viewer.graphql';
import fillRules from '../../examples/fills.json';

export { fillRules };

const pretty = (variables) => JSON.stringify(variables, null, 2);

export const tabs = [
  { query: createUser },
  { query: createApp },
  { query: toggleApp, variables: pretty(toggleAppVariables) },
  { query: listApps, variables: pretty(listAppsVariables) },
  { query: viewer },
];

// The variables an example came with, by the name of its operation.
export const defaultVariables = {
  ToggleApp: toggleAppVariables,
  ListApps: listAppsVariables,
};
