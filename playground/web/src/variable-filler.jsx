import { useEditorContext } from '@graphiql/react';
import { useEffect } from 'react';
import { defaultVariables } from './examples.js';
import { applyFills } from './fills.js';

// VariableFiller shows nothing. It stands inside GraphiQL to reach the
// variables editor, and writes the waiting fills into it whenever another tab
// is opened or an answer has come (answers counts them).
export function VariableFiller({ pending, answers }) {
  const { tabs, activeTabIndex, variableEditor } = useEditorContext({ nonNull: true });
  const operationName = tabs[activeTabIndex]?.operationName ?? null;
  useEffect(() => {
    if (variableEditor === null || operationName === null) {
      return;
    }
    const fills = pending.take(operationName);
    const text = applyFills(variableEditor.getValue(), fills, defaultVariables[operationName] ?? {});
    if (text !== null) {
      variableEditor.setValue(text);
    }
  }, [pending, answers, activeTabIndex, operationName, variableEditor]);
  return null;
}
