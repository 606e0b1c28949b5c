// The tabs that the playground opens with, in the order in which they work on
// an empty server.
import createUser from '../../examples/1-create-user.graphql';
import createApp from '../../examples/2-create-app.graphql';
import toggleApp from '../../examples/3-toggle-app.graphql';
import toggleAppVariables from '../../examples/3-toggle-app.json';
import listApps from '../../examples/4-list-apps.graphql';
import listAppsVariables from '../../examples/4-list-apps.json';
import createManagementApplication from '../../examples/5-create-management-application.graphql';
import rotateClientSecret from '../../examples/6-rotate-client-secret.graphql';
import rotateClientSecretVariables from '../../examples/6-rotate-client-secret.json';
import updateLoginPreferences from '../../examples/7-update-login-preferences.graphql';
import updateLoginPreferencesVariables from '../../examples/7-update-login-preferences.json';
import toggleLoginMethod from '../../examples/8-toggle-login-method.graphql';
import toggleLoginMethodVariables from '../../examples/8-toggle-login-method.json';
import viewer from '../../examples/9-viewer.graphql';
import fillRules from '../../examples/fills.json';

export { fillRules };

const pretty = (variables) => JSON.stringify(variables, null, 2);

export const tabs = [
  { query: createUser },
  { query: createApp },
  { query: toggleApp, variables: pretty(toggleAppVariables) },
  { query: listApps, variables: pretty(listAppsVariables) },
  { query: createManagementApplication },
  { query: rotateClientSecret, variables: pretty(rotateClientSecretVariables) },
  { query: updateLoginPreferences, variables: pretty(updateLoginPreferencesVariables) },
  { query: toggleLoginMethod, variables: pretty(toggleLoginMethodVariables) },
  { query: viewer },
];

// The variables an example came with, by the name of its operation.
export const defaultVariables = {
  ToggleApp: toggleAppVariables,
  ListApps: listAppsVariables,
  RotateClientSecret: rotateClientSecretVariables,
  UpdateLoginPreferences: updateLoginPreferencesVariables,
  ToggleLoginMethod: toggleLoginMethodVariables,
};
