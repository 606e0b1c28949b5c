import 'graphiql/style.css';
import './theme.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
import { openStorage } from './storage.js';

const endpoint = document.querySelector('meta[name="gatehouse-endpoint"]').content;
createRoot(document.getElementById('playground')).render(
  <App endpoint={endpoint} storage={openStorage(window)} />,
);
